"""The records and commands of one step, while it is being decided.

What follows from a move of a task is here: nodes that become ready, verdicts on loops and votes,
what a failure means for the rest, the end of the run. What a fact means is in `core.py`.
"""

from __future__ import annotations

from typing import Any

from harmony.conductor import commands as do
from harmony.conductor.lanes import Lane
from harmony.conductor.run_state import ACTIVE, RUN, TASK, Record, RunCore, evolve
from harmony.foundation.words import render
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.dag.progress import ENDED, Task
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.melody_execution import RunEvent
from harmony.states.melody_execution import RunState as Run
from harmony.states.task import TaskEvent, TaskState


class Outcome:
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
            self.move(own, TaskEvent.INPUTS_INVALID, error=in_words(resolution.error))
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
            self.move(task, TaskEvent.EXECUTION_ERROR, error=in_words(verdict.error or {}))
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
            if self.tracker.nodes[task.node].planned.composite:
                self.move(task, TaskEvent.EXECUTION_ERROR, error=in_words(cause))

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


def in_words(error: dict[str, Any]) -> dict[str, Any]:
    """An error of the engine with its sentence, as a Player's own has one."""
    return {**error, "message": render(error["code"], **error)}
