"""The run core: `step(state, input) -> (records, commands)`.

Synchronous and without clock, files, sockets or chance: the same function serves live runs, recovery,
simulation and model checking (DESIGN.md section 5). It changes `state` only by `evolve`, one record at a
time, so that folding a journal through `evolve` gives the state the run had (`fold`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harmony.conductor import commands as do
from harmony.conductor import inputs as happened
from harmony.pit.dag.plan import Plan
from harmony.pit.dag.tracker import ENDED, Task, Tracker
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.melody_execution import MelodyExecutionState as Run
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
class RunState:
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


def begin(plan: Plan) -> RunState:
    """A run that has not started."""
    return RunState(Tracker(plan))


def fold(plan: Plan, records: Iterable[Record]) -> RunState:
    """The state of a run from its plan and its journal."""
    state = begin(plan)
    for record in records:
        evolve(state, record)
    return state


def evolve(state: RunState, record: Record) -> None:
    """Take one record into the state."""
    if record.machine == RUN:
        state.state = RUN_CHART.next(state.state, record.event)
    else:
        state.tracker.apply(record.machine.removeprefix(TASK), record.event, record.data)


def step(state: RunState, input: happened.Input) -> tuple[list[Record], list[do.Command]]:
    """What follows from an input: the records to commit and the commands to carry out.

    An input about an attempt that is over (a late result, a process lost after its task was
    cancelled) leads to nothing.
    """
    out = _Outcome(state, input.at)
    _DECISIONS[type(input)](out, input)
    out.settle()
    return out.records, out.commands


class _Outcome:
    """The records and commands of one step, while it is being decided."""

    __slots__ = ("at", "commands", "records", "state", "tracker")

    def __init__(self, state: RunState, at: float) -> None:
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
                self.move(own, "skipped", cause=resolution.skip)
            elif resolution.error is not None and own is not None:
                self.move(own, "dependencies_complete")
                self.move(own, "inputs_invalid", error=resolution.error)
            for task_id in resolution.tasks:
                task = self.tracker.tasks[task_id]
                self.move(task, "dependencies_complete")
                self.commands.append(do.LookUp(task_id))
        if self.tracker.open_nodes == 0:
            failed = self.tracker.count(TaskState.FAILED) > 0
            self.move_run("task_error" if failed else "all_tasks_complete")
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


def _start(out: _Outcome, input: happened.Start) -> None:
    for event in ("submit", "validation_success", "execute", "resources_allocated"):
        out.move_run(event)


def _recover(out: _Outcome, input: happened.Recover) -> None:
    if out.state.ended:
        return
    for event in ("submit", "validation_success", "execute", "resources_allocated"):
        if RUN_CHART.can(out.state.state, event):
            out.move_run(event, input.trigger)
    if out.state.state == Run.EXECUTING:
        out.move_run("pause", input.trigger)
    for task in out.tracker.in_state(*ACTIVE):
        out.move(task, "interrupted", input.trigger)
    out.move_run("resume", input.trigger)
    for task in out.tracker.in_state(TaskState.RETRYING):
        out.commands.append(do.ScheduleRetry(task.id, task.attempt, 0.0))
    out.go_on()


def _pause(out: _Outcome, input: happened.Pause) -> None:
    if out.state.state == Run.EXECUTING:
        out.move_run("pause")
        out.withdraw_all()


def _resume(out: _Outcome, input: happened.Resume) -> None:
    if out.state.state == Run.PAUSED:
        out.move_run("resume")
        out.go_on()


def _cancel(out: _Outcome, input: happened.Cancel) -> None:
    if out.state.ended:
        return
    out.withdraw_all()
    for task in list(out.tracker.tasks.values()):
        if task.state in ENDED:
            continue
        if task.state in ACTIVE:
            out.commands.append(do.Abort(task.id, task.attempt))
        out.move(task, "cancel")
        out.release(task)
    out.move_run("cancel")
    out.commands.append(do.Finish(out.state.state))


def _retry_failed(out: _Outcome, input: happened.RetryFailed) -> None:
    if out.state.state != Run.FAILED:
        return
    for event in ("retry", "execute", "resources_allocated"):
        out.move_run(event)
    skipped = [
        task
        for task in out.tracker.in_state(TaskState.SKIPPED)
        if (task.cause or {}).get("code") == "pit.upstream_failed"
    ]
    for task in out.tracker.in_state(TaskState.FAILED):
        out.move(task, "retry_policy_active", "by hand", by_hand=True)
        out.move(task, "retry_due", "by hand")
        out.state.keys.pop(task.id, None)
        _take_up(out, task)
    for task in skipped:
        out.move(task, "upstream_retried")


def _take_up(out: _Outcome, task: Task) -> None:
    """A task is ready again. A mapped node whose lists do not match cannot become so."""
    node = out.tracker.nodes[task.node]
    if node.planned.mapped and task.index is None and task.error is not None:
        out.move(task, "inputs_invalid", error=task.error)
        return
    out.commands.append(do.LookUp(task.id))


def _looked_up(out: _Outcome, input: happened.LookedUp) -> None:
    task = out.ready(input.task)
    if task is None:
        return
    out.state.keys[task.id] = input.key
    if input.outputs is not None:
        out.move(
            task, "result_reused", input.origin, outputs=input.outputs, key=input.key, seconds=0.0
        )
    else:
        out.request(task)


def _look_up_failed(out: _Outcome, input: happened.LookUpFailed) -> None:
    task = out.ready(input.task)
    if task is not None:
        out.move(task, "inputs_invalid", error=input.error)


def _granted(out: _Outcome, input: happened.Granted) -> None:
    out.state.requested.discard(input.task)
    out.state.granted.add(input.task)
    task = out.ready(input.task)
    if task is None or out.state.state != Run.EXECUTING:
        out.state.granted.remove(input.task)
        out.commands.append(do.ReleaseSlot(input.task))
        return
    attempt = task.attempt + 1
    out.move(task, "allocate_player", attempt=attempt)
    out.commands.append(do.Dispatch(task.id, attempt))


def _started(out: _Outcome, input: happened.Started) -> None:
    task = out.current(input.task, input.attempt, TaskState.ALLOCATED)
    if task is not None:
        out.move(task, "player_ready", process=input.process, pid=input.pid)


def _succeeded(out: _Outcome, input: happened.Succeeded) -> None:
    task = out.current(input.task, input.attempt, TaskState.EXECUTING)
    if task is not None:
        out.move(task, "execution_success", seconds=input.seconds)
        out.release(task)
        out.commands.append(do.Store(task.id, task.attempt, input.outputs, input.seconds))


def _stored(out: _Outcome, input: happened.Stored) -> None:
    task = out.current(input.task, input.attempt, TaskState.STORING)
    if task is not None:
        key = out.state.keys.get(task.id, "")
        data = {"outputs": input.outputs, "key": key, "seconds": input.seconds}
        out.move(task, "artifact_stored", **data)


_FAILURES = {
    TaskState.ALLOCATED: "player_lost",
    TaskState.EXECUTING: "execution_error",
    TaskState.STORING: "storage_error",
}


def _failed(out: _Outcome, input: happened.Failed) -> None:
    task = out.current(input.task, input.attempt, *ACTIVE)
    if task is None:
        return
    out.move(task, _FAILURES[task.state], error=input.error)
    out.release(task)
    retries = out.tracker.nodes[task.node].planned.retries
    if task.failures <= retries:
        out.move(task, "retry_policy_active", delay=input.delay)
        out.commands.append(do.ScheduleRetry(task.id, task.attempt, input.delay))


def _retry_due(out: _Outcome, input: happened.RetryDue) -> None:
    task = out.current(input.task, input.attempt, TaskState.RETRYING)
    if task is not None:
        out.move(task, "retry_due")
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
