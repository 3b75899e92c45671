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
from harmony.states.task import TaskEvent, TaskState


@dataclass(slots=True)
class Books:
    """Where every machine of a run stands by its records, and the step that is to be judged.

    `ended` counts, for each node, the tasks of it that have come to an end; `failures` how often a
    task has failed since it last had a fresh start. The tracker may be ahead of the step, so that
    it is not asked for these.
    """

    tracker: Tracker
    states: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    failures: dict[str, int] = field(default_factory=dict)
    step: Sequence[Record] = ()

    def node_of(self, machine: str) -> str:
        """The node that a task belongs to."""
        return self.tracker.node_of(machine.removeprefix(TASK))


class Watch:
    """Judges the steps of one run."""

    def __init__(self, tracker: Tracker, run_state: str) -> None:
        self._books = Books(tracker)
        self._books.states[RUN] = run_state
        # Nodes whose predecessors were found to have ended; until something is taken up again.
        self._cleared: set[str] = set()
        for task in tracker.tasks.values():
            if task.state == TASK_CHART.initial and not (task.attempt or task.failures):
                continue  # nothing to tell of it yet
            self._books.states[TASK + task.id] = task.state
            self._books.attempts[TASK + task.id] = task.attempt
            self._books.ended[task.node] += task.state in ENDED
            if task.failures:
                self._books.failures[TASK + task.id] = task.failures

    def judge(self, records: Sequence[Record]) -> tuple[Violation, ...]:
        """What does not hold in a step; nothing in a sound one, which is then entered."""
        entered = self._enter_while_sound(records)
        if entered == len(records):
            return ()
        # Something is out of the ordinary: every rule is asked, of the whole step.
        books = self._books
        for record in reversed(records[:entered]):
            self._enter(record, record.from_state, back=True)
        books.step = records
        found = check_all(INVARIANTS, books, repair=False)
        if not found:
            self._cleared.clear()
            for record in records:
                self._enter(record, record.to_state)
        return found

    def _enter_while_sound(self, records: Sequence[Record]) -> int:
        """Enter the records that keep all rules on the face of it; how many there were.

        The same rules as below, in one walk: what is left to them is what happens seldom.
        """
        states, arrows = self._books.states, TASK_CHART.transitions
        for place, record in enumerate(records):
            machine, before, event, after = record[:4]
            known = states.get(machine)
            if machine == RUN or (known or TASK_CHART.initial) != before:
                return place
            if arrows.get((before, event)) != after or before in ENDED:
                return place
            if event == TaskEvent.ALLOCATE_PLAYER and not self._may_begin(record):
                return place
            states[machine] = after
            if after in ENDED:
                self._books.ended[self._books.node_of(machine)] += 1
                if after in FINISHED:
                    self._books.attempts.pop(machine, None)  # there will be no other
                elif after == TaskState.FAILED:
                    _count_failure(self._books.failures, record)
        return len(records)

    def _may_begin(self, record: Record) -> bool:
        books = self._books
        machine, attempt = record.machine, record.data["attempt"]
        task = books.tracker.tasks.get(machine.removeprefix(TASK))
        if (
            task is None
            or machine in books.failures
            or attempt != books.attempts.get(machine, 0) + 1
        ):
            return False
        if task.node not in self._cleared:
            nodes = books.tracker.nodes
            for before in nodes[task.node].planned.predecessors:
                if books.ended[before] != len(nodes[before].tasks):
                    return False
            self._cleared.add(task.node)
        books.attempts[machine] = attempt
        return True

    def _enter(self, record: Record, state: str, back: bool = False) -> None:
        """Put a record into the books, or take it out of them again."""
        books = self._books
        books.states[record.machine] = state
        if record.machine != RUN:
            change = _ending(record)
            books.ended[books.node_of(record.machine)] += -change if back else change
            _count_failure(books.failures, record, -1 if back else 1)
        if record.event == TaskEvent.ALLOCATE_PLAYER:
            books.attempts[record.machine] = record.data["attempt"] - back


def _ending(record: Record) -> int:
    """1 when a task comes to an end by this record, -1 when it is taken up again, else 0."""
    return (record.to_state in ENDED) - (record.from_state in ENDED)


def _count_failure(failures: dict[str, int], record: Record, change: int = 1) -> None:
    """A failure is one more; a retry by hand and the node's other Player start afresh."""
    if record.to_state == TaskState.FAILED and record.from_state != TaskState.RETRYING:
        left = failures.get(record.machine, 0) + change
        failures[record.machine] = left
        if not left:
            del failures[record.machine]
    elif record.data.get("by_hand") or record.data.get("fallback"):
        failures.pop(record.machine, None)


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
    attempts: dict[str, int] = {}
    failures = dict(books.failures)
    for record in books.step:
        if record.machine == RUN:
            continue
        _count_failure(failures, record)
        if record.event != TaskEvent.ALLOCATE_PLAYER:
            continue
        machine, attempt = record.machine, record.data["attempt"]
        before = attempts.get(machine, books.attempts.get(machine, 0))
        if attempt != before + 1:
            return f"{machine}: attempt {attempt} follows attempt {before}"
        attempts[machine] = attempt
        failed = failures.get(machine, 0)
        allowed = books.tracker.planned(machine.removeprefix(TASK)).retries
        if failed > allowed:
            return f"{machine} goes on after {failed} failures; {allowed} are allowed"
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
