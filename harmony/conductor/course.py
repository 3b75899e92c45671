"""The course of a run: its journal in columns, with key frames from which any moment is near.

`Course` takes the records of one run in their order, once each. A key frame is kept every so many
records: for each task the place of its last record, for each node how many tasks were in which
state. What a run was at a moment is then the key frame before it and the few records since
(`moment.py`), at the same cost wherever it lies. Pure: no store, no clock.

Time along the course is *worked* time, in seconds since the first record: a pause in which nothing
runs and the time between a crash and the recovery take none of it, and a wall clock that was set
back does not turn it round.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from harmony.conductor.run_state import RUN, TASK
from harmony.polyphony.records import JournalRecord
from harmony.states.melody_execution import CHART as RUN_CHART
from harmony.states.melody_execution import RunEvent
from harmony.states.melody_execution import RunState as Run
from harmony.states.task import CHART as TASK_CHART
from harmony.states.task import TaskEvent, TaskState

TASK_STATES: Final = tuple(TASK_CHART.states)
RUN_STATES: Final = tuple(RUN_CHART.states)
KEY_FRAME_EVERY: Final = 512
MOST_KEY_FRAME_CELLS: Final = 8_000_000
"""Four bytes each. When key frames hold more, every other one is dropped and they stand wider."""

MarkKind = Literal["failed", "retry", "pause", "resume", "saved", "checkpoint"]

WIDTH: Final = len(TASK_STATES)
TASK_CODES: Final = {state: code for code, state in enumerate(TASK_STATES)}
_RUN_CODES: Final = {state: code for code, state in enumerate(RUN_STATES)}
_INSIDE: Final = re.compile("[/#~]")
AT_WORK: Final = frozenset({TaskState.ALLOCATED, TaskState.EXECUTING, TaskState.STORING})
NONE: Final = -1


class Mark(NamedTuple):
    """Something worth a sign: the record at `position` (from 0) was a failure, a pause, …."""

    kind: MarkKind
    position: int
    label: str = ""


class Move(NamedTuple):
    """One record in short: `task` is empty for the run itself. `at` is wall time."""

    task: str
    node: str
    state: str
    event: str
    at: float
    elapsed: float
    data: Mapping[str, Any]


class Subject(NamedTuple):
    """Whom records tell of: a task, and the node of the melody in which it works."""

    id: str
    node: str
    item: int | None
    place: int
    speaks: bool


class Frame(NamedTuple):
    """What is known after some records: each subject's last one, each place's counts and seconds.

    `counts` holds one row of `TASK_STATES` a place.
    """

    last: array[int]
    counts: array[int]
    spent: array[float]

    def copy(self) -> Frame:
        return Frame(self.last[:], self.counts[:], self.spent[:])


class Course:
    """The moves of a run, oldest first. Grows by `take`, while the run goes on."""

    def __init__(self, nodes: Iterable[str], inner: Mapping[str, int] | None = None) -> None:
        """`nodes` are those of the melody; `inner` counts the nodes in the part one places."""
        self.places: list[str] = list(nodes)
        self.place_of: dict[str, int] = {node: n for n, node in enumerate(self.places)}
        self.inner = dict(inner or {})
        self.subjects: list[Subject] = [Subject("", "", None, NONE, False)]
        self.numbers: dict[str, int] = {RUN: 0}
        self.tasks_in: list[list[int]] = [[] for _ in self.places]
        self._rows = array("i", [NONE])
        self.subject_at = array("i")
        self.state_at = bytearray()
        self.event_at: list[str] = []
        self.wall = array("d")
        self.worked = array("d")
        self.before_of = array("i")
        self.after_of = array("i")
        self.took: dict[int, float] = {}
        self.data_at: list[dict[str, Any]] = []
        self.items: Counter[str] = Counter()
        self.widened: list[list[tuple[int, str]]] = [[] for _ in self.places]
        self._replaces: dict[int, int] = {}
        self.first_start: dict[int, int] = {}
        self._busy = 0
        self._run_state = Run.DRAFT
        self.marks: list[Mark] = []
        self.sequence = 0
        self.ends: dict[str, array[float]] = {kind: array("d") for kind in ("done", "failed")}
        self.ends["retry"] = array("d")
        self.interval = KEY_FRAME_EVERY
        self._frames: list[Frame] = [self._empty()]
        self.newest = self._empty()

    def __len__(self) -> int:
        return len(self.wall)

    @property
    def elapsed(self) -> float:
        """How long it is, seconds of worked time."""
        return self.worked[-1] if self.worked else 0.0

    @property
    def key_frames(self) -> int:
        """How many key frames are kept."""
        return len(self._frames)

    @property
    def key_frame_every(self) -> int:
        """How many records lie between two of them."""
        return self.interval

    # ------------------------------------------------------------------ growing

    def take(self, records: Iterable[JournalRecord]) -> None:
        """Take the records that follow those already taken; earlier ones are passed over."""
        for record in records:
            if record.sequence > self.sequence:
                self._take(record)

    def take_checkpoints(self, checkpoints: Iterable[tuple[int, str]]) -> None:
        """Mark checkpoints of the whole run: the sequence each stands at, and its label."""
        kept = [mark for mark in self.marks if mark.kind != "checkpoint"]
        size = len(self)
        kept += [
            Mark("checkpoint", min(sequence, size) - 1, label)
            for sequence, label in checkpoints
            if sequence > 0 and size
        ]
        self.marks = sorted(kept, key=lambda mark: mark.position)

    def _take(self, record: JournalRecord) -> None:
        position = len(self.wall)
        self.sequence = record.sequence
        number = self.numbers.get(record.machine)
        if number is None:
            number = self._meet(record.machine, position)
        to_state, event = record.to_state, record.event
        self.worked.append(self._worked(record))
        self.wall.append(record.at)
        self.subject_at.append(number)
        codes = TASK_CODES if number else _RUN_CODES
        self.state_at.append(codes[to_state])
        self.event_at.append(event)
        self.data_at.append(record.data)
        self.after_of.append(NONE)
        newest = self.newest
        before = newest.last[number] if number < len(newest.last) else NONE
        self.before_of.append(before)
        if before >= 0:
            self.after_of[before] = position
        if number:
            self._busy += (to_state in AT_WORK) - (record.from_state in AT_WORK)
            self._note_task(position, number, record)
        else:
            self._run_state = to_state
            if event == RunEvent.PAUSE:
                self.marks.append(Mark("pause", position, record.trigger))
            elif event == RunEvent.RESUME:
                self.marks.append(Mark("resume", position, record.trigger))
        self._move(newest, position)
        if (position + 1) % self.interval == 0:
            self._keep_frame()

    def _note_task(self, position: int, number: int, record: JournalRecord) -> None:
        subject, to_state = self.subjects[number], record.to_state
        if to_state == TaskState.EXECUTING:
            if record.event == TaskEvent.STATE_SAVED:
                self.marks.append(Mark("saved", position))
            elif subject.speaks:
                self.first_start.setdefault(subject.place, position)
        elif to_state == TaskState.FAILED:
            self.ends["failed"].append(self.worked[position])
            self.marks.append(Mark("failed", position))
        elif to_state == TaskState.RETRYING:
            self.ends["retry"].append(self.worked[position])
            self.marks.append(Mark("retry", position))
        elif to_state in (TaskState.COMPLETED, TaskState.REUSED):
            self.ends["done"].append(self.worked[position])
            seconds = self.seconds(position)
            if seconds and subject.speaks:
                self.took[position] = seconds

    def seconds(self, position: int) -> float:
        """What a finished task took. Others did the work of one that was in no process."""
        at = position
        while at >= 0:
            if self.event_at[at] == TaskEvent.PLAYER_READY:
                if not self.data_at[at].get("process"):
                    return self.wall[position] - self.wall[at]
                break
            at = self.before_of[at]
        return float(self.data_at[position].get("seconds") or 0.0)

    def _worked(self, record: JournalRecord) -> float:
        if not self.wall:
            return 0.0
        gap = record.at - self.wall[-1]
        down = record.machine == RUN and record.event == RunEvent.PAUSE and bool(record.trigger)
        still = self._run_state == Run.PAUSED and not self._busy
        over = self._run_state in (Run.FAILED, Run.CANCELLED, Run.COMPLETED)
        return self.worked[-1] + (0.0 if down or still or over else max(0.0, gap))

    def _meet(self, machine: str, position: int) -> int:
        """A task is told of for the first time."""
        task = machine.removeprefix(TASK)
        node, index = task, None
        if task.endswith("]"):
            node, _, tail = task.rpartition("[")
            index = int(tail[:-1])
        place = self._place(node)
        subject = Subject(task, node, index, place, "#" not in task and "~" not in task)
        number = len(self.subjects)
        self.numbers[machine] = number
        self.subjects.append(subject)
        self.tasks_in[place].append(number)
        self._rows.append(place * WIDTH if subject.speaks else NONE)
        if index is not None:
            if not self.items[node]:
                self.widened[place].append((position, node))
                placeholder = self.numbers.get(TASK + node)
                if placeholder is not None:
                    self._replaces[position] = placeholder
            self.items[node] += 1
        return number

    def _place(self, node: str) -> int:
        """The node of the melody in which a node of the run works: `part` for `part/inner`."""
        found = self.place_of.get(node)
        if found is None:
            found = self.place_of.get(_INSIDE.split(node, maxsplit=1)[0])
        if found is None:
            found = self.place_of[node] = len(self.places)
            self.places.append(node)
            self.tasks_in.append([])
            self.widened.append([])
            for frame in (*self._frames, self.newest):
                frame.counts.extend([0] * WIDTH)
                frame.spent.append(0.0)
        return found

    def _empty(self) -> Frame:
        places = len(self.places)
        return Frame(array("i"), array("i", bytes(4 * places * WIDTH)), array("d", [0.0] * places))

    def _keep_frame(self) -> None:
        self._frames.append(self.newest.copy())
        size = len(self.newest.last) + len(self.newest.counts)
        if size * len(self._frames) > MOST_KEY_FRAME_CELLS and len(self._frames) > 4:
            self._frames = self._frames[::2]
            self.interval *= 2

    def _move(self, frame: Frame, position: int) -> None:
        """Take one record into a frame."""
        number = self.subject_at[position]
        last, counts = frame.last, frame.counts
        replaced = self._replaces.get(position)
        if replaced is not None and last[replaced] >= 0:
            # The node's own task gives way to one task an item.
            if self._rows[replaced] >= 0:
                counts[self._rows[replaced] + self.state_at[last[replaced]]] -= 1
            last[replaced] = NONE
        while number >= len(last):
            last.append(NONE)
        before, last[number] = last[number], position
        row = self._rows[number]
        if row >= 0:
            if before >= 0:
                counts[row + self.state_at[before]] -= 1
            counts[row + self.state_at[position]] += 1
            took = self.took.get(position)
            if took is not None:
                frame.spent[row // WIDTH] += took

    # ------------------------------------------------------------------ places along it

    def frame(self, position: int) -> Frame:
        """What is known after the first `position` records: of the caller, to be kept."""
        number = min(position // self.interval, len(self._frames) - 1)
        frame = self._frames[number].copy()
        for at in range(number * self.interval, position):
            self._move(frame, at)
        return frame

    def position_at(self, elapsed: float) -> int:
        """How many records there were by then."""
        return bisect_right(self.worked, elapsed)

    def elapsed_at(self, position: int) -> float:
        """When the last of so many records came, as worked time."""
        return self.worked[min(position, len(self)) - 1] if position > 0 and len(self) else 0.0

    def wall_at(self, elapsed: float) -> float:
        """The wall time of a moment. After a pause: that of the going on."""
        position = self.position_at(elapsed)
        if not position:
            return self.wall[0] if self.wall else 0.0
        return self.wall[position - 1] + max(0.0, elapsed - self.worked[position - 1])

    def after(self, position: int, count: int = 1) -> int:
        """The end of the next instant: what was written at one time belongs together."""
        for _ in range(count):
            if position >= len(self):
                break
            position = bisect_right(self.worked, self.worked[position], position)
        return position

    def before(self, position: int, count: int = 1) -> int:
        """The end of the instant before; 0 is before the first record."""
        for _ in range(count):
            if position <= 0:
                break
            position = bisect_left(self.worked, self.worked[position - 1], 0, position)
        return position

    def move(self, position: int) -> Move:
        """The record at a position, counted from 0."""
        subject = self.subjects[self.subject_at[position]]
        states = TASK_STATES if self.subject_at[position] else RUN_STATES
        return Move(
            subject.id,
            self.places[subject.place] if subject.place >= 0 else "",
            states[self.state_at[position]],
            self.event_at[position],
            self.wall[position],
            self.worked[position],
            self.data_at[position],
        )

    def is_task(self, position: int) -> bool:
        """Whether the record tells of a task, not of the run."""
        return self.subject_at[position] != 0
