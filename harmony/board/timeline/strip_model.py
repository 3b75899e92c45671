"""What the strip shows of a course: how much happened when, the marks, and what a place says.

Counted from sorted columns by bisection, a bucket a few pixels: what it costs depends on the width
of the strip, not on the length of the journal. Knows no Qt.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from harmony.board.run_view.run_words import one_line
from harmony.board.timeline.times import clock_time
from harmony.conductor.course import Course, Mark, Move
from harmony.foundation.words import render
from harmony.states.melody_execution import RunEvent
from harmony.states.task import TaskEvent

_URGENCY: Final[Mapping[str, int]] = {
    "failed": 0,
    "retry": 1,
    "checkpoint": 2,
    "pause": 3,
    "resume": 4,
    "saved": 5,
}
_MOST_LOOKED_AT: Final = 200
"""Records that are looked at for the words of one place; more are only counted."""


class Bucket(NamedTuple):
    """How many tasks finished, failed and were put off to be tried again, in a span of time."""

    done: int
    failed: int
    retry: int

    @property
    def total(self) -> int:
        return self.done + self.failed + self.retry


def buckets(course: Course, count: int) -> list[Bucket]:
    """The whole course in so many spans of the same length."""
    length = course.elapsed
    edges = [length * number / count for number in range(count + 1)]
    edges[-1] = length + 1.0
    columns = []
    for kind in ("done", "failed", "retry"):
        times = course.ends[kind]
        places = [bisect_left(times, edge) for edge in edges]
        columns.append([after - before for before, after in pairwise(places)])
    return [Bucket(*found) for found in zip(*columns, strict=True)]


def marks(course: Course, count: int) -> dict[int, Mark]:
    """The most urgent mark in each of so many spans; spans without one are left out."""
    length = course.elapsed or 1.0
    found: dict[int, Mark] = {}
    for mark in course.marks:
        at = course.elapsed_at(mark.position + 1)
        place = min(count - 1, int(at / length * count))
        if place not in found or _URGENCY[mark.kind] < _URGENCY[found[place].kind]:
            found[place] = mark
    return found


def words_at(
    course: Course, elapsed: float, reach: float, title_of: Callable[[str], str]
) -> tuple[str, int]:
    """What happened about there, and how many records the course has up to it.

    `reach` is how far to both sides a place reaches, seconds. The most urgent comes first.
    """
    begin = bisect_left(course.worked, elapsed - reach)
    end = bisect_right(course.worked, elapsed + reach)
    if begin == end:
        begin = max(0, end - 1)  # nothing there: what was the last thing before it
    if begin >= end:
        return render("timeline.before"), 0
    looked = range(max(begin, end - _MOST_LOOKED_AT), end)
    best = min(looked, key=lambda at: (_weight(course.move(at)), -at))
    words = move_words(course, best, title_of)
    for mark in course.marks if len(course.marks) < _MOST_LOOKED_AT else ():
        if mark.kind == "checkpoint" and begin <= mark.position < end:
            words = render("timeline.checkpoint", label=mark.label or "").strip()
    more = sum(1 for at in looked if _weight(course.move(at)) <= 3) - 1
    if more > 0:
        words = render("timeline.and_more", words=words, count=f"{more:,}")
    time = clock_time(course.wall_at(elapsed))
    return render("timeline.hover", time=time, words=words), end


def move_words(course: Course, position: int, title_of: Callable[[str], str]) -> str:
    """One record in a few words: `Filter rows failed: no column rating`."""
    move = course.move(position)
    if not course.is_task(position):
        return _run_words(move)
    what = _what(move)
    node = title_of(move.node)
    if move.task == move.node:
        return render("timeline.task", node=node, what=what)
    return render("timeline.item", node=node, task=move.task, what=what)


def _what(move: Move) -> str:
    if move.event == TaskEvent.STATE_SAVED:
        return render("timeline.did_saved")
    if move.state == "Failed":
        reason = _reason(move.data)
        if reason:
            return render("timeline.did_failed_why", reason=reason)
    return render(f"timeline.did_{move.state.lower()}")


def _reason(data: Mapping[str, Any]) -> str:
    return one_line(data.get("error") or data.get("cause"))


def _run_words(move: Move) -> str:
    state = move.state.lower()
    if move.event == RunEvent.PAUSE:
        return render("timeline.run_paused")
    if state in ("queued", "executing", "completed", "failed", "cancelled"):
        return render(f"timeline.run_{state}")
    return render("timeline.run_other", state=move.state)


def _weight(move: Move) -> int:
    """What is worth telling first, where several things happened at one place."""
    if not move.task:
        return 1
    if move.state == "Failed":
        return 0
    return {"Retrying": 2, "Completed": 3, "Reused": 3, "Skipped": 3, "Executing": 4}.get(
        move.state, 5
    )
