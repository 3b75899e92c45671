"""The run core: `step(state, fact) -> (records, commands)`.

Synchronous and without clock, files, sockets or chance: the same function serves live runs,
recovery, simulation and model checking (DESIGN.md section 5). It changes `state` only by `evolve`,
one record at a time, so that folding a journal gives the state the run had (`fold`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.outcome import Outcome
from harmony.conductor.run_state import (
    ACTIVE,
    ENDED_RUN,
    RUN,
    TASK,
    Record,
    RunCore,
    begin,
    evolve,
    fold,
)
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.dag.progress import Task
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.melody_execution import RunEvent
from harmony.states.melody_execution import RunState as Run
from harmony.states.task import TaskEvent, TaskState

__all__ = [
    "ACTIVE",
    "ENDED_RUN",
    "RUN",
    "TASK",
    "Record",
    "RunCore",
    "begin",
    "evolve",
    "fold",
    "step",
]


def step(state: RunCore, fact: happened.Fact) -> tuple[list[Record], list[do.Command]]:
    """What follows from a fact: the records to commit and the commands to carry out.

    A fact about an attempt that is over (a late result, a process lost after its task was
    cancelled) leads to nothing.
    """
    out = Outcome(state, fact.at)
    _DECISIONS[type(fact)](out, fact)
    out.settle()
    if len(out.commands) > 1:
        out.look_up_the_longest_way_first()
    return out.records, out.commands


_OPENING = (
    RunEvent.SUBMIT,
    RunEvent.VALIDATION_SUCCESS,
    RunEvent.EXECUTE,
    RunEvent.RESOURCES_ALLOCATED,
)


def _start(out: Outcome, _: happened.Start) -> None:
    for event in _OPENING:
        out.move_run(event)


def _recover(out: Outcome, fact: happened.Recover) -> None:
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


def _pause(out: Outcome, _: happened.Pause) -> None:
    if out.state.state == Run.EXECUTING:
        out.move_run(RunEvent.PAUSE)
        out.withdraw_all()


def _resume(out: Outcome, _: happened.Resume) -> None:
    if out.state.state == Run.PAUSED:
        out.move_run(RunEvent.RESUME)
        out.go_on()


def _cancel(out: Outcome, _: happened.Cancel) -> None:
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


def _retry_failed(out: Outcome, _: happened.RetryFailed) -> None:
    if out.state.state != Run.FAILED or not out.tracker.can_retry:
        return
    for event in (RunEvent.RETRY, RunEvent.EXECUTE, RunEvent.RESOURCES_ALLOCATED):
        out.move_run(event)
    skipped = [
        task
        for task in out.tracker.in_state(TaskState.SKIPPED)
        if (task.cause or {}).get("code") in _TAKEN_UP_AGAIN
        and not out.tracker.is_settled_otherwise(task)
    ]
    again = []
    for task in out.tracker.in_state(TaskState.FAILED):
        if out.tracker.is_settled_otherwise(task):
            continue
        out.move(task, TaskEvent.RETRY_POLICY_ACTIVE, "by hand", by_hand=True)
        out.move(task, TaskEvent.RETRY_DUE, "by hand")
        out.state.keys.pop(task.id, None)
        again.append(task)
    for task in skipped:
        out.move(task, TaskEvent.UPSTREAM_RETRIED)
    for task in again:
        _take_up_again(out, task)


def _take_up_again(out: Outcome, task: Task) -> None:
    """A task is ready again. A mapped node whose lists do not match cannot become so."""
    if task.state != TaskState.READY:
        return  # another of them halted the run
    node = out.tracker.nodes[task.node]
    if node.planned.mapped and task.index is None and task.error is not None:
        out.move(task, TaskEvent.INPUTS_INVALID, error=task.error)
        out.give_up(task)
        return
    out.take_up(task)


def _looked_up(out: Outcome, fact: happened.LookedUp) -> None:
    task = out.ready(fact.task)
    if task is None:
        return
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
        out.state.keys[task.id] = fact.key
        out.request(task)


def _look_up_failed(out: Outcome, fact: happened.LookUpFailed) -> None:
    task = out.ready(fact.task)
    if task is not None:
        out.move(task, TaskEvent.INPUTS_INVALID, error=fact.error)
        out.give_up(task)


def _refused(out: Outcome, fact: happened.Refused) -> None:
    out.state.requested.discard(fact.task)
    task = out.ready(fact.task)
    if task is not None:
        out.move(task, TaskEvent.REQUEST_REFUSED, error=fact.error)
        out.leave_lane(task)
        out.give_up(task)


def _granted(out: Outcome, fact: happened.Granted) -> None:
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


def _started(out: Outcome, fact: happened.Started) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.ALLOCATED)
    if task is not None:
        out.move(task, TaskEvent.PLAYER_READY, process=fact.process, pid=fact.pid)


def _saved(out: Outcome, fact: happened.Saved) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.EXECUTING)
    if task is not None:
        out.move(task, TaskEvent.STATE_SAVED, saved=fact.state)


def _succeeded(out: Outcome, fact: happened.Succeeded) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.EXECUTING)
    if task is not None:
        out.move(task, TaskEvent.EXECUTION_SUCCESS, seconds=fact.seconds)
        out.release(task)
        out.commands.append(do.Store(task.id, task.attempt, fact.outputs, fact.seconds))


def _done(out: Outcome, fact: happened.Done) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.ALLOCATED, TaskState.EXECUTING)
    if task is None:
        return
    if task.state == TaskState.ALLOCATED:
        out.move(task, TaskEvent.PLAYER_READY, process=fact.process, pid=fact.pid)
    out.move(task, TaskEvent.EXECUTION_SUCCESS, seconds=fact.seconds)
    out.release(task)
    _stored(out, fact)


def _stored(out: Outcome, fact: happened.Stored | happened.Done) -> None:
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


def _failed(out: Outcome, fact: happened.Failed) -> None:
    task = out.current(fact.task, fact.attempt, *ACTIVE)
    if task is None:
        return
    out.move(task, _FAILURES[task.state], error=fact.error, **_used(fact.spent))
    out.release(task)
    planned = out.tracker.planned(task.id)
    if out.tracker.is_halted(task):
        again: dict[str, Any] | None = None
    elif task.failures <= planned.retries and _is_worth_a_retry(planned, fact.error):
        again = {"delay": fact.delay}
    elif planned.fallback is not None:
        again = {"delay": 0.0, "fallback": True}
    else:
        again = None
    if again is None:
        out.give_up(task)
        return
    out.move(task, TaskEvent.RETRY_POLICY_ACTIVE, due=fact.at + again["delay"], **again)
    out.commands.append(do.ScheduleRetry(task.id, task.attempt, again["delay"]))


def _is_worth_a_retry(planned: PlannedNode, error: dict[str, Any]) -> bool:
    named = planned.policy.retry_errors
    return not named or str(error.get("type", "")) in named


def _retry_due(out: Outcome, fact: happened.RetryDue) -> None:
    task = out.current(fact.task, fact.attempt, TaskState.RETRYING)
    if task is not None:
        out.move(task, TaskEvent.RETRY_DUE)
        # A file it reads may have changed since: the key is made anew.
        out.state.keys.pop(task.id, None)
        out.take_up(task)


_DECISIONS: dict[type, Callable[[Outcome, Any], None]] = {
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
