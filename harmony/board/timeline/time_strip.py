"""The time line under the canvas: a line of words and buttons, and the track that is scrubbed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from harmony.board.look import Look
from harmony.board.timeline.times import clock_time, span_text
from harmony.board.timeline.track import Track
from harmony.board.timeline.travel import Travel
from harmony.foundation.words import render


class TimeStrip(QWidget):
    """`chart_asked(bool)`: the chart of tasks by process is to be shown, or put away."""

    chart_asked = Signal(bool)

    def __init__(
        self,
        look: Look,
        travel: Travel,
        title_of: Callable[[str], str],
        chart_keys: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._travel = look, travel
        self._hover = ""
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.play = QToolButton(autoRaise=True)
        self.play.setIconSize(QSize(14, 14))
        self.play.clicked.connect(travel.toggle_play)
        self.clock = QLabel()
        self.clock.setProperty("kind", "mono")
        self.elapsed = QLabel()
        self.elapsed.setProperty("kind", "muted")
        self.words = QLabel()
        self.words.setProperty("kind", "muted")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.now = QPushButton()
        self.now.setProperty("kind", "ghost")
        self.now.setToolTip(render("timeline.live_tip"))
        self.now.clicked.connect(travel.back)
        self.chart = QPushButton(render("timeline.chart"))
        self.chart.setProperty("kind", "ghost")
        self.chart.setCheckable(True)
        self.chart.setToolTip(render("timeline.chart_tip", keys=chart_keys))
        self.chart.clicked.connect(self.chart_asked)
        self.track = Track(look, travel, title_of)
        self.track.setAccessibleName(render("timeline.name"))
        line = QHBoxLayout()
        line.setContentsMargins(10, 4, 10, 0)
        line.setSpacing(8)
        for widget in (self.play, self.clock, self.elapsed):
            line.addWidget(widget)
        line.addWidget(self.words, 1)
        for button in (self.now, self.chart):
            line.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 2)
        rows.setSpacing(0)
        rows.addLayout(line)
        rows.addWidget(self.track)
        self.track.hovered.connect(self._hovered)
        travel.moved.connect(self.show_place)
        travel.grew.connect(self.show_place)
        travel.played.connect(self._show_play)
        look.changed.connect(self._show_play)
        self._show_play()
        self.show_place()

    def show_place(self) -> None:
        """Say where the playhead stands."""
        travel, course = self._travel, self._travel.course
        self.now.setText(render("timeline.live" if travel.is_live else "timeline.last"))
        self.now.setVisible(travel.is_past)
        if course is None or not len(course):
            self.clock.setText("")
            self.elapsed.setText(render("timeline.reading" if course is None else "timeline.empty"))
            return
        wall = clock_time(course.wall_at(travel.elapsed))
        elapsed, whole = span_text(travel.elapsed), span_text(course.elapsed)
        self.clock.setText(wall)
        self.elapsed.setText(render("timeline.elapsed", elapsed=elapsed, whole=whole))
        said = f"{wall}. {self.elapsed.text()}. {render('timeline.help')}"
        self.track.setAccessibleDescription(said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_words()

    def _hovered(self, words: str) -> None:
        self._hover = words
        self._show_words()

    def _show_words(self) -> None:
        room = max(0, self.words.width() - 4)
        text = self.words.fontMetrics().elidedText(self._hover, Qt.TextElideMode.ElideRight, room)
        self.words.setText(text)
        self.words.setToolTip(self._hover if text != self._hover else "")

    def _show_play(self) -> None:
        playing = self._travel.is_playing
        name = render("timeline.stop" if playing else "timeline.play")
        self.play.setIcon(self._look.icon("pause" if playing else "play"))
        self.play.setToolTip(name)
        self.play.setAccessibleName(name)
