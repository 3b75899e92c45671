"""The playhead of one run on show: where it stands, and how it gets from moment to moment.

The journal is read and folded in a thread; while the run goes on, what is new is taken in slices.
A move costs a key frame and a few records, and tells only the nodes that look different, a few
milliseconds' worth at a time (DESIGN.md section 6, "The main thread never blocks").
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from harmony.board.documents.open_document import OpenDocument
from harmony.board.run_view.past_run import inner_counts
from harmony.board.run_view.run_model import RunModel
from harmony.board.timeline.past_model import PastModel
from harmony.conductor.course import Course
from harmony.conductor.detail import RunDetail
from harmony.conductor.moment import Moment, moment_at
from harmony.polyphony.run_history import checkpoints_of
from harmony.symphony import Symphony

PLAYED_SECONDS: Final = 12.0
"""A run longer than this is played so much faster that it takes as long."""
_FRAME_MS: Final = 16
_GROW_MS: Final = 150
_TOLD_AT_ONCE: Final = 100
_BUDGET: Final = 0.005
_TAKEN_AT_ONCE: Final = 400


_Result = TypeVar("_Result")


async def _beside(call: Callable[[], _Result]) -> _Result:
    """The answer of a call that is made in a thread. The loop is asked for, not presumed to run:
    Qt may turn it when asyncio does not know."""
    return await asyncio.get_event_loop().run_in_executor(None, call)


class Travel(QObject):
    """Signals: `moved` when another moment is shown; `grew` when more of the run is known;
    `played(bool)` when it begins or stops to move by itself."""

    moved = Signal()
    grew = Signal()
    played = Signal(bool)

    def __init__(
        self,
        document: OpenDocument,
        symphony: Symphony,
        start: Callable[[Coroutine[Any, Any, None]], object],
        keep: Callable[[RunDetail], None],
        parent: QObject | None = None,
    ) -> None:
        """`start` runs a coroutine beside the window; `keep` gets what others will ask for."""
        super().__init__(parent)
        self._document, self._symphony, self._start = document, symphony, start
        self._keep = keep
        self._model: RunModel | None = None
        self.course: Course | None = None
        self._moment: Moment | None = None
        self._elapsed = 0.0
        self._reading = False
        self._untold: dict[str, None] = {}
        self._later = QTimer(self, singleShot=True, interval=_GROW_MS)
        self._later.timeout.connect(self._grow)
        self._telling = QTimer(self, singleShot=True, interval=0)
        self._telling.timeout.connect(self._tell)
        self._playing = QTimer(self, interval=_FRAME_MS)
        self._playing.timeout.connect(self._play_on)
        self._played_at = 0.0

    # --- where it stands

    @property
    def document(self) -> OpenDocument:
        """The document whose run it is."""
        return self._document

    @property
    def is_past(self) -> bool:
        """Whether a moment of the past is shown."""
        return self._document.past is not None

    @property
    def is_live(self) -> bool:
        """Whether the run still goes on."""
        return self._model is not None and self._model.live

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._playing.isActive()

    @property
    def elapsed(self) -> float:
        """Where the playhead stands, seconds of worked time."""
        if self._moment is not None:
            return self._elapsed
        return self.course.elapsed if self.course is not None else 0.0

    @property
    def position(self) -> int:
        """How many records lie before it."""
        if self._moment is not None:
            return self._moment.position
        return len(self.course) if self.course is not None else 0

    # --- following the run

    def follow(self) -> None:
        """The run on show moved on, or another one is shown."""
        model = self._document.model
        if model is not self._model and (
            model is None or self._model is None or model.run != self._model.run
        ):
            self.stop()
            self.course = self._moment = None
            self._untold.clear()
            self._later.stop()
        self._model = model
        if model is None:
            return
        if self.course is None:
            self._grow()
        elif not self._later.isActive():
            self._later.start()

    def _grow(self) -> None:
        if not self._reading and self._model is not None:
            self._reading = True
            self._start(self._read())

    async def _read(self) -> None:
        model = self._model
        try:
            if model is None:
                return
            if self.course is None:
                course, detail = await _beside(lambda: self._whole(model.run))
                if self._is_same(model):
                    self.course = course
                    if not model.live:
                        self._keep(detail)
            else:
                await self._read_on(model, self.course)
        finally:
            self._reading = False
        if not isValid(self):
            return  # the page was closed meanwhile
        if self._model is not None and not self._is_same(model):
            self._grow()  # another run is shown by now
        else:
            self.grew.emit()

    def _is_same(self, model: RunModel | None) -> bool:
        return model is not None and self._model is not None and model.run == self._model.run

    def _whole(self, run: str) -> tuple[Course, RunDetail]:
        store = self._symphony.house.store
        melody, detail = self._symphony.melody_of(run), self._symphony.show(run)
        course = Course(melody.nodes, inner_counts(melody, self._symphony.catalogue.spec))
        course.take(detail.journal)
        course.take_checkpoints(store.reading(lambda c: checkpoints_of(c, run)))
        return course, detail

    async def _read_on(self, model: RunModel, course: Course) -> None:
        store = self._symphony.house.store
        records = await _beside(lambda: store.journal(model.run, course.sequence))
        checkpoints = await _beside(lambda: store.reading(lambda c: checkpoints_of(c, model.run)))
        for begin in range(0, len(records), _TAKEN_AT_ONCE):
            course.take(records[begin : begin + _TAKEN_AT_ONCE])
            await asyncio.sleep(0)
        course.take_checkpoints(checkpoints)

    # --- going somewhere

    def go(self, elapsed: float) -> None:
        """Show the run as it was after so many seconds; at its end, as it is."""
        course = self.course
        if course is None:
            return
        elapsed = max(0.0, elapsed)
        if elapsed >= course.elapsed:
            self.back()
        else:
            self._show(moment_at(course, course.position_at(elapsed), elapsed))

    def go_to(self, position: int) -> None:
        """Show the run after so many records; after all of them, as it is."""
        course = self.course
        if course is None:
            return
        if position >= len(course):
            self.back()
        else:
            self._show(moment_at(course, position))

    def step(self, count: int) -> None:
        """Go so many events on, or back."""
        if self.course is None:
            return
        here = self.position
        there = self.course.after(here, count) if count > 0 else self.course.before(here, -count)
        self.go_to(there)

    def back(self) -> None:
        """Show the run as it is."""
        self.stop()
        if self._moment is not None:
            self._show(None)

    def play(self) -> None:
        """Move on by itself; from the beginning when it stands at the end."""
        if self.course is None or not len(self.course):
            return
        if not self.is_past:
            self.go_to(0)
        self._played_at = time.monotonic()
        self._playing.start()
        self.played.emit(True)

    def stop(self) -> None:
        """Move by itself no more."""
        if self._playing.isActive():
            self._playing.stop()
            self.played.emit(False)

    def toggle_play(self) -> None:
        """Play, or stop playing."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    def _play_on(self) -> None:
        if self.course is None:
            return
        now = time.monotonic()
        passed, self._played_at = now - self._played_at, now
        self.go(self.elapsed + passed * max(1.0, self.course.elapsed / PLAYED_SECONDS))

    # --- telling

    def _show(self, moment: Moment | None) -> None:
        before, self._moment = self._moment, moment
        model, document = self._model, self._document
        if model is None:
            return
        if moment is None:
            document.show_past(None)
        else:
            self._elapsed = moment.elapsed
            document.show_past(PastModel(model.run, model.number, model.nodes, moment))
        if before is None or moment is None:
            self._untold.update(dict.fromkeys(model.nodes))
        else:
            # What was at work looks different each moment, though nothing was written of it.
            for nodes in (before.running(), moment.running(), moment.changed_since(before)):
                self._untold.update(dict.fromkeys(nodes))
        self._tell()
        self.moved.emit()

    def _tell(self) -> None:
        """Tell of the nodes that look different, as many as a frame has time for."""
        until = time.perf_counter() + _BUDGET
        while self._untold:
            some = list(self._untold)[:_TOLD_AT_ONCE]
            for node in some:
                del self._untold[node]
            self._document.scrubbed.emit(frozenset(some))
            if time.perf_counter() > until and self._untold:
                self._telling.start()
                return
