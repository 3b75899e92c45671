"""What the run core wants done. The runner does it; some of it only after the commit.

A command that reaches outside (a dispatch, a timer, the end of the run) waits until the records
that it rests on are on disk. One that only asks inside this process is done at once, so that a
whole chain of decisions shares one commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find out the reuse key of a ready task and whether an earlier result has it. At once."""

    task: str


@dataclass(frozen=True, slots=True)
class RequestSlot:
    """Ask the Arbitration Engine for a running slot. At once."""

    task: str
    waits: bool
    priority: int
    rank: int
    prefetch: int = 0
    memory_mb: int = 0
    tokens: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """The task needs no slot any more. At once."""

    task: str


@dataclass(frozen=True, slots=True)
class ReleaseSlot:
    """The task's slot is free. At once."""

    task: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Send the task to a process. After the commit."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Store:
    """Make artifacts of the outputs. At once (their rows join this commit)."""

    task: str
    attempt: int
    outputs: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Abort:
    """Stop a running task. At once: a person is waiting."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ScheduleRetry:
    """Say `RetryDue` in `delay` seconds. After the commit."""

    task: str
    attempt: int
    delay: float


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the person that a task failed which they asked to hear of. After the commit."""

    task: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The run has ended in `state`. After the commit."""

    state: str


Command = (
    LookUp
    | RequestSlot
    | WithdrawRequest
    | ReleaseSlot
    | Dispatch
    | Store
    | Abort
    | ScheduleRetry
    | Notify
    | Finish
)

AFTER_COMMIT = (Dispatch, ScheduleRetry, Notify, Finish)
