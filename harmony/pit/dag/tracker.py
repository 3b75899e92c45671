"""Where each task of a run stands, and what a move of one means for the others.

A node starts with one task of its own name. When all it depends on is settled it is *resolved*:
it runs once, or once an item of a list (`node[0]`, `node[1]`, …), or not at all; or other nodes do
its work (`inside.py`). A completion costs its out-degree. Pure: no clock, no files. Live runs and
recovery move tasks through the same `apply`, so that a fold over the journal gives the state that
the run had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from harmony.pit.dag import inside
from harmony.pit.dag.inside import OPEN, UNDO, Verdict
from harmony.pit.dag.plan import Plan, PlannedNode, Source
from harmony.pit.dag.progress import (
    FINISHED,
    NOTHING,
    Inside,
    NodeProgress,
    Outcome,
    Resolution,
    Task,
)
from harmony.pit.dag.skipping import why_skipped
from harmony.pit.dag.trying_again import has_gone_on_without, is_settled_otherwise
from harmony.pit.dag.values import Reference, collected, received
from harmony.states.task import CHART, TaskState

_PENDING: Final = TaskState.PENDING

_TakeIn = Callable[["Tracker", Task, Mapping[str, Any]], None]


def _moves(
    by_end: Mapping[str, _TakeIn], special: Mapping[tuple[str, str], _TakeIn]
) -> dict[str, dict[str, tuple[str, _TakeIn | None]]]:
    """Chart 9 by state and event: two look-ups without making a key."""
    table: dict[str, dict[str, tuple[str, _TakeIn | None]]] = {}
    for (before, event), after in CHART.transitions.items():
        take_in = special.get((before, after), by_end.get(after))
        table.setdefault(before, {})[event] = (after, take_in)
    return table


class Tracker:
    """The tasks of one run. Nodes in `resolvable` wait for nothing but to be resolved, those in
    `to_judge` for a verdict on what others did for them.

    `failed_nodes` and `cancelled_nodes` count those of the plan itself: a replica that crashed, or
    a failure while taking back, is none.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes: dict[str, NodeProgress] = {}
        self.tasks: dict[str, Task] = {}
        self.counts: dict[str, int] = dict.fromkeys(CHART.states, 0)
        self.resolvable: dict[str, None] = {}
        self.to_judge: dict[str, None] = {}
        self.open_nodes = 0
        self.failed_nodes = 0
        self.cancelled_nodes = 0
        self.undo_began = False
        self._halting: set[str] = set()
        self._ends = 0
        for planned in plan.nodes.values():
            self._add_node(planned)

    # ------------------------------------------------------------------ moves

    def apply(self, task_id: str, event: str, data: Mapping[str, Any]) -> tuple[str, str]:
        """Move a task; returns its states before and after. Raises `IllegalEvent`."""
        task = self.tasks.get(task_id) or self._made_known(task_id)
        before = task.state
        try:
            after, take_in = _MOVES[before][event]
        except KeyError:
            CHART.next(before, event)  # says what would be legal
            raise
        task.state = after
        counts = self.counts
        counts[before] -= 1
        counts[after] += 1
        if take_in is not None:
            take_in(self, task, data)
        return before, after

    def take_resolvable(self) -> Iterator[str]:
        """Nodes to resolve, each once; nodes that become resolvable meanwhile come too."""
        resolvable, nodes = self.resolvable, self.nodes
        while resolvable:
            node = next(iter(resolvable))
            del resolvable[node]
            progress = nodes[node]
            if progress.waiting == 0 and not progress.resolved:
                yield node

    def resolve(self, node: str) -> Resolution:
        """Give a node whose sources are all settled its tasks."""
        progress = self.nodes[node]
        self._mark_resolved(progress)
        skip = why_skipped(progress, self.nodes, self.tasks, self._value)
        if skip is not None:
            return Resolution(skip=skip)
        if progress.plain or not progress.planned.mapped:
            return Resolution(tuple(progress.tasks))
        if progress.tasks[0] != node:  # its items are known; some are taken up once more
            waiting = (task for task in progress.tasks if self.tasks[task].state == _PENDING)
            return Resolution(tuple(waiting))
        lengths = {
            port.port: len(value["items"])
            for port in progress.planned.inputs
            if port.maps and (value := self._value(progress, port.sources[0])) is not None
        }
        if len(set(lengths.values())) > 1:
            return Resolution(error={"code": "pit.lists_of_different_length", "lengths": lengths})
        count = next(iter(lengths.values()), 0)
        if count == 0:
            return Resolution(skip={"code": "pit.empty_list", "empty": True})
        self._expand(progress, count)
        return Resolution(tuple(progress.tasks))

    # ------------------------------------------------------------------ what others do for a node

    def judge(self, owner: str) -> Verdict:
        """How a node stands whose work others do."""
        progress = self.nodes[owner]
        current, planned = progress.inside, progress.planned
        if current is None:
            return Verdict("next")
        if planned.repeat is None:
            ended = [self.nodes[name] for name in current.nodes if self.nodes[name].open == 0]
            votes = [node.outputs if node.outcome == "completed" else None for node in ended]
            return inside.judge_votes(planned.policy.quorum, votes, current.open)
        if current.open:
            return OPEN
        prefix = inside.round_name(owner, current.number)
        return inside.judge_round(
            planned.repeat,
            current.number,
            ((name, self.nodes[name].outcome) for name in current.nodes),
            {
                name: self._value(progress, Source(prefix + at.node, at.output))
                for name, at in planned.repeat.outputs.items()
            },
        )

    def next_round(self, owner: str) -> None:
        """Make the nodes of the next round, or of another vote."""
        progress = self.nodes[owner]
        planned = progress.planned
        number = 1 if progress.inside is None else progress.inside.number + 1
        if planned.repeat is not None:
            made = inside.round_nodes(planned, planned.repeat, number)
        else:
            made = inside.replicas(planned, number)
        progress.inside = Inside(number, tuple(node.id for node in made), len(made))
        for node in made:
            self._add_node(node, owner)

    def begin_undoing(self) -> None:
        """Make the nodes that take back what was done, the last first."""
        self.undo_began = True
        done = sorted(
            (
                node
                for node in self.nodes.values()
                if node.outcome == "completed" and node.planned.compensation is not None
            ),
            key=lambda node: -node.ended,
        )
        for planned in inside.undoing(node.planned for node in done):
            self._add_node(planned)

    @property
    def can_undo(self) -> bool:
        """Whether something was done that can be taken back, and nobody has begun to."""
        return not self.undo_began and any(
            node.outcome == "completed" and node.planned.compensation is not None
            for node in self.nodes.values()
        )

    def was_undone(self, node: str) -> bool:
        """Whether what a node did was taken back, or it took back what another did."""
        return node.endswith(UNDO) or f"{node}{UNDO}" in self.nodes

    @property
    def can_retry(self) -> bool:
        """Whether the failed tasks can be tried again in this very run.

        Not when something was taken back, nor when a node that only waited for a failed one has
        gone on without its value: what it gave would be stale.
        """
        return not self.undo_began and not has_gone_on_without(self.nodes, self.tasks)

    def is_halted(self, task: Task) -> bool:
        """Whether a node that halts the run failed, so that `task` is not tried again. What takes
        back what was done is tried nevertheless."""
        return not self._halting <= {task.id} and not task.node.endswith(UNDO)

    def is_settled_otherwise(self, task: Task) -> bool:
        """Whether a task that failed, or hangs on one that did, need not be tried again."""
        return is_settled_otherwise(task, self.nodes, self.tasks)

    # ------------------------------------------------------------------ questions

    def node_of(self, task_id: str) -> str:
        """The node that a task belongs to, also when the node's one task became many since."""
        task = self.tasks.get(task_id)
        return task_id if task is None else task.node

    def planned(self, task_id: str) -> PlannedNode:
        """The node of the plan that a task belongs to, with the Player whose turn it is."""
        task = self.tasks.get(task_id)
        if task is None:
            return self.nodes[task_id].planned
        planned = self.nodes[task.node].planned
        return planned.fallback if task.fallback and planned.fallback is not None else planned

    def inputs_of(self, task_id: str) -> dict[str, Reference]:
        """The references that a task receives, by port; a port without a value is left out."""
        task = self.tasks[task_id]
        progress = self.nodes[task.node]
        inputs = {}
        for port in progress.planned.inputs:
            reference = received(port, task.index, lambda at: self._value(progress, at))
            if reference is not None:
                inputs[port.port] = reference
        return inputs

    @property
    def total(self) -> int:
        """How many tasks the run has, as far as it is known now."""
        return len(self.tasks)

    def count(self, *states: str) -> int:
        """How many tasks are in any of these states."""
        return sum(self.counts[state] for state in states)

    def in_state(self, *states: str) -> list[Task]:
        """The tasks in any of these states, in the order of the plan."""
        if not any(self.counts[state] for state in states):
            return []
        return [task for task in self.tasks.values() if task.state in states]

    def used(self) -> tuple[int, float]:
        """The tokens and the money that the run's tasks have used."""
        tasks = self.tasks.values()
        return sum(task.tokens for task in tasks), sum(task.money for task in tasks)

    # ------------------------------------------------------------------ nodes and tasks come

    def _add_node(self, planned: PlannedNode, owner: str = "") -> None:
        waiting = sum(
            before not in self.nodes or self.nodes[before].outcome == "open"
            for before in planned.predecessors
        )
        special = owner or planned.mapped or planned.composite or planned.id.endswith(UNDO)
        self.nodes[planned.id] = NodeProgress(
            planned,
            waiting,
            [planned.id],
            owner,
            plain=not special,
            has_optional=any(
                source.dependency == "optional"
                for port in planned.inputs
                for source in port.sources
            ),
        )
        self.open_nodes += 1
        self._add(Task(planned.id, planned.id))
        if not waiting:
            self.resolvable[planned.id] = None

    def _add(self, task: Task) -> None:
        self.tasks[task.id] = task
        self.counts[task.state] += 1

    def _remove(self, task_id: str) -> None:
        self.counts[self.tasks.pop(task_id).state] -= 1

    def _made_known(self, task_id: str) -> Task:
        """In a fold, the first record of a task says that it was made."""
        node = task_id[: task_id.rindex("[")] if task_id.endswith("]") else task_id
        if node not in self.nodes:
            if node.endswith(UNDO):
                self.begin_undoing()
            elif "#" in node:
                self.next_round(node[: node.rindex("#")])
        if node in self.nodes and not self.nodes[node].resolved:
            self.resolvable.pop(node, None)
            if task_id != node:
                self.resolve(node)
        return self.tasks[task_id]

    def _expand(self, progress: NodeProgress, count: int) -> None:
        node = progress.planned.id
        for task_id in progress.tasks:
            self._remove(task_id)
        progress.tasks = [f"{node}[{index}]" for index in range(count)]
        progress.open = count
        for index, task_id in enumerate(progress.tasks):
            self._add(Task(task_id, node, index))

    def _mark_resolved(self, progress: NodeProgress) -> None:
        """The sources of a node are settled: what is not there now is not taken later."""
        if progress.resolved:
            return
        progress.resolved = True
        if not progress.has_optional:
            return
        progress.absent = frozenset(
            source.node
            for port in progress.planned.inputs
            for source in port.sources
            if source.dependency == "optional" and self.nodes[source.node].outcome != "completed"
        )

    # ------------------------------------------------------------------ nodes end and open again

    def _end(self, task: Task) -> None:
        progress = self.nodes[task.node]
        progress.open -= 1
        if progress.open:
            return
        self._conclude(progress)
        self._close(progress)
        if progress.owner:
            within = self.nodes[progress.owner].inside
            assert within is not None
            within.open -= 1
            self.to_judge[progress.owner] = None

    def _close(self, progress: NodeProgress) -> None:
        """All tasks of a node have ended: whoever waits for it waits for one less."""
        self._ends += 1
        progress.ended = self._ends
        self.open_nodes -= 1
        nodes = self.nodes
        for after in progress.planned.successors:
            successor = nodes.get(after)
            if successor is not None:
                successor.waiting = waiting = successor.waiting - 1
                if not waiting:
                    self.resolvable[after] = None

    def _reopen(self, task: Task) -> None:
        progress = self.nodes[task.node]
        if task.state == TaskState.PENDING:
            progress.resolved = False
            if progress.waiting == 0:
                self.resolvable[task.node] = None
        progress.open += 1
        if progress.open > 1:
            return
        self._set_outcome(progress, "open")
        self.open_nodes += 1
        for after in progress.planned.successors:
            successor = self.nodes.get(after)
            if successor is not None:
                successor.waiting += 1
                self.resolvable.pop(after, None)
        if progress.owner:
            within = self.nodes[progress.owner].inside
            assert within is not None
            within.open += 1

    def _conclude(self, progress: NodeProgress) -> None:
        """All tasks of a node have ended: what they came to together."""
        if len(progress.tasks) == 1:
            task = self.tasks[progress.tasks[0]]
            if task.state in FINISHED:
                done = not progress.planned.mapped
                progress.outputs = task.outputs if done else self._collected(progress)
                self._set_outcome(progress, "completed")
                return
        outcome = self._outcome(progress)
        if outcome == "completed":
            progress.outputs = self._collected(progress)
        else:
            progress.outputs = NOTHING
        self._set_outcome(progress, outcome)

    def _set_outcome(self, progress: NodeProgress, outcome: Outcome) -> None:
        before, progress.outcome = progress.outcome, outcome
        if progress.owner or progress.planned.id.endswith(UNDO):
            return
        self.failed_nodes += (outcome == "failed") - (before == "failed")
        self.cancelled_nodes += (outcome == "cancelled") - (before == "cancelled")

    def _outcome(self, progress: NodeProgress) -> Outcome:
        tasks = [self.tasks[task_id] for task_id in progress.tasks]
        states = {task.state for task in tasks}
        if TaskState.CANCELLED in states:
            return "cancelled"
        if TaskState.FAILED in states:
            return "failed"
        # Items whose failure was accepted are left out of the list.
        if states & FINISHED or (tasks[0].cause or {}).get("empty"):
            return "completed"
        return "skipped"

    def _collected(self, progress: NodeProgress) -> dict[str, Reference]:
        if not progress.planned.mapped:
            return self.tasks[progress.tasks[0]].outputs
        each = (self.tasks[task_id].outputs for task_id in progress.tasks)
        return collected(progress.planned.outputs, each)

    def _value(self, progress: NodeProgress, source: Source) -> Reference | None:
        if source.node in progress.absent:
            return None
        reference = self.nodes[source.node].outputs.get(source.output)
        return None if reference is None or reference.get("nothing") else reference

    # ------------------------------------------------------------------ what a move brings with it

    def _left_pending(self, task: Task, _: Mapping[str, Any]) -> None:
        self._mark_resolved(self.nodes[task.node])

    def _allocated(self, task: Task, data: Mapping[str, Any]) -> None:
        task.attempt = data["attempt"]

    def _saved(self, task: Task, data: Mapping[str, Any]) -> None:
        task.saved = data["saved"]

    def _finished(self, task: Task, data: Mapping[str, Any]) -> None:
        task.outputs = data["outputs"]
        task.key = data.get("key", "")
        task.error = task.saved = None
        if "spent" in data:
            self._note_use(task, data)
        progress = self.nodes[task.node]
        if not progress.plain:
            self._end(task)
            return
        progress.open = 0
        progress.outputs, progress.outcome = task.outputs, "completed"
        self._close(progress)

    def _failed(self, task: Task, data: Mapping[str, Any]) -> None:
        task.error = data["error"]
        task.failures += 1
        if self.nodes[task.node].planned.policy.on_failure == "halt":
            self._halting.add(task.id)
        self._note_use(task, data)
        self._end(task)

    def _retrying(self, task: Task, data: Mapping[str, Any]) -> None:
        task.delay, task.due = data.get("delay", 0.0), data.get("due", 0.0)
        if data.get("by_hand"):
            task.failures, task.fallback = 0, False
        if data.get("fallback"):
            # What the node's own Player saved of its state means nothing to another.
            task.failures, task.fallback, task.saved = 0, True, None
        self._halting.discard(task.id)
        self._reopen(task)

    def _accepted(self, task: Task, data: Mapping[str, Any]) -> None:
        task.cause = data["cause"]
        progress = self.nodes[task.node]
        if not progress.open:
            self._conclude(progress)

    def _skipped(self, task: Task, data: Mapping[str, Any]) -> None:
        task.cause = data["cause"]
        self._mark_resolved(self.nodes[task.node])
        self._end(task)

    def _cancelled(self, task: Task, data: Mapping[str, Any]) -> None:
        self._mark_resolved(self.nodes[task.node])
        self._note_use(task, data)
        self._end(task)

    def _taken_up(self, task: Task, _: Mapping[str, Any]) -> None:
        task.cause = None
        self._reopen(task)

    def _note_use(self, task: Task, data: Mapping[str, Any]) -> None:
        spent = data.get("spent")
        if spent:
            task.tokens += spent["tokens"]
            task.money += spent["money"]

    moves: ClassVar = _moves(
        {
            TaskState.ALLOCATED: _allocated,
            TaskState.COMPLETED: _finished,
            TaskState.REUSED: _finished,
            TaskState.FAILED: _failed,
            TaskState.RETRYING: _retrying,
            TaskState.SKIPPED: _skipped,
            TaskState.CANCELLED: _cancelled,
            TaskState.PENDING: _taken_up,
        },
        {
            (TaskState.PENDING, TaskState.READY): _left_pending,
            (TaskState.EXECUTING, TaskState.EXECUTING): _saved,
            (TaskState.FAILED, TaskState.SKIPPED): _accepted,
        },
    )


_MOVES: Final = Tracker.moves
"""Looked up once a move: here it is found sooner than through the class."""
