"""A run as its journal tells it: records, and the state that they fold to.

What a record means is said once, in `evolve`: live runs and recovery go through it alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harmony.conductor.lanes import Lane
from harmony.pit.dag.plan import Plan
from harmony.pit.dag.progress import Task
from harmony.pit.dag.tracker import Tracker
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.melody_execution import RunState as Run
from harmony.states.task import TaskState

RUN = "run"
TASK = "task:"

ACTIVE = (TaskState.ALLOCATED, TaskState.EXECUTING, TaskState.STORING)
ENDED_RUN = (Run.COMPLETED, Run.FAILED, Run.CANCELLED)


class Record(NamedTuple):
    """One move of the run or of a task, as the journal keeps it."""

    machine: str
    from_state: str
    event: str
    to_state: str
    trigger: str
    at: float
    data: dict[str, Any]


@dataclass(slots=True)
class RunCore:
    """A run as its journal tells it, and the requests it has open in this process.

    `requested`, `granted` and `lanes` are not in the journal: slots belong to the living process.
    """

    tracker: Tracker
    state: str = RUN_CHART.initial
    keys: dict[str, str] = field(default_factory=dict)
    requested: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)
    lanes: dict[str, Lane] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether the run is over (a failed one can still be retried)."""
        return self.state in ENDED_RUN

    def current_attempt(self, task_id: str, attempt: int) -> Task | None:
        """The task, when this very attempt of it is on its way or running."""
        task = self.tracker.tasks.get(task_id)
        return task if task and task.attempt == attempt and task.state in ACTIVE else None


def begin(plan: Plan) -> RunCore:
    """A run that has not started."""
    return RunCore(Tracker(plan))


def fold(plan: Plan, records: Iterable[Record]) -> RunCore:
    """The state of a run from its plan and its journal."""
    state = begin(plan)
    for record in records:
        evolve(state, record)
    return state


def evolve(state: RunCore, record: Record) -> None:
    """Take one record into the state."""
    if record.machine == RUN:
        state.state = RUN_CHART.next(state.state, record.event)
    else:
        state.tracker.apply(record.machine.removeprefix(TASK), record.event, record.data)
