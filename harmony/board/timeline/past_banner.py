"""Over the canvas: that it shows the past, which moment, and the way back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from harmony.board.look import Look
from harmony.board.theme.tokens import mix
from harmony.board.timeline.times import clock_time
from harmony.board.timeline.travel import Travel
from harmony.foundation.words import render

_MARGIN = 10
_ROOM_FOR_NAME = 430
"""Pixels at the left, where the state and the name stand."""


class PastBanner(QFrame):
    """Stands in a canvas while a moment of the past is shown, with a frame round it."""

    def __init__(self, look: Look, travel: Travel, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._look, self._travel, self._canvas = look, travel, canvas
        self.text = QLabel()
        self.back = QPushButton(render("timeline.back"))
        self.back.setToolTip(render("timeline.back_tip"))
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back.clicked.connect(travel.back)
        self.setToolTip(render("timeline.edits_kept"))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 4, 3)
        row.setSpacing(10)
        row.addWidget(self.text)
        row.addWidget(self.back)
        self.edge = _Edge(look, canvas)
        canvas.installEventFilter(self)
        travel.moved.connect(self.show_moment)
        look.changed.connect(self._color)
        self._color()
        self.show_moment()

    def show_moment(self) -> None:
        """Say which moment is shown; hidden while it is the present one."""
        travel, course = self._travel, self._travel.course
        shown = travel.is_past and course is not None
        appears = shown and self.isHidden()
        self.setVisible(shown)
        self.edge.setVisible(shown)
        if course is None or not shown:
            return
        time = clock_time(course.wall_at(travel.elapsed))
        self.text.setText(render("timeline.as_it_was", time=time))
        self.setAccessibleName(self.text.text())
        # To raise what lies over the canvas paints all of it anew: not in each frame of a scrub.
        if appears or self.sizeHint().width() > self.width():
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.adjustSize()
        left = self._canvas.width() - self.width() - 14
        narrow = left < _ROOM_FOR_NAME
        self.move(max(14, left), _MARGIN + (34 if narrow else 0))
        self.raise_()
        self.edge.setGeometry(self._canvas.rect())
        self.edge.raise_()

    def _color(self) -> None:
        theme = self._look.theme
        ground = mix(theme.warning, theme.canvas, 0.16)
        line = mix(theme.warning, theme.canvas, 0.5)
        self.setStyleSheet(
            f"PastBanner {{ background: {ground}; border: 1px solid {line}; border-radius: 9px; }}"
        )
        self.text.setStyleSheet(f"color: {theme.warning}; background: transparent;")


class _Edge(QWidget):
    """A thin frame round the canvas; the mouse does not meet it."""

    def __init__(self, look: Look, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._look = look
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._look.theme.warning), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
