"""A run as it was at a moment, with the questions that a run on show is asked. Knows no Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from harmony.board.run_view.run_model import LIVE_RUN_STATES
from harmony.board.run_view.run_words import one_line
from harmony.board.run_view.standing import foot, node_shown
from harmony.board.run_view.task_view import ENDED, SHOWN, Shown, TaskView, Totals
from harmony.board.status import NodeStatus
from harmony.conductor.course import TASK_STATES
from harmony.conductor.detail import TaskDetail
from harmony.conductor.moment import Moment, TaskMoment
from harmony.states.task import TaskState

_STILL_UNKNOWN: Final = frozenset({TaskState.PENDING, TaskState.SKIPPED})
_SHOWN_BY_CODE: Final[tuple[Shown, ...]] = tuple(SHOWN[state] for state in TASK_STATES)


class PastModel:
    """What `RunModel` answers, of a moment. `nodes` are those of the melody that ran."""

    def __init__(self, run: str, number: int, nodes: tuple[str, ...], moment: Moment) -> None:
        self.run, self.number, self.nodes = run, number, nodes
        self.moment = moment
        self.partial: Mapping[str, Mapping[str, Any]] = {}
        self._views: dict[str, TaskView] = {}

    @property
    def state(self) -> str:
        """The state of the run then."""
        return self.moment.run_state

    @property
    def live(self) -> bool:
        """Whether the run went on then."""
        return self.state in LIVE_RUN_STATES

    @property
    def elapsed(self) -> float:
        """Seconds that the run had gone on."""
        return self.moment.elapsed

    def known(self, task: str) -> TaskView | None:
        """A task as it was; None when nothing had been said of it."""
        if task not in self._views:
            told = self.moment.task(task)
            if told is None:
                return None
            self._views[task] = _view(told)
        return self._views[task]

    def tasks_of(self, node: str) -> list[TaskView]:
        """The tasks in a node, in their order."""
        return [_view(task) for task in self._tasks(node)]

    def task_count(self, node: str) -> int:
        """How many those are."""
        return self.moment.count_of(node)

    def failing_task(self, node: str) -> TaskView | None:
        """The task to look at when a node failed: of a loop or a vote the one inside that did."""
        failed = [_view(task) for task in self.moment.tasks_of(node, TaskState.FAILED)]
        first = next((task for task in failed if task.speaks), None)
        if first is None:
            return None
        within = [t for t in failed if t.id.startswith(f"{first.id}#") and t.error]
        return max(within, key=lambda task: task.ended or 0.0, default=first)

    def status(self, node: str) -> NodeStatus:
        """How a node looked. It stands still: what ran shows how long it had been at it."""
        counts = self._counts(node)
        total = self.moment.expected(node)
        ended = sum(counts[shown] for shown in ENDED)
        shown = node_shown(counts, total, self.live)
        tasks = self.tasks_of(node) if total <= 1 else []
        failed = self._first(node, TaskState.FAILED) if counts["failed"] else None
        return NodeStatus(
            state=shown,
            fraction=_fraction(tasks, ended, total) if shown == "running" else None,
            done=counts["done"] + counts["reused"],
            total=total if total > 1 else 0,
            seconds=self._seconds(node, shown),
            foot=foot(tasks, shown, total),
            error=one_line(failed.error) if failed is not None else "",
            reason=self._reason(node, counts) if shown in ("skipped", "cancelled", "done") else "",
        )

    def totals(self) -> Totals:
        """The run in numbers."""
        sums: Counter[Shown] = Counter()
        for shown, count in zip(_SHOWN_BY_CODE, self.moment.all_counts(), strict=True):
            sums[shown] += count
        tasks = done_nodes = 0
        for node in self.nodes:
            counts = self.moment.counts(node)
            total = max(self.moment.expected(node), 1)
            tasks += total
            done = counts[_COMPLETED] + counts[_REUSED]
            done_nodes += bool(done) and done >= total
        ended = sum(sums[shown] for shown in ENDED)
        elapsed = self.elapsed
        return Totals(
            nodes=len(self.nodes),
            nodes_done=done_nodes,
            tasks=tasks,
            tasks_done=sums["done"] + sums["reused"],
            failed=sums["failed"],
            reused=sums["reused"],
            skipped=sums["skipped"],
            running=sums["running"],
            fraction=ended / tasks if tasks else 0.0,
            seconds_left=None,
            tasks_per_second=(sums["done"] + sums["failed"]) / elapsed if elapsed > 0 else 0.0,
        )

    def detail(self, whole: TaskDetail) -> TaskDetail:
        """What was known of a task then; `whole` is what is known of it now."""
        told = self.moment.task(whole.id)
        if told is None:
            nothing: dict[str, Any] = {}
            return replace(
                whole, state=TaskState.PENDING, reused=False, seconds=None, inputs=nothing,
                outputs={}, error=None, cause=None, origin="", attempts=[],
            )  # fmt: skip
        return replace(
            whole,
            state=told.state,
            reused=told.state == TaskState.REUSED,
            seconds=told.seconds,
            inputs={} if told.state in _STILL_UNKNOWN else whole.inputs,
            outputs=told.outputs,
            error=told.error,
            cause=told.cause,
            origin=whole.origin if told.state == TaskState.REUSED else "",
            attempts=told.attempts,
        )

    def outputs_of(self, node: str) -> Mapping[str, Any]:
        """The values that a node had given, by port; of a mapped one those of its first item."""
        finished = self._first(node, TaskState.COMPLETED, TaskState.REUSED)
        return finished.outputs if finished is not None else {}

    def _tasks(self, node: str) -> Iterator[TaskMoment]:
        return self.moment.tasks_of(node)

    def _first(self, node: str, *states: str) -> TaskView | None:
        """The first task in one of these states that speaks for its node."""
        told = (_view(task) for task in self.moment.tasks_of(node, *states))
        return next((task for task in told if task.speaks), None)

    def _counts(self, node: str) -> Counter[Shown]:
        counts: Counter[Shown] = Counter()
        for shown, count in zip(_SHOWN_BY_CODE, self.moment.counts(node), strict=True):
            counts[shown] += count
        return counts

    def _seconds(self, node: str, shown: str) -> float | None:
        if shown == "reused":
            return None
        if shown == "running":
            began = self.moment.first_start(node)
            return max(0.0, self.moment.wall - began) if began is not None else None
        return self.moment.spent(node) or None

    def _reason(self, node: str, counts: Counter[Shown]) -> str:
        if not counts["skipped"] + counts["cancelled"]:
            return ""
        told = self.moment.tasks_of(node, TaskState.SKIPPED, TaskState.CANCELLED)
        views = (_view(task) for task in told)
        return next((view.reason for view in views if view.speaks and view.reason), "")


_COMPLETED: Final = TASK_STATES.index(TaskState.COMPLETED)
_REUSED: Final = TASK_STATES.index(TaskState.REUSED)


def _fraction(tasks: list[TaskView], ended: int, total: int) -> float | None:
    if total > 1:
        return min(1.0, ended / total)
    return next((task.fraction for task in tasks if task.speaks), None)


def _view(told: TaskMoment) -> TaskView:
    """A task of the past as the Board knows tasks."""
    return TaskView(
        id=told.id,
        node=told.node,
        shown=SHOWN[told.state],
        attempt=told.attempt,
        process=told.process,
        started=told.started,
        ended=told.ended,
        seconds=told.seconds,
        fraction=told.share,
        outputs=told.outputs,
        error=told.error,
        cause=told.cause,
    )
