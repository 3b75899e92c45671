"""What must hold of every step of a run, whatever the core decided (seeds/003, invariants).

The checks keep books of their own, from the records alone: a mistake in the core or in the tracker
is found before it is committed. They cost a few look-ups a record. A step that breaks one is not
written; its run stops with a report and can be resumed, and the program goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harmony.conductor.core import RUN, TASK, Record
from harmony.pit.dag.progress import ENDED, FINISHED
from harmony.pit.dag.tracker import Tracker
from harmony.states.coherence import Invariant, Severity, Violation, check_all
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.task import CHART as TASK_CHART
from harmony.states.task import TaskEvent


@dataclass(slots=True)
class Books:
    """Where every machine of a run stands by its records, and the step that is to be judged.

    `ended` counts, for each node, the tasks of it that have come to an end.
    """

    tracker: Tracker
    states: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    step: Sequence[Record] = ()

    def node_of(self, machine: str) -> str:
        """The node that a task belongs to."""
        return self.tracker.node_of(machine.removeprefix(TASK))


class Watch:
    """Judges the steps of one run."""

    def __init__(self, tracker: Tracker, run_state: str) -> None:
        self._books = Books(tracker)
        self._books.states[RUN] = run_state
        for task in tracker.tasks.values():
            self._books.states[TASK + task.id] = task.state
            self._books.attempts[TASK + task.id] = task.attempt
            self._books.ended[task.node] += task.state in ENDED

    def judge(self, records: Sequence[Record]) -> tuple[Violation, ...]:
        """What does not hold in a step; nothing in a sound one, which is then entered."""
        books = self._books
        books.step = records
        found = check_all(INVARIANTS, books, repair=False)
        if not found:
            for record in records:
                books.states[record.machine] = record.to_state
                if record.machine != RUN:
                    books.ended[books.node_of(record.machine)] += _ending(record)
                if record.event == TaskEvent.ALLOCATE_PLAYER:
                    books.attempts[record.machine] = record.data["attempt"]
        return found


def _ending(record: Record) -> int:
    """1 when a task comes to an end by this record, -1 when it is taken up again, else 0."""
    return (record.to_state in ENDED) - (record.from_state in ENDED)


def _legal_arrows(books: Books) -> str | None:
    now: dict[str, str] = {}
    for machine, from_state, event, to_state, *_ in books.step:
        chart = RUN_CHART if machine == RUN else TASK_CHART
        stood = now.get(machine) or books.states.get(machine, chart.initial)
        if from_state != stood:
            return f"{machine} stood at {stood}, and the record starts at {from_state}"
        if chart.transitions.get((from_state, event)) != to_state:
            return f"{machine}: the chart has no arrow {event} from {from_state} to {to_state}"
        now[machine] = to_state
    return None


def _predecessors_ended(books: Books) -> str | None:
    since: Counter[str] = Counter()
    nodes = books.tracker.nodes
    for record in books.step:
        if record.machine == RUN:
            continue
        node = books.node_of(record.machine)
        since[node] += _ending(record)
        if record.event != TaskEvent.ALLOCATE_PLAYER:
            continue
        for before in nodes[node].planned.predecessors:
            if books.ended[before] + since[before] != len(nodes[before].tasks):
                return f"{record.machine} was given to a Player before {before} had ended"
    return None


def _attempts_bounded(books: Books) -> str | None:
    for record in books.step:
        if record.event != TaskEvent.ALLOCATE_PLAYER:
            continue
        attempt, before = record.data["attempt"], books.attempts.get(record.machine, 0)
        if attempt != before + 1:
            return f"{record.machine}: attempt {attempt} follows attempt {before}"
        task = books.tracker.tasks[record.machine.removeprefix(TASK)]
        allowed = books.tracker.planned(task.id).retries
        if task.failures > allowed:
            return f"{record.machine} goes on after {task.failures} failures; {allowed} are allowed"
    return None


def _finished_once(books: Books) -> str | None:
    finished: set[str] = set()
    for record in books.step:
        if record.to_state not in FINISHED or record.machine == RUN:
            continue
        if record.machine in finished or books.states.get(record.machine) in FINISHED:
            return f"{record.machine} finished twice"
        finished.add(record.machine)
    return None


def _always(name: str, check: Callable[[Books], str | None]) -> Invariant[Books]:
    return Invariant(name, Severity.CRITICAL, check)


INVARIANTS = (
    _always("every move is an arrow of its chart", _legal_arrows),
    _always("what a task depends on has ended", _predecessors_ended),
    _always("attempts are bounded", _attempts_bounded),
    _always("a task finishes once", _finished_once),
)
