"""The books of a run: each task, each node, and what became of them.

Plain data; `tracker.py` keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from harmony.pit.dag.plan import PlannedNode
from harmony.pit.dag.values import Reference
from harmony.states.task import TaskState

Outcome = Literal["open", "completed", "failed", "skipped", "cancelled"]

FINISHED = frozenset({TaskState.COMPLETED, TaskState.REUSED})
ENDED = FINISHED | {TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED}

NOTHING: Final[dict[str, Reference]] = {}
"""Shared by all tasks without outputs; nobody writes into outputs."""


@dataclass(slots=True)
class Task:
    """One node's work in a run, or one item's of a mapped node.

    While it waits before a retry: `delay` is for how long in all (seconds), `due` until when (wall
    time). `saved` is what its last attempt kept of its state; `fallback` says that the node's other
    Player has its turn; `tokens` and `money` are what its attempts have used.
    """

    id: str
    node: str
    index: int | None = None
    state: str = TaskState.PENDING
    attempt: int = 0
    failures: int = 0
    outputs: dict[str, Reference] = field(default_factory=lambda: NOTHING)
    key: str = ""
    error: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None
    delay: float = 0.0
    due: float = 0.0
    saved: Reference | None = None
    fallback: bool = False
    tokens: int = 0
    money: float = 0.0


@dataclass(slots=True)
class Inside:
    """The nodes that do another node's work at present: round or vote `number`."""

    number: int
    nodes: tuple[str, ...]
    open: int


@dataclass(slots=True)
class NodeProgress:
    """A node's tasks and what became of them together.

    `owner` is the node whose work it does, if any. `absent` are the optional sources that had no
    value when the node was resolved: a value that comes later is not taken in the middle of it.
    `ended` counts the ends of nodes, so that one can tell which came last. `plain`: one task, which
    is the node's, in the plan itself; most are. `has_optional`: it has a wire that is not waited
    for.
    """

    planned: PlannedNode
    waiting: int
    tasks: list[str]
    owner: str = ""
    open: int = 1
    resolved: bool = False
    outcome: Outcome = "open"
    outputs: dict[str, Reference] = field(default_factory=lambda: NOTHING)
    absent: frozenset[str] = frozenset()
    inside: Inside | None = None
    ended: int = 0
    plain: bool = False
    has_optional: bool = False


class Resolution(NamedTuple):
    """What became of a node whose sources are settled: its tasks, or why it has none to run."""

    tasks: tuple[str, ...] = ()
    skip: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
