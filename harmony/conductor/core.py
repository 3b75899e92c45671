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
from harmony.conductor.lanes import Lane
from harmony.foundation.words import render
from harmony.pit.dag.plan import Plan, PlannedNode
from harmony.pit.dag.progress import ENDED, Task
from harmony.pit.dag.tracker import Tracker
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


def step(state: RunCore, fact: happened.Fact) -> tuple[list[Record], list[do.Command]]:
    """What follows from a fact: the records to commit and the commands to carry out.

    A fact about an attempt that is over (a late result, a process lost after its task was
    cancelled) leads to nothing.
    """
    out = _Outcome(state, fact.at)
    _DECISIONS[type(fact)](out, fact)
    out.settle()
    if len(out.commands) > 1:
        out.look_up_the_longest_way_first()
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

    # ------------------------------------------------------------------ what follows from a fact

    def settle(self) -> None:
        """Resolve what became resolvable, and end the run when nothing is left to do."""
        if self.state.state != Run.EXECUTING:
            return
        tracker = self.tracker
        if tracker.open_nodes and not tracker.resolvable and not tracker.to_judge:
            return  # most of the time
        while True:
            for node in tracker.take_resolvable():
                self._resolve(node)
            if tracker.to_judge:
                owner = next(iter(tracker.to_judge))
                del tracker.to_judge[owner]
                self._judge(owner)
            elif tracker.open_nodes:
                return
            elif (tracker.failed_nodes or tracker.cancelled_nodes) and tracker.can_undo:
                tracker.begin_undoing()
            else:
                break
        if tracker.cancelled_nodes:
            self.move_run(RunEvent.CANCEL)
        else:
            failed = tracker.failed_nodes > 0
            self.move_run(RunEvent.TASK_ERROR if failed else RunEvent.ALL_TASKS_COMPLETE)
        self.commands.append(do.Finish(self.state.state))

    def look_up_the_longest_way_first(self) -> None:
        """Of tasks that become ready together the most urgent is looked up, and asks, first.

        Free slots go to whoever asks while they are free, so that the order decides here.
        """
        look_ups = [command for command in self.commands if isinstance(command, do.LookUp)]
        if len(look_ups) < 2:
            return

        def urgency(command: do.LookUp) -> tuple[int, int]:
            node = self.tracker.planned(command.task)
            return -node.priority, -node.rank

        others = [command for command in self.commands if not isinstance(command, do.LookUp)]
        self.commands = [*others, *sorted(look_ups, key=urgency)]

    def _resolve(self, node: str) -> None:
        resolution = self.tracker.resolve(node)
        own = self.tracker.tasks.get(node)
        if resolution.skip is not None and own is not None:
            self.move(own, TaskEvent.SKIPPED, cause=resolution.skip)
        elif resolution.error is not None and own is not None:
            self.move(own, TaskEvent.DEPENDENCIES_COMPLETE)
            self.move(own, TaskEvent.INPUTS_INVALID, error=_in_words(resolution.error))
            self.give_up(own)
        for task_id in resolution.tasks:
            task = self.tracker.tasks[task_id]
            self.move(task, TaskEvent.DEPENDENCIES_COMPLETE)
            self.take_up(task)

    def _judge(self, owner: str) -> None:
        """What the rounds of a loop, or the votes of replicas, mean for the node they work for."""
        task = self.tracker.tasks.get(owner)
        if task is None or task.state != TaskState.EXECUTING:
            return
        verdict = self.tracker.judge(owner)
        if verdict.kind == "next":
            self.tracker.next_round(owner)
        elif verdict.kind == "done":
            self._end_inside(owner)
            self.move(task, TaskEvent.EXECUTION_SUCCESS, seconds=0.0)
            outputs = dict(verdict.outputs or {})
            stored = TaskEvent.ARTIFACT_STORED
            self.move(task, stored, verdict.trigger, outputs=outputs, key="", seconds=0.0)
        elif verdict.kind == "failed":
            self._end_inside(owner)
            self.move(task, TaskEvent.EXECUTION_ERROR, error=_in_words(verdict.error or {}))
            self.give_up(task)

    def _end_inside(self, owner: str) -> None:
        """A verdict is found: who has not voted yet need not."""
        within = self.tracker.nodes[owner].inside
        for node in within.nodes if within is not None else ():
            for task_id in self.tracker.nodes[node].tasks:
                self.drop(self.tracker.tasks[task_id])

    def take_up(self, task: Task) -> None:
        """A task is ready: it is looked up, unless other nodes do its work."""
        node = self.tracker.nodes[task.node]
        if not node.planned.composite or task.index is not None:
            self.commands.append(do.LookUp(task.id))
            return
        again = node.inside is not None and node.planned.repeat is None
        if again and self.tracker.judge(task.node).kind == "failed":
            self.tracker.next_round(task.node)  # a vote without a majority is held once more
        self.move(task, TaskEvent.ALLOCATE_PLAYER, attempt=task.attempt + 1)
        self.move(task, TaskEvent.PLAYER_READY, process="", pid=None)
        self.tracker.to_judge[task.node] = None

    def give_up(self, task: Task) -> None:
        """A task has failed and is not tried again: its node says what that means."""
        planned = self.tracker.nodes[task.node].planned
        policy = planned.policy
        if policy.notify:
            self.commands.append(do.Notify(task.id))
        if policy.on_failure == "skip":
            title = planned.title or planned.id
            reason = str((task.error or {}).get("message", ""))
            cause = {"code": "pit.failure_accepted", "title": title, "reason": reason}
            self.move(task, TaskEvent.FAILURE_ACCEPTED, cause=cause)
        elif policy.on_failure == "halt":
            self._halt(planned)

    def _halt(self, planned: PlannedNode) -> None:
        """Start nothing more: what has not begun is skipped, what runs finishes."""
        self.withdraw_all()
        cause = {"code": "pit.halted", "node": planned.id, "title": planned.title or planned.id}
        waiting = (TaskState.PENDING, TaskState.READY, TaskState.RETRYING)
        for task in self.tracker.in_state(*waiting):
            self.move(task, TaskEvent.SKIPPED, cause=cause)
        for task in self.tracker.in_state(TaskState.EXECUTING):
            if self.tracker.nodes[task.node].inside is not None and task.id == task.node:
                self.move(task, TaskEvent.EXECUTION_ERROR, error=_in_words(cause))

    # ------------------------------------------------------------------ tasks and slots

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
        planned = self.tracker.planned(task.id)
        if planned.policy.parallel and task.index is not None:
            lane = self.state.lanes.setdefault(task.node, Lane(planned.policy.parallel))
            if not lane.enter(task.id):
                return
        self.state.requested.add(task.id)
        self.commands.append(
            do.RequestSlot(
                task.id,
                planned.waits,
                planned.priority,
                planned.rank,
                planned.prefetch,
                planned.quota.memory_mb,
                planned.tokens,
                planned.money,
            )
        )

    def release(self, task: Task) -> None:
        if task.id in self.state.granted:
            self.state.granted.remove(task.id)
            self.commands.append(do.ReleaseSlot(task.id))
        self.leave_lane(task)

    def leave_lane(self, task: Task) -> None:
        """Another item of a list that is worked on a few at a time may have the place."""
        lane = self.state.lanes.get(task.node)
        while lane is not None and (follower := lane.leave(task.id)) is not None:
            after = self.ready(follower)
            if after is not None:
                self.request(after)
                return
            task = self.tracker.tasks[follower]

    def drop(self, task: Task) -> None:
        """End a task that nobody needs any more."""
        if task.state in ENDED:
            return
        if task.id in self.state.requested:
            self.state.requested.remove(task.id)
            self.commands.append(do.WithdrawRequest(task.id))
        if task.state in ACTIVE:
            self.commands.append(do.Abort(task.id, task.attempt))
        self.move(task, TaskEvent.CANCEL)
        self.release(task)

    def withdraw_all(self) -> None:
        for task_id in sorted(self.state.requested):
            self.commands.append(do.WithdrawRequest(task_id))
        self.state.requested.clear()
        for lane in self.state.lanes.values():
            lane.keep_only(self.state.granted)

    def go_on(self) -> None:
        """Take up every task that is ready: with its key known it asks for a slot."""
        for task in self.tracker.in_state(TaskState.READY):
            if task.id in self.state.keys:
                self.request(task)
            else:
                self.take_up(task)


