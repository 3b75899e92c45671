"""A run told from its journal: every task with its attempts, times, outputs and error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harmony.conductor.core import RUN, TASK, RunCore, evolve
from harmony.conductor.core import begin as begin_run
from harmony.conductor.journal import record_of
from harmony.pit.dag.plan import sources_of
from harmony.pit.dag.plan_json import plan_from_json
from harmony.polyphony.records import JournalRecord, RunSummary
from harmony.polyphony.store import Store
from harmony.states.task import TaskState


@dataclass(slots=True)
class AttemptDetail:
    """One try of a task. Times are Unix seconds; `ended` is None while it goes on."""

    number: int
    started: float
    process: str = ""
    pid: int | None = None
    ended: float | None = None
    outcome: str = ""
    error: dict[str, Any] | None = None


@dataclass(slots=True)
class TaskDetail:
    """A task and its attempts."""

    id: str
    node: str
    index: int | None
    player: str
    state: str
    reused: bool
    seconds: float | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    parameters: dict[str, Any]
    error: dict[str, Any] | None
    cause: dict[str, Any] | None
    origin: str = ""
    attempts: list[AttemptDetail] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run, its tasks by id, and its journal.

    `before` says which nodes each node takes values from or waits for; `insides` which nodes did
    the work of another: the rounds of a loop, the replicas of a vote.
    """

    summary: RunSummary
    state: str
    tasks: dict[str, TaskDetail]
    journal: tuple[JournalRecord, ...]
    before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    insides: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Story:
    """What the journal says of one task beyond its present state."""

    attempts: list[AttemptDetail] = field(default_factory=list)
    seconds: float | None = None
    origin: str = ""


def detail_of(store: Store, run: str) -> RunDetail:
    """Tell a run. Raises UnknownRunError."""
    row = store.run_row(run)
    journal = tuple(store.journal(row.id))
    core = begin_run(plan_from_json(row.plan))
    stories = _tell(core, journal)
    in_order = [task_id for node in core.tracker.nodes.values() for task_id in node.tasks]
    tasks = {task_id: _task(core, task_id, stories.get(task_id)) for task_id in in_order}
    nodes = core.tracker.nodes
    insides: dict[str, tuple[str, ...]] = {}
    for name, node in nodes.items():
        if node.owner:
            insides[node.owner] = (*insides.get(node.owner, ()), name)
    before = {
        name: (*sources_of(node.planned), *_last_round(name, insides.get(node.owner, ())))
        for name, node in nodes.items()
    }
    return RunDetail(store.run(row.id), core.state, tasks, journal, before, insides)


def _last_round(name: str, beside: tuple[str, ...]) -> list[str]:
    """The nodes of the round before a node's own: a round begins when all of the last has ended."""
    owner, _, rest = name.rpartition("#")
    number = rest.partition("/")[0]
    if not number.isdecimal() or number == "1":
        return []
    return [other for other in beside if other.startswith(f"{owner}#{int(number) - 1}/")]


def _tell(core: RunCore, journal: Iterable[JournalRecord]) -> dict[str, _Story]:
    stories: dict[str, _Story] = {}
    for record in journal:
        evolve(core, record_of(record))
        if record.machine == RUN:
            continue
        story = stories.setdefault(record.machine.removeprefix(TASK), _Story())
        _add(story, record)
    return stories


def _add(story: _Story, record: JournalRecord) -> None:
    data = record.data
    if record.to_state == TaskState.ALLOCATED:
        story.attempts.append(AttemptDetail(data["attempt"], record.at))
    elif record.to_state == TaskState.EXECUTING and story.attempts:
        story.attempts[-1].process = data.get("process", "")
        story.attempts[-1].pid = data.get("pid")
    elif record.to_state == TaskState.REUSED:
        story.origin, story.seconds = record.trigger, 0.0
    elif record.from_state in (TaskState.ALLOCATED, TaskState.EXECUTING, TaskState.STORING):
        if story.attempts and record.to_state != TaskState.STORING:
            last = story.attempts[-1]
            last.ended, last.outcome = record.at, record.to_state
            last.error = data.get("error")
        if record.to_state == TaskState.COMPLETED:
            story.seconds = data.get("seconds")


def _task(core: RunCore, task_id: str, story: _Story | None) -> TaskDetail:
    task = core.tracker.tasks[task_id]
    planned = core.tracker.planned(task_id)
    story = story or _Story()
    known = task.state not in (TaskState.PENDING, TaskState.SKIPPED)
    return TaskDetail(
        id=task.id,
        node=task.node,
        index=task.index,
        player=planned.player,
        state=task.state,
        reused=task.state == TaskState.REUSED,
        seconds=story.seconds,
        inputs=core.tracker.inputs_of(task_id) if known else {},
        outputs=task.outputs,
        parameters=planned.parameters,
        error=task.error,
        cause=task.cause,
        origin=story.origin,
        attempts=story.attempts,
    )
