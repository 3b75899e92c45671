"""The run core: `step(state, fact) -> (records, commands)`.

Synchronous and without clock, files, sockets or chance: the same function serves live runs,
recovery, simulation and model checking (DESIGN.md section 5). It changes `state` only by `evolve`,
one record at a time, so that folding a journal gives the state the run had (`fold`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.pit.dag.plan import Plan
from harmony.pit.dag.tracker import ENDED, Task, Tracker
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.melody_execution import RunEvent
from harmony.states.melody_execution import RunState as Run
from harmony.states.task import TaskEvent, TaskState

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

    `requested` and `granted` are not in the journal: slots belong to the living process alone.
    """

    tracker: Tracker
    state: str = RUN_CHART.initial
    keys: dict[str, str] = field(default_factory=dict)
    requested: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)

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


def step(state: RunCore, fact: happened.Fact) -> tuple[list[Record], list[do.Command]]:
    """What follows from a fact: the records to commit and the commands to carry out.

    A fact about an attempt that is over (a late result, a process lost after its task was
    cancelled) leads to nothing.
    """
    out = _Outcome(state, fact.at)
    _DECISIONS[type(fact)](out, fact)
    out.settle()
    return out.records, out.commands


class _Outcome:
    """The records and commands of one step, while it is being decided."""

    __slots__ = ("at", "commands", "records", "state", "tracker")

    def __init__(self, state: RunCore, at: float) -> None:
        self.state = state
        self.tracker = state.tracker
        self.at = at
        self.records: list[Record] = []
        self.commands: list[do.Command] = []

    def move_run(self, event: str, trigger: str = "") -> None:
        before = self.state.state
        record = Record(RUN, before, event, RUN_CHART.next(before, event), trigger, self.at, {})
        evolve(self.state, record)
        self.records.append(record)

    def move(self, task: Task, event: str, trigger: str = "", **data: Any) -> None:
        before, after = self.tracker.apply(task.id, event, data)
        machine = TASK + task.id
        self.records.append(Record(machine, before, event, after, trigger, self.at, data))

    def settle(self) -> None:
        """Resolve what became resolvable, and end the run when nothing is left to do."""
        if self.state.state != Run.EXECUTING:
            return
        for node in self.tracker.take_resolvable():
            resolution = self.tracker.resolve(node)
            own = self.tracker.tasks.get(node)
            if resolution.skip is not None and own is not None:
                self.move(own, TaskEvent.SKIPPED, cause=resolution.skip)
            elif resolution.error is not None and own is not None:
                self.move(own, TaskEvent.DEPENDENCIES_COMPLETE)
                self.move(own, TaskEvent.INPUTS_INVALID, error=resolution.error)
            for task_id in resolution.tasks:
                task = self.tracker.tasks[task_id]
                self.move(task, TaskEvent.DEPENDENCIES_COMPLETE)
                self.commands.append(do.LookUp(task_id))
        if self.tracker.open_nodes == 0:
            failed = self.tracker.count(TaskState.FAILED) > 0
            self.move_run(RunEvent.TASK_ERROR if failed else RunEvent.ALL_TASKS_COMPLETE)
            self.commands.append(do.Finish(self.state.state))

    def current(self, task_id: str, attempt: int, *states: str) -> Task | None:
        """The task, when this very attempt of it is in one of these states."""
        task = self.tracker.tasks.get(task_id)
        if task is None or task.attempt != attempt or task.state not in states:
            return None
        return task

    def ready(self, task_id: str) -> Task | None:
        task = self.tracker.tasks.get(task_id)
        return task if task is not None and task.state == TaskState.READY else None

    def request(self, task: Task) -> None:
        """Ask for a slot, unless the run is paused: `Resume` asks for all that wait then."""
        if self.state.state != Run.EXECUTING or task.id in self.state.requested:
            return
        self.state.requested.add(task.id)
        node = self.tracker.nodes[task.node].planned
        self.commands.append(do.RequestSlot(task.id, node.waits, node.priority, node.rank))

    def release(self, task: Task) -> None:
        if task.id in self.state.granted:
            self.state.granted.remove(task.id)
            self.commands.append(do.ReleaseSlot(task.id))

    def withdraw_all(self) -> None:
        for task_id in sorted(self.state.requested):
            self.commands.append(do.WithdrawRequest(task_id))
        self.state.requested.clear()

    def go_on(self) -> None:
        """Take up every task that is ready: with its key known it asks for a slot."""
        for task in self.tracker.in_state(TaskState.READY):
            if task.id in self.state.keys:
                self.request(task)
            else:
                self.commands.append(do.LookUp(task.id))