def _in_words(error: dict[str, Any]) -> dict[str, Any]:
    """An error of the engine with its sentence, as a Player's own has one."""
    return {**error, "message": render(error["code"], **error)}


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
        out.drop(task)
    if out.tracker.can_undo:
        if out.state.state == Run.PAUSED:
            out.move_run(RunEvent.RESUME, "to take back what was done")
        if out.state.state == Run.EXECUTING:
            return  # `settle` takes back what was done, then the run is cancelled
    out.move_run(RunEvent.CANCEL)
    out.commands.append(do.Finish(out.state.state))


_TAKEN_UP_AGAIN = ("pit.upstream_failed", "pit.halted")


def _retry_failed(out: _Outcome, _: happened.RetryFailed) -> None:
    if out.state.state != Run.FAILED or not out.tracker.can_retry:
        return
    for event in (RunEvent.RETRY, RunEvent.EXECUTE, RunEvent.RESOURCES_ALLOCATED):
        out.move_run(event)
    skipped = [
        task
        for task in out.tracker.in_state(TaskState.SKIPPED)
        if (task.cause or {}).get("code") in _TAKEN_UP_AGAIN
        and not _is_settled_otherwise(out.tracker, task)
    ]
    for task in out.tracker.in_state(TaskState.FAILED):
        if _is_settled_otherwise(out.tracker, task):
            continue
        out.move(task, TaskEvent.RETRY_POLICY_ACTIVE, "by hand", by_hand=True)
        out.move(task, TaskEvent.RETRY_DUE, "by hand")
        out.state.keys.pop(task.id, None)
        _take_up_again(out, task)
    for task in skipped:
        out.move(task, TaskEvent.UPSTREAM_RETRIED)


