"""Where each task of a run stands, and what a move of one means for the others.

A node starts with one task of its own name. When all it depends on is settled it is *resolved*:
it runs once, or once an item of a list (`node[0]`, `node[1]`, …), or not at all; or other nodes do
its work (`inside.py`). A completion costs its out-degree. Pure: no clock, no files. Live runs and
recovery move tasks through the same `apply`, so that a fold over the journal gives the state that
the run had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from harmony.pit.dag import inside
from harmony.pit.dag.arrows import Arrows, TakeIn
from harmony.pit.dag.ending import ending_of, judge, value_at
from harmony.pit.dag.inside import UNDO, Verdict
from harmony.pit.dag.packed import item_at, length_at, pack
from harmony.pit.dag.plan import Plan, PlannedNode, Source
from harmony.pit.dag.progress import (
    NONE,
    Inside,
    NodeProgress,
    Outcome,
    Resolution,
    Task,
)
from harmony.pit.dag.skipping import may_be_skipped, why_skipped
from harmony.pit.dag.trying_again import has_gone_on_without, is_settled_otherwise
from harmony.pit.dag.values import Reference, received
from harmony.states.task import CHART, TaskState

_PENDING: Final = TaskState.PENDING


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
        self._arrows = Arrows(self._by_end, self._special)
        self._by_state = self._arrows.by_state
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
        try:
            task = self.tasks[task_id]
        except KeyError:
            task = self._made_known(task_id)
        try:
            arrow = self._by_state[task.state][event]
        except KeyError:
            CHART.next(task.state, event)  # says what would be legal
            raise
        task.state = arrow.after
        arrow.taken += 1
        take_in = arrow.take_in
        if take_in is not None:
            take_in(self, task, data)
        return arrow.step

    def take_resolvable(self) -> Iterator[str]:
        """Nodes to resolve, each once; nodes that become resolvable meanwhile come too."""
        nodes = self.nodes
        while self.resolvable:
            batch, self.resolvable = self.resolvable, {}
            for node in batch:
                progress = nodes[node]
                if progress.waiting == 0 and not progress.resolved:
                    yield node

    def resolve(self, node: str) -> Resolution:
        """Give a node whose sources are all settled its tasks."""
        progress = self.nodes[node]
        if not progress.resolved:
            progress.resolved = True
            if progress.has_optional:
                self._note_absent(progress)
        if progress.unsure:
            skip = why_skipped(progress, self.nodes, self.tasks, self._value)
            if skip is not None:
                return Resolution(skip=skip)
        if progress.plain or not progress.planned.mapped:
            return _new_tuple(Resolution, (progress.tasks, None, None))
        if progress.tasks[0] != node:  # its items are known; some are taken up once more
            waiting = (task for task in progress.tasks if self.tasks[task].state == _PENDING)
            return Resolution(tuple(waiting))
        lengths = {
            port.port: length
            for port in progress.planned.inputs
            if port.maps and (length := self._length(progress, port.sources[0])) is not None
        }
        if len(set(lengths.values())) > 1:
            return Resolution(error={"code": "pit.lists_of_different_length", "lengths": lengths})
        count = next(iter(lengths.values()), 0)
        if count == 0:
            return Resolution(skip={"code": "pit.empty_list", "empty": True})
        self._expand(progress, count)
        return Resolution(progress.tasks)

    # ------------------------------------------------------------------ what others do for a node

    def judge(self, owner: str) -> Verdict:
        """How a node stands whose work others do."""
        return judge(self.nodes[owner], self.nodes)

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
        planned = task.progress.planned
        return planned.fallback if task.fallback and planned.fallback is not None else planned

    def inputs_of(self, task_id: str) -> dict[str, Reference]:
        """The references that a task receives, by port; a port without a value is left out."""
        task = self.tasks[task_id]
        progress, index = task.progress, task.index
        inputs = {}
        for port in progress.planned.inputs:
            reference = received(
                port,
                index,
                lambda at: self._value(progress, at),
                lambda at, item: self._item(progress, at, item),
            )
            if reference is not None:
                inputs[port.port] = reference
        return inputs

    @property
    def counts(self) -> dict[str, int]:
        """How many tasks are in each state."""
        return {state: self._arrows.count(state) for state in CHART.states}

    @property
    def total(self) -> int:
        """How many tasks the run has, as far as it is known now."""
        return len(self.tasks)

    def count(self, *states: str) -> int:
        """How many tasks are in any of these states."""
        return sum(map(self._arrows.count, states))

    def in_state(self, *states: str) -> list[Task]:
        """The tasks in any of these states, in the order of the plan."""
        if not any(map(self._arrows.count, states)):
            return []
        return [task for task in self.tasks.values() if task.state in states]

    def used(self) -> tuple[int, float]:
        """The tokens and the money that the run's tasks have used."""
        noted = [task.incidents for task in self.tasks.values() if task.incidents is not NONE]
        return sum(each.tokens for each in noted), sum(each.money for each in noted)

    # ------------------------------------------------------------------ nodes and tasks come

    def _add_node(self, planned: PlannedNode, owner: str = "") -> None:
        waiting = sum(
            before not in self.nodes or self.nodes[before].outcome == "open"
            for before in planned.predecessors
        )
        special = owner or planned.mapped or planned.composite or planned.id.endswith(UNDO)
        progress = self.nodes[planned.id] = NodeProgress(
            planned,
            waiting,
            (planned.id,),
            owner,
            plain=not special,
            has_optional=any(
                source.dependency == "optional"
                for port in planned.inputs
                for source in port.sources
            ),
            unsure=may_be_skipped(planned, self.nodes),
        )
        self.open_nodes += 1
        self._add(Task(planned.id, progress))
        if not waiting:
            self.resolvable[planned.id] = None

    def _add(self, task: Task) -> None:
        self.tasks[task.id] = task
        self._arrows.task_made()

    def _remove(self, task_id: str) -> None:
        self._arrows.task_removed(self.tasks.pop(task_id).state)

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
        progress.tasks = tuple([f"{node}[{index}]" for index in range(count)])
        progress.open = count
        for task_id in progress.tasks:
            self._add(Task(task_id, progress))

    def _note_absent(self, progress: NodeProgress) -> None:
        """The sources of a node are settled: what is not there now is not taken later."""
        progress.absent = frozenset(
            source.node
            for port in progress.planned.inputs
            for source in port.sources
            if source.dependency == "optional" and self.nodes[source.node].outcome != "completed"
        )

    # ------------------------------------------------------------------ nodes end and open again

    def _end(self, task: Task) -> None:
        progress = task.progress
        progress.open -= 1
        if progress.open:
            return
        self._conclude(progress)
        self._close(progress, False)
        if progress.owner:
            within = self.nodes[progress.owner].inside
            assert within is not None
            within.open -= 1
            self.to_judge[progress.owner] = None

    def _close(self, progress: NodeProgress, whole: bool) -> None:
        """All tasks of a node have ended: whoever waits for it waits for one less.

        `whole` says that it gave all it can give.
        """
        self._ends = progress.ended = self._ends + 1
        self.open_nodes -= 1
        nodes = self.nodes
        for after in progress.planned.successors:
            successor = nodes.get(after)
            if successor is not None:
                successor.waiting = waiting = successor.waiting - 1
                if not whole:
                    successor.unsure = True
                if not waiting:
                    self.resolvable[after] = None

    def _reopen(self, task: Task) -> None:
        progress = task.progress
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
        outcome, progress.packed = ending_of(progress, self.tasks)
        self._set_outcome(progress, outcome)

    def _set_outcome(self, progress: NodeProgress, outcome: Outcome) -> None:
        before, progress.outcome = progress.outcome, outcome
        if progress.owner or progress.planned.id.endswith(UNDO):
            return
        self.failed_nodes += (outcome == "failed") - (before == "failed")
        self.cancelled_nodes += (outcome == "cancelled") - (before == "cancelled")

    def _value(self, progress: NodeProgress, source: Source) -> Reference | None:
        return value_at(progress, source, self.nodes)

    def _item(self, progress: NodeProgress, source: Source, index: int) -> Reference | None:
        if source.node in progress.absent:
            return None
        return item_at(self.nodes[source.node].packed, source.output, index)

    def _length(self, progress: NodeProgress, source: Source) -> int | None:
        if source.node in progress.absent:
            return None
        return length_at(self.nodes[source.node].packed, source.output)

    # ------------------------------------------------------------------ what a move brings with it

    def _left_pending(self, task: Task, _: Mapping[str, Any]) -> None:
        progress = task.progress
        if not progress.resolved:
            progress.resolved = True
            if progress.has_optional:
                self._note_absent(progress)

    def _allocated(self, task: Task, data: Mapping[str, Any]) -> None:
        task.attempt = data["attempt"]

    def _saved(self, task: Task, data: Mapping[str, Any]) -> None:
        task.note(saved=data["saved"])

    def _finished(self, task: Task, data: Mapping[str, Any]) -> None:
        outputs = data["outputs"]
        task.packed = pack(outputs)
        if task.incidents is not NONE:
            task.note(error=None, saved=None)
        if "spent" in data:
            _note_use(task, data)
        progress = task.progress
        if not progress.plain:
            self._end(task)
            return
        progress.open = 0
        progress.packed, progress.outcome = task.packed, "completed"
        whole = True
        for port in progress.planned.outputs:
            if port not in outputs or "nothing" in outputs[port]:
                whole = False
        self._close(progress, whole)

    def _failed(self, task: Task, data: Mapping[str, Any]) -> None:
        task.note(error=data["error"], failures=task.failures + 1)
        if task.progress.planned.policy.on_failure == "halt":
            self._halting.add(task.id)
        _note_use(task, data)
        self._end(task)

    def _retrying(self, task: Task, data: Mapping[str, Any]) -> None:
        task.note(delay=data.get("delay", 0.0), due=data.get("due", 0.0))
        if data.get("by_hand"):
            task.note(failures=0, fallback=False)
        if data.get("fallback"):
            # What the node's own Player saved of its state means nothing to another.
            task.note(failures=0, fallback=True, saved=None)
        self._halting.discard(task.id)
        self._reopen(task)

    def _accepted(self, task: Task, data: Mapping[str, Any]) -> None:
        task.note(cause=data["cause"])
        if not task.progress.open:
            self._conclude(task.progress)

    def _skipped(self, task: Task, data: Mapping[str, Any]) -> None:
        task.note(cause=data["cause"])
        self._left_pending(task, data)
        self._end(task)

    def _cancelled(self, task: Task, data: Mapping[str, Any]) -> None:
        self._left_pending(task, data)
        _note_use(task, data)
        self._end(task)

    def _taken_up(self, task: Task, _: Mapping[str, Any]) -> None:
        task.note(cause=None)
        self._reopen(task)

    _by_end: ClassVar[dict[str, TakeIn]] = {
        TaskState.ALLOCATED: _allocated,
        TaskState.COMPLETED: _finished,
        TaskState.REUSED: _finished,
        TaskState.FAILED: _failed,
        TaskState.RETRYING: _retrying,
        TaskState.SKIPPED: _skipped,
        TaskState.CANCELLED: _cancelled,
        TaskState.PENDING: _taken_up,
    }

    _special: ClassVar[dict[tuple[str, str], TakeIn]] = {
        (TaskState.PENDING, TaskState.READY): _left_pending,
        (TaskState.EXECUTING, TaskState.EXECUTING): _saved,
        (TaskState.FAILED, TaskState.SKIPPED): _accepted,
    }


def _note_use(task: Task, data: Mapping[str, Any]) -> None:
    spent = data.get("spent")
    if spent:
        task.note(tokens=task.tokens + spent["tokens"], money=task.money + spent["money"])


_new_tuple: Final = tuple.__new__  # the constructor that NamedTuple generates takes twice as long