_OPENING = (
    RunEvent.SUBMIT,
    RunEvent.VALIDATION_SUCCESS,
    RunEvent.EXECUTE,
    RunEvent.RESOURCES_ALLOCATED,
)


def _start(out: _Outcome, _: happened.Start) -> None:
    for event in _OPENING:
        out.move_run(event)


def _recover(out: _Outcome, fact: happened.Recover) -> None:
    if out.state.ended:
        return
    for event in _OPENING:
        if RUN_CHART.can(out.state.state, event):
            out.move_run(event, fact.trigger)
    if out.state.state == Run.EXECUTING:
        out.move_run(RunEvent.PAUSE, fact.trigger)
    for task in out.tracker.in_state(*ACTIVE):
        out.move(task, TaskEvent.INTERRUPTED, fact.trigger)
    out.move_run(RunEvent.RESUME, fact.trigger)
    for task in out.tracker.in_state(TaskState.RETRYING):
        # What is left of the wait; a wall clock that was set back must not make it longer.
        left = min(task.delay, max(0.0, task.due - fact.at))
        out.commands.append(do.ScheduleRetry(task.id, task.attempt, left))
    for task in out.tracker.in_state(TaskState.PENDING):
        if out.tracker.nodes[task.node].resolved:
            out.move(task, TaskEvent.DEPENDENCIES_COMPLETE, fact.trigger)
    out.go_on()


def _pause(out: _Outcome, _: happened.Pause) -> None:
    if out.state.state == Run.EXECUTING:
        out.move_run(RunEvent.PAUSE)
        out.withdraw_all()


def _resume(out: _Outcome, _: happened.Resume) -> None:
    if out.state.state == Run.PAUSED:
        out.move_run(RunEvent.RESUME)
        out.go_on()


def _cancel(out: _Outcome, _: happened.Cancel) -> None:
    if out.state.ended:
        return
    out.withdraw_all()
    for task in list(out.tracker.tasks.values()):
        if task.state in ENDED:
            continue
        if task.state in ACTIVE:
            out.commands.append(do.Abort(task.id, task.attempt))
        out.move(task, TaskEvent.CANCEL)
        out.release(task)
    out.move_run(RunEvent.CANCEL)
    out.commands.append(do.Finish(out.state.state))


def _retry_failed(out: _Outcome, _: happened.RetryFailed) -> None:
    if out.state.state != Run.FAILED:
        return
    for event in (RunEvent.RETRY, RunEvent.EXECUTE, RunEvent.RESOURCES_ALLOCATED):
        out.move_run(event)
    skipped = [
        task
        for task in out.tracker.in_state(TaskState.SKIPPED)
        if (task.cause or {}).get("code") == "pit.upstream_failed"
    ]
    for task in out.tracker.in_state(TaskState.FAILED):
        out.move(task, TaskEvent.RETRY_POLICY_ACTIVE, "by hand", by_hand=True)
        out.move(task, TaskEvent.RETRY_DUE, "by hand")
        out.state.keys.pop(task.id, None)
        _take_up(out, task)
    for task in skipped:
        out.move(task, TaskEvent.UPSTREAM_RETRIED)


def _take_up(out: _Outcome, task: Task) -> None:
    """A task is ready again. A mapped node whose lists do not match cannot become so."""
    node = out.tracker.nodes[task.node]
    if node.planned.mapped and task.index is None and task.error is not None:
        out.move(task, TaskEvent.INPUTS_INVALID, error=task.error)
        return
    out.commands.append(do.LookUp(task.id))


