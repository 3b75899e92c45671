"""What can happen to a run. Each is a plain fact; `core.step` says what follows from it.

`at` is wall time in Unix seconds and goes into the journal; nothing is decided by it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Reference = dict[str, Any]


class Start(NamedTuple):
    """The run begins."""

    at: float


class Recover(NamedTuple):
    """The run goes on in another process than the one that was driving it (`trigger` says why)."""

    at: float
    trigger: str


class Pause(NamedTuple):
    """No new task is to start; what runs finishes."""

    at: float


class Resume(NamedTuple):
    """A paused run goes on."""

    at: float


class Cancel(NamedTuple):
    """The run is to end now."""

    at: float


class RetryFailed(NamedTuple):
    """A failed run tries its failed tasks again, and all that was skipped because of them."""

    at: float


class LookedUp(NamedTuple):
    """The reuse key of a ready task is known. `outputs` when an earlier result has that key."""

    at: float
    task: str
    key: str
    outputs: dict[str, Reference] | None = None
    origin: str = ""


class LookUpFailed(NamedTuple):
    """A ready task cannot run: an input file is missing, a secret is not set."""

    at: float
    task: str
    error: dict[str, Any]


class Granted(NamedTuple):
    """The Arbitration Engine gave a task the running slot it asked for.

    `why` says what it had waited for, and is empty for one that went at once.
    """

    at: float
    task: str
    why: dict[str, Any] | None = None


class Started(NamedTuple):
    """A process said that it has begun the task."""

    at: float
    task: str
    attempt: int
    process: str
    pid: int | None


class Succeeded(NamedTuple):
    """The Player returned; `outputs` are still the child's own references."""

    at: float
    task: str
    attempt: int
    outputs: dict[str, Reference]
    seconds: float


class Done(NamedTuple):
    """The Player returned, and its outputs, which are small, are artifacts already.

    The same as `Started`, where that was not told yet, `Succeeded` and `Stored` after each other.
    """

    at: float
    task: str
    attempt: int
    process: str
    pid: int | None
    outputs: dict[str, Reference]
    seconds: float
    unstable: str = ""
    spent: dict[str, Any] | None = None


class Stored(NamedTuple):
    """The outputs are artifacts now (they are committed together with this step's records).

    `unstable` says why no other run may take them over: what the task reads changed meanwhile.
    """

    at: float
    task: str
    attempt: int
    outputs: dict[str, Reference]
    seconds: float
    unstable: str = ""
    spent: dict[str, Any] | None = None


class Failed(NamedTuple):
    """The attempt failed: the Player raised, its process died, or an output was not kept.

    `delay` is the number of seconds to wait before a retry, should one be due. `spent` is what the
    attempt used (tokens, money), if anything.
    """

    at: float
    task: str
    attempt: int
    error: dict[str, Any]
    delay: float
    spent: dict[str, Any] | None = None


class Saved(NamedTuple):
    """The Player kept a state that its next attempt is to receive; `state` is an artifact now."""

    at: float
    task: str
    attempt: int
    state: Reference


class Refused(NamedTuple):
    """What the task asks for can never be had: a budget is used up, or it wants more than is."""

    at: float
    task: str
    error: dict[str, Any]


class RetryDue(NamedTuple):
    """The wait before a retry is over."""

    at: float
    task: str
    attempt: int


Fact = (
    Start
    | Recover
    | Pause
    | Resume
    | Cancel
    | RetryFailed
    | LookedUp
    | LookUpFailed
    | Granted
    | Started
    | Succeeded
    | Done
    | Stored
    | Failed
    | Saved
    | Refused
    | RetryDue
)
