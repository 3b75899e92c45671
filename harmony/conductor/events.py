"""What a run says while it goes on, published after the commit (DESIGN.md section 5).

Board, terminal and `run --json` read the same stream. `at` is wall time, Unix seconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class RunChanged:
    """The run's own machine (chart 3) moved."""

    run: str
    from_state: str
    state: str
    at: float
    cause: str = ""


class TaskChanged(NamedTuple):
    """A task (chart 9) moved. `outputs` on completion or reuse, `error` on failure.

    A tuple, since there are many: made in a third of the time.
    """

    run: str
    task: str
    node: str
    from_state: str
    state: str
    attempt: int
    at: float
    process: str = ""
    cause: str = ""
    seconds: float | None = None
    outputs: dict[str, Any] = {}  # noqa: RUF012 - nobody changes what an event holds
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NodeExpanded:
    """A mapped node became `count` tasks."""

    run: str
    node: str
    count: int
    at: float


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """A running task's own word on how far it is; `fraction` is 0 to 1, or None if unknown."""

    run: str
    task: str
    node: str
    fraction: float | None
    message: str
    at: float


@dataclass(frozen=True, slots=True)
class TaskLog:
    """A line of log, or a piece of stdout or stderr (`level` is then the stream's name)."""

    run: str
    task: str
    node: str
    attempt: int
    level: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class TaskOutput:
    """A partial output of a streaming Player: for the eye only, not an artifact."""

    run: str
    task: str
    node: str
    output: str
    value: Any
    at: float


@dataclass(frozen=True, slots=True)
class PoolChanged:
    """The warm processes: how many, in which states of chart 2, and their resident memory.

    `refused` are the Players that crashed too often to be run now, each with the reason in words.
    """

    processes: dict[str, str]
    memory_mb: float
    at: float
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlayersChanged:
    """The catalogue was read anew and holds other Players: those of these packages.

    A package that is new, changed, or gone is named. Processes that start from now on load what is
    on disk now.
    """

    packages: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class RunBroken:
    """A run was stopped before its end: its journal could not be written, or it broke a rule.

    `error` is a code, its parameters and the sentence. The run can be resumed.
    """

    run: str
    error: dict[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class ProblemNoticed:
    """Something that a person should know while the program works on. `run` may be empty."""

    message: str
    at: float
    run: str = ""


@dataclass(frozen=True, slots=True)
class RunsChangedElsewhere:
    """Runs of other programs on the same data folder moved (`harmony run` beside the Board)."""

    runs: tuple[str, ...]
    at: float
    run: str = ""


Event = (
    RunChanged
    | TaskChanged
    | NodeExpanded
    | TaskProgress
    | TaskLog
    | TaskOutput
    | PoolChanged
    | PlayersChanged
    | RunBroken
    | ProblemNoticed
    | RunsChangedElsewhere
)


def event_to_json(event: Event) -> dict[str, Any]:
    """An event as one JSON object; `event` names its kind in snake case."""
    name = type(event).__name__
    kind = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    fields = event._asdict() if isinstance(event, TaskChanged) else asdict(event)
    return {"event": kind, **fields}
