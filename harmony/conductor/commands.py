"""What the run core wants done. The runner does it; some of it only after the commit.

A command that reaches outside (a dispatch, a timer, the end of the run) waits until the records
that it rests on are on disk. One that only asks inside this process is done at once, so that a
whole chain of decisions shares one commit.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class LookUp(NamedTuple):
    """Find out the reuse key of a ready task and whether an earlier result has it. At once."""

    task: str


class RequestSlot(NamedTuple):
    """Ask the Arbitration Engine for a running slot. At once."""

    task: str
    waits: bool
    priority: int
    rank: int
    prefetch: int = 0
    memory_mb: int = 0
    tokens: int = 0
    money: float = 0.0


class WithdrawRequest(NamedTuple):
    """The task needs no slot any more. At once."""

    task: str


class ReleaseSlot(NamedTuple):
    """The task's slot is free. At once."""

    task: str


class Dispatch(NamedTuple):
    """Send the task to a process. After the commit."""

    task: str
    attempt: int


class Store(NamedTuple):
    """Make artifacts of the outputs. At once (their rows join this commit)."""

    task: str
    attempt: int
    outputs: dict[str, Any]
    seconds: float


class Abort(NamedTuple):
    """Stop a running task. At once: a person is waiting."""

    task: str
    attempt: int


class ScheduleRetry(NamedTuple):
    """Say `RetryDue` in `delay` seconds. After the commit."""

    task: str
    attempt: int
    delay: float


class Notify(NamedTuple):
    """Tell the person that a task failed which they asked to hear of. After the commit."""

    task: str


class Finish(NamedTuple):
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
