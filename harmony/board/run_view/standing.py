"""How a node stands, from the states of its tasks: said once for a run that goes on and one of the
past. Knows no Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from harmony.board.run_view.run_words import inside_line, skip_line, summary_line
from harmony.board.run_view.task_view import Shown, TaskView, Totals
from harmony.board.status import NodeState, NodeStatus
from harmony.foundation.words import render


class ShownRun(Protocol):
    """A run as it is shown: as it is now (`RunModel`), or as it was (`PastModel`)."""

    @property
    def run(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...

    @property
    def live(self) -> bool: ...
    @property
    def elapsed(self) -> float: ...
    @property
    def nodes(self) -> tuple[str, ...]: ...
    @property
    def partial(self) -> Mapping[str, Mapping[str, Any]]: ...

    def known(self, task: str) -> TaskView | None:
        """A task; None while nothing has been said of it."""
        ...

    def tasks_of(self, node: str) -> list[TaskView]:
        """The tasks in a node, in their order."""
        ...

    def task_count(self, node: str) -> int:
        """How many those are."""
        ...

    def failing_task(self, node: str) -> TaskView | None:
        """The task to look at when a node failed."""
        ...

    def status(self, node: str) -> NodeStatus:
        """How a node looks."""
        ...

    def totals(self) -> Totals:
        """The run in numbers."""
        ...


def node_shown(counts: Counter[Shown], total: int, live: bool) -> NodeState:
    """The state of a node whose tasks are so many in each state; `total` are to be expected."""
    if not sum(counts.values()) and not total:
        return "waiting" if live else "idle"
    if counts["failed"]:
        return "failed"
    if counts["running"]:
        return "running"
    if counts["cancelled"]:
        return "cancelled"
    if counts["done"] + counts["reused"] >= total:
        return "done" if counts["done"] or not counts["reused"] else "reused"
    if counts["skipped"] and not counts["waiting"]:
        # Items that were given up, and ways not taken inside a part, are left out of it.
        return "done" if counts["done"] + counts["reused"] else "skipped"
    return "running" if counts["done"] + counts["reused"] else "waiting"


def foot(tasks: Iterable[TaskView], shown: str, total: int) -> str:
    """The short line under a node; empty where its count speaks."""
    if total > 1:
        return ""
    known = list(tasks)
    task = next((task for task in known if task.speaks), None)
    if task is not None and shown == "skipped":
        return skip_line(task.cause)
    if task is None or shown in ("waiting", "skipped", "cancelled"):
        return render(f"board.node_foot_{shown}") if shown != "idle" else ""
    within = inside_line(known, shown) if len(known) > 1 else ""
    if shown == "running":
        return task.message or within
    return within or summary_line(next(iter(task.outputs.values()), None))