def _is_settled_otherwise(tracker: Tracker, task: Task) -> bool:
    """Whether a task failed for a node that need not try again: it was outvoted, or another vote
    is held."""
    owner = tracker.nodes[task.node].owner
    if not owner:
        return False
    node = tracker.nodes[owner]
    return node.outcome == "completed" or node.planned.repeat is None


def _take_up_again(out: _Outcome, task: Task) -> None:
    """A task is ready again. A mapped node whose lists do not match cannot become so."""
    node = out.tracker.nodes[task.node]
    if node.planned.mapped and task.index is None and task.error is not None:
        out.move(task, TaskEvent.INPUTS_INVALID, error=task.error)
        return
    out.take_up(task)


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
        out.give_up(task)


def _refused(out: _Outcome, fact: happened.Refused) -> None:
    out.state.requested.discard(fact.task)
    task = out.ready(fact.task)
    if task is not None:
        out.move(task, TaskEvent.REQUEST_REFUSED, error=fact.error)
        out.leave_lane(task)
        out.give_up(task)


def _granted(out: _Outcome, fact: happened.Granted) -> None:
    out.state.requested.discard(fact.task)
    out.state.granted.add(fact.task)
    task = out.ready(fact.task)
    if task is None or out.state.state != Run.EXECUTING:
        out.state.granted.remove(fact.task)
        out.commands.append(do.ReleaseSlot(fact.task))
        return
    attempt = task.attempt + 1
    if fact.why:
        out.move(task, TaskEvent.ALLOCATE_PLAYER, attempt=attempt, why=fact.why)
    else:
        out.move(task, TaskEvent.ALLOCATE_PLAYER, attempt=attempt)
    out.commands.append(do.Dispatch(task.id, attempt))


