"""A run as it was at any moment: states, attempts, progress, values and errors known by then.

A moment is a key frame of the run's course and the few records since; what a task was is read from
its own records when somebody asks. A pure function of the journal: no store, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from harmony.conductor.course import (
    AT_WORK,
    NONE,
    RUN_STATES,
    TASK_CODES,
    TASK_STATES,
    WIDTH,
    Course,
    Frame,
)
from harmony.conductor.detail import AttemptDetail
from harmony.conductor.run_state import TASK
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.task import TaskEvent, TaskState

_ENDED: Final = frozenset(
    {
        TaskState.COMPLETED,
        TaskState.FAILED,
        TaskState.SKIPPED,
        TaskState.REUSED,
        TaskState.CANCELLED,
    }
)
_RUNNING: Final = (TaskState.EXECUTING, TaskState.STORING)


def moment_at(course: Course, position: int, elapsed: float | None = None) -> Moment:
    """The run after so many records. `elapsed` is the time, up to that of the next record."""
    position = max(0, min(position, len(course)))
    if elapsed is None:
        elapsed = course.elapsed_at(position)
    return Moment(course, position, elapsed, course.frame(position))


def moment_at_time(course: Course, elapsed: float) -> Moment:
    """The run as it was so many seconds of worked time after its beginning."""
    elapsed = max(0.0, min(elapsed, course.elapsed))
    return moment_at(course, course.position_at(elapsed), elapsed)


@dataclass(slots=True)
class TaskMoment:
    """A task as it was. Times are wall time; `share` is how much of the time that its attempt took
    had passed (0 to 1), None unless it was running and its end is known."""

    id: str
    node: str
    index: int | None
    state: str = TaskState.PENDING
    attempt: int = 1
    process: str = ""
    started: float | None = None
    ended: float | None = None
    seconds: float | None = None
    share: float | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    cause: dict[str, Any] | None = None
    attempts: list[AttemptDetail] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moment:
    """A run after its first `position` records, at `elapsed` seconds of worked time."""

    course: Course
    position: int
    elapsed: float
    _frame: Frame

    @property
    def wall(self) -> float:
        """The wall time then, Unix seconds."""
        return self.course.wall_at(self.elapsed)

    @property
    def is_last(self) -> bool:
        """Whether nothing is known of what came later."""
        return self.position >= len(self.course)

    @property
    def run_state(self) -> str:
        """The state of chart 3 then."""
        last = self._frame.last
        if not last or last[0] < 0:
            return RUN_CHART.initial
        return RUN_STATES[self.course.state_at[last[0]]]

    def counts(self, node: str) -> tuple[int, ...]:
        """How many tasks that speak for a node were in each of `TASK_STATES`."""
        place = self.course.place_of.get(node)
        if place is None:
            return (0,) * WIDTH
        return tuple(self._frame.counts[place * WIDTH : (place + 1) * WIDTH])

    def all_counts(self) -> tuple[int, ...]:
        """The same of all nodes together."""
        return tuple(sum(self._frame.counts[code::WIDTH]) for code in range(WIDTH))

    def expected(self, node: str) -> int:
        """How many tasks a node was known to have then."""
        place = self.course.place_of.get(node)
        if place is None:
            return 0
        course, total = self.course, self.course.inner.get(node, 0)
        for position, inside in course.widened[place]:
            if position < self.position and "#" not in inside:
                total += course.items[inside] - (1 if total else 0)
        return max(total, sum(self.counts(node)))

    def spent(self, node: str) -> float:
        """Seconds that the finished tasks of a node had taken."""
        place = self.course.place_of.get(node)
        return self._frame.spent[place] if place is not None else 0.0

    def first_start(self, node: str) -> float | None:
        """When a node began to work: wall time; None when it had not."""
        place = self.course.place_of.get(node)
        at = self.course.first_start.get(place) if place is not None else None
        return self.course.wall[at] if at is not None and at < self.position else None

    def task(self, task: str) -> TaskMoment | None:
        """A task as it was; None when nothing had been said of it."""
        number = self.course.numbers.get(TASK + task)
        last = self._last(number) if number is not None else NONE
        if number is None or last < 0:
            return None
        return _tell(self.course, number, last, self.elapsed)

    def count_of(self, node: str) -> int:
        """How many tasks in a node were known, those inside it counted in."""
        return sum(1 for _ in self._numbers(node))

    def tasks_of(self, node: str, *states: str) -> Iterator[TaskMoment]:
        """The tasks in a node, in their order; only those in one of these states, if any."""
        codes = {TASK_CODES[state] for state in states}
        course = self.course
        for number, last in self._numbers(node):
            if not codes or course.state_at[last] in codes:
                yield _tell(course, number, last, self.elapsed)

    def changed_since(self, other: Moment) -> set[str]:
        """The nodes whose tasks stand differently."""
        course, mine, theirs = self.course, self._frame.counts, other._frame.counts
        first, last = sorted((self.position, other.position))
        if last - first <= course.key_frame_every:
            touched = {course.subject_at[at] for at in range(first, last)}
            return {course.places[course.subjects[n].place] for n in touched if n}
        if len(mine) != len(theirs):
            return set(course.places)
        found = set()
        for place, node in enumerate(course.places):
            row = slice(place * WIDTH, (place + 1) * WIDTH)
            if mine[row] != theirs[row] or self._frame.spent[place] != other._frame.spent[place]:
                found.add(node)
        return found

    def running(self) -> list[str]:
        """The nodes that were at work."""
        busy = [TASK_CODES[TaskState.EXECUTING], TASK_CODES[TaskState.STORING]]
        counts, places = self._frame.counts, self.course.places
        columns = [counts[code::WIDTH] for code in busy]
        return [places[n] for n, found in enumerate(zip(*columns, strict=True)) if any(found)]

    def _last(self, number: int) -> int:
        last = self._frame.last
        return last[number] if number < len(last) else NONE

    def _numbers(self, node: str) -> Iterator[tuple[int, int]]:
        place = self.course.place_of.get(node)
        if place is None:
            return
        last = self._frame.last
        for number in self.course.tasks_in[place]:
            if number >= len(last):
                return  # they are numbered in the order in which they came
            if last[number] >= 0:
                yield number, last[number]


def _tell(course: Course, number: int, last: int, elapsed: float) -> TaskMoment:
    """A task whose last record is at `last`."""
    chain: list[int] = []
    at = last
    while at >= 0:
        chain.append(at)
        at = course.before_of[at]
    subject = course.subjects[number]
    told = TaskMoment(subject.id, course.places[subject.place], subject.item)
    for at in reversed(chain):
        _add(course, told, at)
    if told.state in (TaskState.EXECUTING, TaskState.STORING) and told.started is not None:
        told.share = _share(course, last, elapsed)
    return told


def _share(course: Course, last: int, elapsed: float) -> float | None:
    begin = last
    while course.event_at[begin] != TaskEvent.PLAYER_READY and course.before_of[begin] >= 0:
        begin = course.before_of[begin]
    end = course.after_of[last]
    while end >= 0 and TASK_STATES[course.state_at[end]] in (
        TaskState.EXECUTING,
        TaskState.STORING,
    ):
        end = course.after_of[end]
    if end < 0:
        return None
    whole = course.worked[end] - course.worked[begin]
    return min(1.0, max(0.0, (elapsed - course.worked[begin]) / whole)) if whole > 0 else None


def _add(course: Course, told: TaskMoment, at: int) -> None:
    """What one of its records adds to what is told of a task."""
    data, wall = course.data_at[at], course.wall[at]
    before, told.state = told.state, TASK_STATES[course.state_at[at]]
    state, attempts = told.state, told.attempts
    if state == TaskState.ALLOCATED:
        told.attempt = int(data.get("attempt", told.attempt))
        attempts.append(AttemptDetail(told.attempt, wall))
    if state == TaskState.EXECUTING:
        if course.event_at[at] != TaskEvent.STATE_SAVED:
            told.process = data.get("process") or told.process
            told.started, told.ended, told.seconds = wall, None, None
            told.error = told.cause = None
            if attempts:
                attempts[-1].process = told.process
                attempts[-1].pid = data.get("pid")
        return
    if before in AT_WORK and state not in AT_WORK and attempts:
        attempts[-1].ended, attempts[-1].outcome = wall, state
        attempts[-1].error = data.get("error")
    if state in _ENDED:
        told.ended = wall
        if state == TaskState.COMPLETED:
            told.seconds = course.seconds(at)
        if state == TaskState.FAILED:
            told.error, told.cause = data.get("error") or data.get("cause"), None
        else:
            told.cause = data.get("error") or data.get("cause")
        told.outputs = data.get("outputs") or told.outputs
    elif state != TaskState.STORING:
        told.error = told.cause = None
