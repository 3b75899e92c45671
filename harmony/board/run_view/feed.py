"""Brings the engine's events to the runs on show, in one batch a frame (DESIGN.md section 6)."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from harmony.board.documents.open_document import OpenDocument
from harmony.conductor.events import (
    Event,
    PlayersChanged,
    PoolChanged,
    ProblemNoticed,
    RunBroken,
    RunChanged,
    RunsChangedElsewhere,
)
from harmony.foundation.clock import Clock
from harmony.foundation.events import EventStream

FRAME_MS: Final = 33
TICK_MS: Final = 200


class RunFeed(QObject):
    """Signals: `pool_changed(PoolChanged)`; `players_changed` when the catalogue is another one;
    `noticed(message)` of what a person should know;
    `ticked` while a run is live, so that time moves; `runs_changed` when any run began, ended or
    paused; `run_ended(document)` when the one on show did."""

    pool_changed = Signal(object)
    players_changed = Signal()
    noticed = Signal(str)
    run_ended = Signal(object)
    ticked = Signal()
    runs_changed = Signal()

    def __init__(
        self, events: EventStream[Event], clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._documents: list[OpenDocument] = []
        self._waiting: list[Event] = []
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self.flush)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._pass_time)
        self._unsubscribe = events.subscribe(self._take)

    def attach(self, document: OpenDocument) -> None:
        """Bring it the events of the run that it shows."""
        if document not in self._documents:
            self._documents.append(document)
        self._tick.start()

    def detach(self, document: OpenDocument) -> None:
        """Bring it no more."""
        if document in self._documents:
            self._documents.remove(document)

    def close(self) -> None:
        """Stop listening."""
        self._unsubscribe()
        self._frame.stop()
        self._tick.stop()

    def flush(self) -> None:
        """Give out what has come in."""
        events, self._waiting = self._waiting, []
        by_run: dict[str, list[Event]] = {}
        run_moved = False
        for event in events:
            match event:
                case PoolChanged():
                    self.pool_changed.emit(event)
                case PlayersChanged():
                    self.players_changed.emit()
                case RunsChangedElsewhere():
                    run_moved = True
                case ProblemNoticed():
                    self.noticed.emit(event.message)
                case RunBroken():
                    self.noticed.emit(str(event.error.get("message", "")))
                    by_run.setdefault(event.run, []).append(event)
                    run_moved = True
                case _ if run := getattr(event, "run", ""):  # some belong to no run
                    by_run.setdefault(run, []).append(event)
                    run_moved = run_moved or isinstance(event, RunChanged)
                case _:
                    pass
        for document in list(self._documents):
            model = document.model
            if model is not None and model.run in by_run:
                self._give(document, by_run[model.run])
        if run_moved:
            self.runs_changed.emit()

    def _give(self, document: OpenDocument, events: list[Event]) -> None:
        model = document.model
        if model is None:
            return
        state, failed, live = model.state, model.totals().failed, model.live
        changed: set[str] = set()
        for event in events:
            changed.update(model.apply(event))
        document.follow_run(frozenset(changed), state, failed)
        if live and not model.live:
            self.run_ended.emit(document)

    def _take(self, event: Event) -> None:
        self._waiting.append(event)
        if not self._frame.isActive():
            self._frame.start()

    def _pass_time(self) -> None:
        live = [doc for doc in self._documents if doc.model is not None and doc.model.live]
        if not live:
            self._tick.stop()
            return
        now = self._clock.wall()
        for document in live:
            if document.model is not None and document.model.state != "Paused":
                document.model.tick(now)
        self.ticked.emit()
