"""Where each task of a run stands, and what a move of one means for the others.

A node starts with one task of its own name. When all it depends on is settled it is *resolved*:
it runs once, or once an item of a list (`node[0]`, `node[1]`, …), or not at all. A completion
costs its out-degree. Pure: no clock, no files. Live runs and recovery move tasks through the same
`apply`, so that a fold over the journal gives the state that the run had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from blake3 import blake3

from harmony.pit.artifacts.content import list_content
from harmony.pit.dag.plan import Plan, PlannedInput, PlannedNode, Source
from harmony.players.ports import item_type, list_of
from harmony.states.task import CHART, TaskState

Reference = dict[str, Any]
Outcome = Literal["open", "completed", "failed", "skipped", "cancelled"]

FINISHED = frozenset({TaskState.COMPLETED, TaskState.REUSED})
ENDED = FINISHED | {TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED}


@dataclass(slots=True)
class Task:
    """One node's work in a run, or one item's of a mapped node.

    While it waits before a retry: `delay` is for how long in all (seconds), `due` until when (wall
    time).
    """

    id: str
    node: str
    index: int | None = None
    state: str = TaskState.PENDING
    attempt: int = 0
    failures: int = 0
    outputs: dict[str, Reference] = field(default_factory=dict)
    key: str = ""
    error: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None
    delay: float = 0.0
    due: float = 0.0


@dataclass(slots=True)
class NodeProgress:
    """A node's tasks and what became of them together."""

    planned: PlannedNode
    waiting: int
    tasks: list[str]
    open: int = 1
    resolved: bool = False
    outcome: Outcome = "open"
    outputs: dict[str, Reference] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a node whose sources are settled: its tasks, or why it has none to run."""

    tasks: tuple[str, ...] = ()
    skip: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class Tracker:
    """The tasks of one run. Nodes in `resolvable` wait for nothing but to be resolved."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes: dict[str, NodeProgress] = {}
        self.tasks: dict[str, Task] = {}
        self.counts: dict[str, int] = {}
        self.resolvable: dict[str, None] = {}
        self.open_nodes = len(plan.nodes)
        for planned in plan.nodes.values():
            self.nodes[planned.id] = NodeProgress(planned, len(planned.predecessors), [planned.id])
            self._add(Task(planned.id, planned.id))
            if not planned.predecessors:
                self.resolvable[planned.id] = None

    def take_resolvable(self) -> Iterator[str]:
        """Nodes to resolve, each once; nodes that become resolvable meanwhile come too."""
        while self.resolvable:
            node = next(iter(self.resolvable))
            del self.resolvable[node]
            if self.nodes[node].waiting == 0 and not self.nodes[node].resolved:
                yield node

    def resolve(self, node: str) -> Resolution:
        """Give a node whose sources are all settled its tasks."""
        progress = self.nodes[node]
        progress.resolved = True
        skip = self._why_skipped(progress.planned)
        if skip is not None:
            return Resolution(skip=skip)
        if not progress.planned.mapped:
            return Resolution(tasks=tuple(progress.tasks))
        lengths = {
            port.port: len(self._items(port.sources[0]))
            for port in progress.planned.inputs
            if port.maps and self._value(port.sources[0]) is not None
        }
        if len(set(lengths.values())) > 1:
            return Resolution(error={"code": "pit.lists_of_different_length", "lengths": lengths})
        count = next(iter(lengths.values()), 0)
        if count == 0:
            return Resolution(skip={"code": "pit.empty_list", "empty": True})
        self._expand(progress, count)
        return Resolution(tasks=tuple(progress.tasks))

    def apply(self, task_id: str, event: str, data: Mapping[str, Any]) -> tuple[str, str]:
        """Move a task; returns its states before and after. Raises `IllegalEvent`."""
        task = self.tasks.get(task_id) or self._resolve_for(task_id)
        before = task.state
        after = CHART.next(before, event)
        task.state = after
        self.counts[before] -= 1
        self.counts[after] = self.counts.get(after, 0) + 1
        self._note(task, after, data)
        if before in ENDED and after not in ENDED:
            self._reopen(task)
        elif after in ENDED and before not in ENDED:
            self._end(task)
        return before, after

    def node_of(self, task_id: str) -> str:
        """The node that a task belongs to, also when the node's one task became many since."""
        task = self.tasks.get(task_id)
        return task_id if task is None else task.node

    def planned(self, task_id: str) -> PlannedNode:
        """The node of the plan that a task belongs to."""
        return self.nodes[self.node_of(task_id)].planned

    def inputs_of(self, task_id: str) -> dict[str, Reference]:
        """The references that a task receives, by port; a port without a value is left out."""
        task = self.tasks[task_id]
        inputs = {}
        for port in self.nodes[task.node].planned.inputs:
            reference = self._input(port, task.index)
            if reference is not None:
                inputs[port.port] = reference
        return inputs

    @property
    def total(self) -> int:
        """How many tasks the run has, as far as it is known now."""
        return len(self.tasks)

    def count(self, *states: str) -> int:
        """How many tasks are in any of these states."""
        return sum(self.counts.get(state, 0) for state in states)

    def in_state(self, *states: str) -> list[Task]:
        """The tasks in any of these states, in the order of the plan."""
        return [task for task in self.tasks.values() if task.state in states]

    def _add(self, task: Task) -> None:
        self.tasks[task.id] = task
        self.counts[task.state] = self.counts.get(task.state, 0) + 1

    def _remove(self, task_id: str) -> None:
        task = self.tasks.pop(task_id)
        self.counts[task.state] -= 1

    def _resolve_for(self, task_id: str) -> Task:
        """In a fold, the first record of an item says that its node was resolved."""
        node = task_id.rpartition("[")[0]
        if node in self.nodes and not self.nodes[node].resolved:
            self.resolvable.pop(node, None)
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

    def _note(self, task: Task, state: str, data: Mapping[str, Any]) -> None:
        if "attempt" in data:
            task.attempt = data["attempt"]
        if state in FINISHED:
            task.outputs = data["outputs"]
            task.key = data.get("key", "")
            task.error = None
        elif state == TaskState.FAILED:
            task.error = data["error"]
            task.failures += 1
        elif state == TaskState.RETRYING:
            task.delay, task.due = data.get("delay", 0.0), data.get("due", 0.0)
            if data.get("by_hand"):
                task.failures = 0
        elif state == TaskState.SKIPPED:
            task.cause = data["cause"]
        elif state == TaskState.PENDING:
            task.cause = None
        self.nodes[task.node].resolved |= state != TaskState.PENDING

    def _end(self, task: Task) -> None:
        progress = self.nodes[task.node]
        progress.open -= 1
        if progress.open:
            return
        progress.outcome = self._outcome(progress)
        progress.outputs = self._outputs(progress) if progress.outcome == "completed" else {}
        self.open_nodes -= 1
        for after in progress.planned.successors:
            successor = self.nodes[after]
            successor.waiting -= 1
            if successor.waiting == 0:
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
        progress.outcome = "open"
        self.open_nodes += 1
        for after in progress.planned.successors:
            self.nodes[after].waiting += 1
            self.resolvable.pop(after, None)

    def _outcome(self, progress: NodeProgress) -> Outcome:
        tasks = [self.tasks[task_id] for task_id in progress.tasks]
        states = {task.state for task in tasks}
        if TaskState.FAILED in states:
            return "failed"
        if TaskState.CANCELLED in states:
            return "cancelled"
        if states <= FINISHED or (tasks[0].cause or {}).get("empty"):
            return "completed"
        return "skipped"

    def _outputs(self, progress: NodeProgress) -> dict[str, Reference]:
        if not progress.planned.mapped:
            return self.tasks[progress.tasks[0]].outputs
        finished = [self.tasks[task_id].outputs for task_id in progress.tasks]
        return {
            name: _list_reference(
                list_of(kind),
                [
                    outputs[name]
                    for outputs in finished
                    if name in outputs and not outputs[name].get("nothing")
                ],
            )
            for name, kind in progress.planned.outputs.items()
        }

    def _why_skipped(self, planned: PlannedNode) -> dict[str, Any] | None:
        for before in planned.predecessors:
            if self.nodes[before].outcome == "failed":
                return self._cause("pit.upstream_failed", before)
            if self.nodes[before].outcome == "cancelled":
                return self._cause("pit.upstream_cancelled", before)
            inherited = self._failure_above(before)
            if inherited is not None:
                return inherited
        for port in planned.inputs:
            if port.required and all(self._value(source) is None for source in port.sources):
                return {"code": "pit.branch_not_taken", "port": port.port}
        return None

    def _cause(self, code: str, node: str) -> dict[str, Any]:
        """Why a node is skipped, with the name that a person knows the other node by."""
        return {"code": code, "node": node, "title": self.nodes[node].planned.title or node}

    def _failure_above(self, node: str) -> dict[str, Any] | None:
        if self.nodes[node].outcome != "skipped":
            return None
        cause = self.tasks[self.nodes[node].tasks[0]].cause or {}
        return cause if cause.get("code") == "pit.upstream_failed" else None

    def _value(self, source: Source) -> Reference | None:
        reference = self.nodes[source.node].outputs.get(source.output)
        return None if reference is None or reference.get("nothing") else reference

    def _items(self, source: Source) -> list[Reference]:
        reference = self._value(source)
        return [] if reference is None else list(reference["items"])

    def _input(self, port: PlannedInput, index: int | None) -> Reference | None:
        if port.gathers:
            return self._gathered(port)
        reference = self._value(port.sources[0])
        if reference is None or not port.maps or index is None:
            return reference
        item: Reference = reference["items"][index]
        return item

    def _gathered(self, port: PlannedInput) -> Reference | None:
        present = [value for source in port.sources if (value := self._value(source)) is not None]
        if not present:
            return None
        if len(port.sources) == 1 and item_type(present[0]["type"]) is not None:
            return present[0]
        items: list[Reference] = []
        for value in present:
            items.extend(value["items"] if item_type(value["type"]) is not None else [value])
        return _list_reference(port.type, items)


def _list_reference(kind: str, items: list[Reference]) -> Reference:
    """A list made of kept values: it has the hash that it would have as an artifact."""
    content = list_content(items)
    digest = str(blake3(content).hexdigest())
    return {"type": kind, "hash": digest, "size": len(content), "items": items}
