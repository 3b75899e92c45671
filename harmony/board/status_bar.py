"""The line at the bottom: ready or busy, the Conductor's mode, warm Players, saved when, tasks a
second, zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from harmony.board.look import Look
from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.documents.open_document import OpenDocument
    from harmony.conductor.events import PoolChanged

HEIGHT = 26
_SAID_MS = 8000
_AWAY = frozenset({"Unloaded"})


class Dot(QWidget):
    """A dot in the colour of a state."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._state = look, "done"
        self.setFixedSize(10, 10)
        look.changed.connect(self.update)

    def show_state(self, state: str) -> None:
        """`done` (ready), `running` or `failed`."""
        if state != self._state:
            self._state = state
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.theme.state(self._state)))
        painter.drawEllipse(QRectF(1, 1, 8, 8))
        painter.end()


class StatusBar(QWidget):
    """What the window has to say all the time, in small."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self.dot = Dot(look)
        self.state = _small(render("board.ready"))
        self.mode = _small("")
        self.mode.setToolTip(render("board.conductor_tip"))
        self.players = _small(render("board.no_players_warm"))
        self.saved = _small("")
        self.notice = _small("")
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self._said = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said.timeout.connect(self.notice.clear)
        self.rate = _small("")
        self.zoom = QPushButton("100 %")
        self.zoom.setProperty("kind", "ghost")
        self.zoom.setStyleSheet("font-size: 11px; padding: 0 6px; min-height: 16px;")
        self.zoom.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.zoom.setToolTip(render("board.zoom_tip"))
        self.zoom.setAccessibleName(render("board.zoom"))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 10, 0)
        row.setSpacing(6)
        row.addWidget(self.dot)
        row.addWidget(self.state)
        row.addSpacing(16)
        row.addWidget(self.mode)
        row.addSpacing(16)
        row.addWidget(self.players)
        row.addSpacing(16)
        row.addWidget(self.saved)
        row.addSpacing(16)
        row.addWidget(self.notice, 1)
        row.addWidget(self.rate)
        row.addSpacing(10)
        row.addWidget(self.zoom)

    def say(self, words: str, lasting: bool = False) -> None:
        """Say something for a while; `lasting`: until something else is said."""
        room = self.notice.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, 520)
        self.notice.setText(room)
        self.notice.setToolTip(words if room != words else "")
        self._said.stop() if lasting else self._said.start()

    def fade(self) -> None:
        """What was said has been seen: it goes after a while."""
        self._said.start()

    def show_starting(self) -> None:
        """The window stands, the engine does not run yet."""
        self.dot.show_state("running")
        self.state.setText(render("board.starting"))
        self.zoom.hide()

    def show_not_started(self) -> None:
        """The engine could not be brought up."""
        self.dot.show_state("failed")
        self.state.setText(render("board.no_start"))

    def show_mode(self, mode: str) -> None:
        """Show the Conductor's mode of chart 7."""
        self.mode.setText(render("board.conductor_mode", mode=mode))

    def show_pool(self, event: PoolChanged) -> None:
        """Show how many Players are warm and what they take."""
        warm = sum(1 for state in event.processes.values() if state not in _AWAY)
        if warm:
            code = "board.player_warm" if warm == 1 else "board.players_warm"
            text = render(code, count=warm, memory=f"{event.memory_mb:.0f}")
        else:
            text = render("board.no_players_warm")
        self.players.setText(text)

    def show_document(self, document: OpenDocument | None, now: float) -> None:
        """Show what belongs to the document in front. `now` is wall time."""
        self.saved.setText(saved_line(document, now))
        self.zoom.setVisible(document is not None)
        model = document.model if document is not None else None
        busy = model is not None and model.live and model.state != "Paused"
        self.dot.show_state("running" if busy else "done")
        self.state.setText(render("board.busy" if busy else "board.ready"))
        if model is None or model.started is None:
            self.rate.setText("")
            return
        totals = model.totals()
        text = render("board.tasks", count=f"{totals.tasks:,}")
        if totals.tasks_per_second >= 1:
            text += " · " + render("board.per_second", count=f"{totals.tasks_per_second:,.0f}")
        self.rate.setText(text)

    def show_zoom(self, scale: float) -> None:
        """Show how large the canvas is drawn."""
        self.zoom.setText(f"{round(scale * 100)} %")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QColor(self._look.theme.line))
        painter.drawLine(0, 0, self.width(), 0)
        painter.end()


def saved_line(document: OpenDocument | None, now: float) -> str:
    """`Saved 2 s ago`, `Not saved yet`, `Edited`; empty on the start page."""
    if document is None:
        return ""
    if document.path is None:
        return render("board.never_saved")
    if document.document.modified:
        return render("board.unsaved_edits")
    if document.saved_at is None:
        return render("board.saved")
    seconds = max(0, round(now - document.saved_at))
    if seconds < 60:
        return render("board.saved_seconds", count=seconds)
    if seconds < 3600:
        return render("board.saved_minutes", count=seconds // 60)
    return render("board.saved")


def _small(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("kind", "faint")
    return label
