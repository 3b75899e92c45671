"""What is known of one task, of a stretch of its time, and of a whole run: plain data, no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from harmony.board.run_view.cause_words import words_of
from harmony.foundation.words import render

Shown = Literal["waiting", "running", "done", "reused", "failed", "skipped", "cancelled"]

# States of chart 9 as the eye tells them apart.
SHOWN: Final[Mapping[str, Shown]] = {
    "Pending": "waiting",
    "Ready": "waiting",
    "Allocated": "waiting",
    "Retrying": "waiting",
    "Executing": "running",
    "Storing": "running",
    "Completed": "done",
    "Reused": "reused",
    "Failed": "failed",
    "Skipped": "skipped",
    "Cancelled": "cancelled",
}
ENDED: Final[frozenset[Shown]] = frozenset({"done", "reused", "failed", "skipped", "cancelled"})


@dataclass(slots=True)
class TaskView:
    """One task as far as it is known. Times are wall time, Unix seconds."""

    id: str
    node: str
    shown: Shown = "waiting"
    attempt: int = 1
    process: str = ""
    started: float | None = None
    ended: float | None = None
    seconds: float | None = None
    fraction: float | None = None
    message: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None
    pinned: bool = False

    @property
    def speaks(self) -> bool:
        """Whether its node stands as this task does. What does another's work (the rounds of a
        loop, replicas that vote) and what takes one back does not speak for the node."""
        return "#" not in self.id and "~" not in self.id

    @property
    def reason(self) -> str:
        """Why it was skipped, stopped or not run; empty when nobody said."""
        return render("board.pin_used") if self.pinned else words_of(self.cause)


@dataclass(slots=True)
class Block:
    """A stretch of time in which a process worked on a task."""

    task: str
    node: str
    started: float
    ended: float | None = None
    shown: Shown = "running"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of the log; `level` is a level or the name of a stream."""

    at: float
    level: str
    node: str
    task: str
    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole run in numbers; `seconds_left` is an estimate, None while there is no ground."""

    nodes: int
    nodes_done: int
    tasks: int
    tasks_done: int
    failed: int
    reused: int
    skipped: int
    running: int
    fraction: float
    seconds_left: float | None
    tasks_per_second: float
