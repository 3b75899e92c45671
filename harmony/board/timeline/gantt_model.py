"""The attempts of a run by process: bars in rows, and of these what a span of time needs painted.

Grows with its course. What is asked for a span is bounded by its pixels: where many short bars
share a pixel they are passed over by bisection, and failures are asked for apart, so that none is
lost among them. Knows no Qt.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from harmony.conductor.course import AT_WORK, TASK_STATES, Course
from harmony.states.task import TaskEvent, TaskState

BarKind = Literal["running", "done", "retry", "failed", "cancelled"]
_KINDS: dict[str, BarKind] = {
    TaskState.COMPLETED: "done",
    TaskState.FAILED: "failed",
}


@dataclass(slots=True)
class Bar:
    """One attempt. Times are worked time; `end` is None while it goes on, `ready` is since when
    the task had waited for it."""

    task: str
    node: str
    attempt: int
    begin: float
    ready: float
    position: int
    end: float | None = None
    kind: BarKind = "running"

    @property
    def waited(self) -> float:
        """Seconds that the task waited for its process."""
        return max(0.0, self.begin - self.ready)


@dataclass(slots=True)
class Row:
    """What one process did. `begins` are the beginnings of its bars, in order."""

    process: str
    bars: list[Bar] = field(default_factory=list)
    begins: array[float] = field(default_factory=lambda: array("d"))
    failures: list[int] = field(default_factory=list)

    def end_of(self, number: int, now: float) -> float:
        """When a bar ends to the eye: its process may be on to the next before it is on disk."""
        bar = self.bars[number]
        end = now if bar.end is None else bar.end
        if number + 1 < len(self.bars):
            end = min(end, max(bar.begin, self.begins[number + 1]))
        return end

    def at(self, elapsed: float, reach: float, now: float) -> Bar | None:
        """The bar at a time, or one that begins or ends within `reach` of it."""
        number = bisect_right(self.begins, elapsed + reach) - 1
        if number < 0 or self.end_of(number, now) < elapsed - reach:
            return None
        return self.bars[number]

    def visible(self, begin: float, end: float, pixel: float, now: float) -> Iterator[int]:
        """The numbers of the bars to be painted between two times, where a pixel is so long."""
        number = max(0, bisect_right(self.begins, begin) - 1)
        count = len(self.bars)
        while number < count and self.begins[number] <= end:
            yield number
            after = max(self.begins[number] + 3 * pixel, self.end_of(number, now))
            number = max(number + 1, bisect_left(self.begins, after - pixel, number + 1))

    def visible_failures(self, begin: float, end: float, pixel: float) -> Iterator[int]:
        """The same of failed attempts alone."""
        last = -1.0
        for number in self.failures:
            at = self.begins[number]
            if at > end:
                return
            if (self.bars[number].end or at) >= begin and at >= last:
                yield number
                last = at + 3 * pixel


class GanttModel:
    """The rows of a course, in the order in which their processes began."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.rows: list[Row] = []
        self._row_of: dict[str, Row] = {}
        self._taken = 0
        self._ready: dict[int, float] = {}
        self._open: dict[int, tuple[Row, int]] = {}
        self._last: dict[int, tuple[Row, int]] = {}
        self._attempts: dict[int, int] = {}
        self.by_task: dict[str, list[tuple[Row, int]]] = {}

    @property
    def now(self) -> float:
        """The end of what is known."""
        return self.course.elapsed

    def grow(self) -> None:
        """Take in what the course has learned."""
        course = self.course
        for position in range(self._taken, len(course)):
            number = course.subject_at[position]
            if number:
                self._take(number, position)
        self._taken = len(course)

    def _take(self, number: int, position: int) -> None:
        course = self.course
        state = TASK_STATES[course.state_at[position]]
        at = course.worked[position]
        if state == TaskState.ALLOCATED:
            self._attempts[number] = int(course.data_at[position].get("attempt", 1))
        elif state == TaskState.EXECUTING and course.event_at[position] == TaskEvent.PLAYER_READY:
            process = str(course.data_at[position].get("process") or "")
            if process:  # who works through others is in no process itself
                self._begin(number, process, at, position)
        elif state == TaskState.RETRYING:
            found = self._last.get(number)
            if found is not None and found[0].bars[found[1]].kind == "failed":
                found[0].bars[found[1]].kind = "retry"
        elif state == TaskState.READY:
            self._ready[number] = at
        if state not in AT_WORK:
            opened = self._open.pop(number, None)
            if opened is not None:
                row, index = opened
                row.bars[index].end = at
                row.bars[index].kind = _KINDS.get(state, "cancelled")
                self._stretch(row, index, course.data_at[position].get("seconds"))
                if state == TaskState.FAILED:
                    row.failures.append(index)
                self._last[number] = opened

    def _stretch(self, row: Row, index: int, seconds: float | None) -> None:
        """A quick task's begin is written together with its end; how long it took stands there."""
        bar = row.bars[index]
        if not seconds or bar.end is None or index != len(row.bars) - 1:
            return
        before = row.bars[index - 1].end if index else 0.0
        begin = max(before or 0.0, bar.end - float(seconds))
        if begin < bar.begin:
            bar.begin = row.begins[index] = begin
            bar.ready = min(bar.ready, begin)

    def _begin(self, number: int, process: str, at: float, position: int) -> None:
        row = self._row_of.get(process)
        if row is None:
            row = self._row_of[process] = Row(process)
            self.rows.append(row)
        subject = self.course.subjects[number]
        node = self.course.places[subject.place]
        ready = self._ready.get(number, at)
        attempt = self._attempts.get(number, 1)
        row.bars.append(Bar(subject.id, node, attempt, at, ready, position))
        row.begins.append(at)
        self._open[number] = place = (row, len(row.bars) - 1)
        self.by_task.setdefault(subject.id, []).append(place)
