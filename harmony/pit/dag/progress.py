"""The books of a run: each task, each node, and what became of them.

Plain data; `tracker.py` keeps it. There may be a hundred thousand tasks: what most of them never
have (a failure, a cause, a cost) is kept apart, and what they gave is packed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

from harmony.pit.dag.packed import NOTHING, Packed, unpack
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.dag.values import Reference
from harmony.states.task import TaskState

Outcome = Literal["open", "completed", "failed", "skipped", "cancelled"]

FINISHED = frozenset({TaskState.COMPLETED, TaskState.REUSED})
ENDED = FINISHED | {TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Incidents:
    """What happens to few tasks; most share `NONE`.

    `failures` counts since the last fresh start. While the task waits before a retry: `delay` is
    for how long in all (seconds), `due` until when (wall time). `saved` is what its last attempt
    kept of its state; `fallback` says that the node's other Player has its turn; `tokens` and
    `money` are what its attempts have used.
    """

    failures: int = 0
    error: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None
    delay: float = 0.0
    due: float = 0.0
    saved: Reference | None = None
    fallback: bool = False
    tokens: int = 0
    money: float = 0.0


NONE: Final = Incidents()


@dataclass(slots=True)
class Task:
    """One node's work in a run, or one item's of a mapped node. `packed` is what it gave."""

    id: str
    progress: NodeProgress = field(compare=False, repr=False)
    state: str = TaskState.PENDING
    attempt: int = 0
    packed: Packed = NOTHING
    incidents: Incidents = NONE

    @property
    def node(self) -> str:
        """The node that it belongs to."""
        return self.progress.planned.id

    @property
    def index(self) -> int | None:
        """Which item of a mapped node it is, from 0; None when it is the node's only one."""
        node = self.progress.planned.id
        return None if self.id == node else int(self.id[len(node) + 1 : -1])

    @property
    def outputs(self) -> dict[str, Reference]:
        """What it gave, by port; made anew at each call."""
        return unpack(self.packed)

    @property
    def failures(self) -> int:
        return self.incidents.failures

    @property
    def error(self) -> dict[str, Any] | None:
        return self.incidents.error

    @property
    def cause(self) -> dict[str, Any] | None:
        return self.incidents.cause

    @property
    def delay(self) -> float:
        return self.incidents.delay

    @property
    def due(self) -> float:
        return self.incidents.due

    @property
    def saved(self) -> Reference | None:
        return self.incidents.saved

    @property
    def fallback(self) -> bool:
        return self.incidents.fallback

    @property
    def tokens(self) -> int:
        return self.incidents.tokens

    @property
    def money(self) -> float:
        return self.incidents.money

    def note(self, **changes: Any) -> None:
        """Write into its incidents."""
        self.incidents = replace(self.incidents, **changes)


@dataclass(slots=True)
class Inside:
    """The nodes that do another node's work at present: round or vote `number`."""

    number: int
    nodes: tuple[str, ...]
    open: int


@dataclass(slots=True)
class NodeProgress:
    """A node's tasks and what became of them together; `packed` is what it gave.

    `owner` is the node whose work it does, if any. `absent` are the optional sources that had no
    value when the node was resolved: a value that comes later is not taken in the middle of it.
    `ended` counts the ends of nodes, so that one can tell which came last. `plain`: one task, which
    is the node's, in the plan itself; most are. `has_optional`: it has a wire that is not waited
    for. `unsure`: once it waits for nothing, it has to be asked whether the node runs at all.
    """

    planned: PlannedNode
    waiting: int
    tasks: tuple[str, ...]
    owner: str = ""
    open: int = 1
    resolved: bool = False
    outcome: Outcome = "open"
    packed: Packed = NOTHING
    absent: frozenset[str] = frozenset()
    inside: Inside | None = None
    ended: int = 0
    plain: bool = False
    has_optional: bool = False
    unsure: bool = True

    @property
    def outputs(self) -> dict[str, Reference]:
        """What it gave, by port; made anew at each call."""
        return unpack(self.packed)


class Resolution(NamedTuple):
    """What became of a node whose sources are settled: its tasks, or why it has none to run."""

    tasks: tuple[str, ...] = ()
    skip: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