def _started(out: _Outcome, fact: happened.Started) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.ALLOCATED)
    if task is not None:
        out.move(task, TaskEvent.PLAYER_READY, process=fact.process, pid=fact.pid)


def _saved(out: _Outcome, fact: happened.Saved) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.EXECUTING)
    if task is not None:
        out.move(task, TaskEvent.STATE_SAVED, saved=fact.state)


def _succeeded(out: _Outcome, fact: happened.Succeeded) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.EXECUTING)
    if task is not None:
        out.move(task, TaskEvent.EXECUTION_SUCCESS, seconds=fact.seconds)
        out.release(task)
        out.commands.append(do.Store(task.id, task.attempt, fact.outputs, fact.seconds))


def _done(out: _Outcome, fact: happened.Done) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.ALLOCATED, TaskState.EXECUTING)
    if task is None:
        return
    if task.state == TaskState.ALLOCATED:
        out.move(task, TaskEvent.PLAYER_READY, process=fact.process, pid=fact.pid)
    out.move(task, TaskEvent.EXECUTION_SUCCESS, seconds=fact.seconds)
    out.release(task)
    _stored(out, fact)


def _stored(out: _Outcome, fact: happened.Stored | happened.Done) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.STORING)
    if task is not None:
        key = out.state.keys.pop(task.id, "")
        out.move(
            task,
            TaskEvent.ARTIFACT_STORED,
            fact.unstable,
            outputs=fact.outputs,
            key="" if fact.unstable else key,
            seconds=fact.seconds,
            **_used(fact.spent),
        )


def _used(spent: dict[str, Any] | None) -> dict[str, Any]:
    """What an attempt has used, for its last record; nothing most of the time."""
    return {"spent": spent} if spent else {}


_FAILURES = {
    TaskState.ALLOCATED: TaskEvent.PLAYER_LOST,
    TaskState.EXECUTING: TaskEvent.EXECUTION_ERROR,
    TaskState.STORING: TaskEvent.STORAGE_ERROR,
}


def _failed(out: _Outcome, fact: happened.Failed) -> None:
    task = out.current(fact.task, fact.attempt, *ACTIVE)
    if task is None:
        return
    out.move(task, _FAILURES[task.state], error=fact.error, **_used(fact.spent))
    out.release(task)
    planned = out.tracker.planned(task.id)
    if task.failures <= planned.retries and _is_worth_a_retry(planned, fact.error):
        again: dict[str, Any] = {"delay": fact.delay}
    elif planned.fallback is not None:
        again = {"delay": 0.0, "fallback": True}
    else:
        out.give_up(task)
        return
    out.move(task, TaskEvent.RETRY_POLICY_ACTIVE, due=fact.at + again["delay"], **again)
    out.commands.append(do.ScheduleRetry(task.id, task.attempt, again["delay"]))


def _is_worth_a_retry(planned: PlannedNode, error: dict[str, Any]) -> bool:
    named = planned.policy.retry_errors
    return not named or str(error.get("type", "")) in named


def _retry_due(out: _Outcome, fact: happened.RetryDue) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.RETRYING)
    if task is not None:
        out.move(task, TaskEvent.RETRY_DUE)
        # A file it reads may have changed since: the key is made anew.
        out.state.keys.pop(task.id, None)
        out.take_up(task)


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
    happened.Refused: _refused,
    happened.Started: _started,
    happened.Saved: _saved,
    happened.Succeeded: _succeeded,
    happened.Done: _done,
    happened.Stored: _stored,
    happened.Failed: _failed,
    happened.RetryDue: _retry_due,
}