def _looked_up(out: _Outcome, fact: happened.LookedUp) -> None:
    task = out.ready(fact.task)
    if task is None:
        return
    out.state.keys[task.id] = fact.key
    if fact.outputs is not None:
        out.move(
            task,
            TaskEvent.RESULT_REUSED,
            fact.origin,
            outputs=fact.outputs,
            key=fact.key,
            seconds=0.0,
        )
    else:
        out.request(task)


def _look_up_failed(out: _Outcome, fact: happened.LookUpFailed) -> None:
    task = out.ready(fact.task)
    if task is not None:
        out.move(task, TaskEvent.INPUTS_INVALID, error=fact.error)


def _granted(out: _Outcome, fact: happened.Granted) -> None:
    out.state.requested.discard(fact.task)
    out.state.granted.add(fact.task)
    task = out.ready(fact.task)
    if task is None or out.state.state != Run.EXECUTING:
        out.state.granted.remove(fact.task)
        out.commands.append(do.ReleaseSlot(fact.task))
        return
    attempt = task.attempt + 1
    out.move(task, TaskEvent.ALLOCATE_PLAYER, attempt=attempt)
    out.commands.append(do.Dispatch(task.id, attempt))


def _started(out: _Outcome, fact: happened.Started) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.ALLOCATED)
    if task is not None:
        out.move(task, TaskEvent.PLAYER_READY, process=fact.process, pid=fact.pid)


def _succeeded(out: _Outcome, fact: happened.Succeeded) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.EXECUTING)
    if task is not None:
        out.move(task, TaskEvent.EXECUTION_SUCCESS, seconds=fact.seconds)
        out.release(task)
        out.commands.append(do.Store(task.id, task.attempt, fact.outputs, fact.seconds))


def _stored(out: _Outcome, fact: happened.Stored) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.STORING)
    if task is not None:
        key = "" if fact.unstable else out.state.keys.get(task.id, "")
        out.move(
            task,
            TaskEvent.ARTIFACT_STORED,
            fact.unstable,
            outputs=fact.outputs,
            key=key,
            seconds=fact.seconds,
        )


_FAILURES = {
    TaskState.ALLOCATED: TaskEvent.PLAYER_LOST,
    TaskState.EXECUTING: TaskEvent.EXECUTION_ERROR,
    TaskState.STORING: TaskEvent.STORAGE_ERROR,
}


def _failed(out: _Outcome, fact: happened.Failed) -> None:
    task = out.current(fact.task, fact.attempt, *ACTIVE)
    if task is None:
        return
    out.move(task, _FAILURES[task.state], error=fact.error)
    out.release(task)
    retries = out.tracker.nodes[task.node].planned.retries
    if task.failures <= retries:
        out.move(task, TaskEvent.RETRY_POLICY_ACTIVE, delay=fact.delay, due=fact.at + fact.delay)
        out.commands.append(do.ScheduleRetry(task.id, task.attempt, fact.delay))


def _retry_due(out: _Outcome, fact: happened.RetryDue) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.RETRYING)
    if task is not None:
        out.move(task, TaskEvent.RETRY_DUE)
        # A file it reads may have changed since: the key is made anew.
        out.state.keys.pop(task.id, None)
        out.commands.append(do.LookUp(task.id))


_DECISIONS: dict[type, Callable[[_Outcome, Any], None]] = {
    happened.Start: _start,
    happened.Recover: _recover,
    happened.Pause: _pause,
    happened.Resume: _resume,
    happened.Cancel: _cancel,
    happened.RetryFailed: _retry_failed,
    happened.LookedUp: _looked_up,
    happened.LookUpFailed: _look_up_failed,
    happened.Granted: _granted,
    happened.Started: _started,
    happened.Succeeded: _succeeded,
    happened.Stored: _stored,
    happened.Failed: _failed,
    happened.RetryDue: _retry_due,
}
