"""The strip that is scrubbed: activity by time, marks, the playhead, what lies under the pointer.

A slider to a screen reader. Painted from buckets; the picture under the playhead is kept until the
course or the look changes, so that a frame of scrubbing is one blit and a few lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from harmony.board.look import Look
from harmony.board.theme.tokens import mix
from harmony.board.timeline.strip_model import Bucket, buckets, marks, words_at
from harmony.board.timeline.travel import Travel
from harmony.conductor.course import Course

HEIGHT: Final = 44
SIDE: Final = 14
_BAR: Final = 3
_MARKS: Final = 12
_REACH: Final = 4.0
_FAR: Final = 10


class Track(QAbstractSlider):
    """Moves a `Travel`. `hovered(words)` says what lies under the pointer; empty when it left."""

    hovered = Signal(str)

    def __init__(
        self,
        look: Look,
        travel: Travel,
        title_of: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._travel, self._title_of = look, travel, title_of
        self._picture: QPixmap | None = None
        self._pointer: float | None = None
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        travel.moved.connect(self._moved)
        travel.grew.connect(self._grew)
        look.changed.connect(self._grew)

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    # --- between time and pixels

    def x_of(self, elapsed: float) -> float:
        """Where a moment lies."""
        length = self._course.elapsed if self._course is not None else 0.0
        share = min(1.0, elapsed / length) if length > 0 else 1.0
        return SIDE + share * self._room

    def elapsed_at(self, x: float) -> float:
        """Which moment lies there."""
        length = self._course.elapsed if self._course is not None else 0.0
        return min(1.0, max(0.0, (x - SIDE) / self._room)) * length

    @property
    def _room(self) -> float:
        return max(1.0, self.width() - 2 * SIDE)

    @property
    def _course(self) -> Course | None:
        return self._travel.course

    # --- following

    def _moved(self) -> None:
        self.setValue(self._travel.position)
        self.update()

    def _grew(self) -> None:
        self._picture = None
        self.setRange(0, len(self._course) if self._course is not None else 0)
        self._moved()

    # --- painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            self._picture = self._drawn()
        painter.drawPixmap(0, 0, self._picture)
        if self._course is not None and len(self._course):
            self._paint_playhead(painter)
        painter.end()

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        theme = self._look.theme
        picture.fill(QColor(theme.panel))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.field))
        bed = QRectF(SIDE - 4, _MARKS, self._room + 8, HEIGHT - _MARKS - 4)
        painter.drawRoundedRect(bed, 6, 6)
        course = self._course
        if course is not None and len(course):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            count = max(1, int(self._room / _BAR))
            self._paint_buckets(painter, buckets(course, count), bed)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_marks(painter, course, bed)
        painter.end()
        return picture

    def _paint_buckets(self, painter: QPainter, found: list[Bucket], bed: QRectF) -> None:
        theme = self._look.theme
        most = max((bucket.total for bucket in found), default=0)
        if not most:
            return
        room, bottom = bed.height() - 4, bed.bottom() - 1
        wide = self._room / len(found)
        done, failed, retry = QColor(theme.done), QColor(theme.failed), QColor(theme.warning)
        done.setAlphaF(0.62)
        for number, bucket in enumerate(found):
            if not bucket.total:
                continue
            # The square root keeps single events in sight beside thousands.
            height = max(4.0, room * (bucket.total / most) ** 0.5)
            left, top = SIDE + number * wide, bottom
            for count, color in (
                (bucket.done, done),
                (bucket.retry, retry),
                (bucket.failed, failed),
            ):
                if count:
                    part = max(3.0 if color is not done else 1.0, height * count / bucket.total)
                    top = max(bed.top() + 1, top - part)
                    painter.fillRect(QRectF(left, top, max(1.0, wide - 1), part), color)

    def _paint_marks(self, painter: QPainter, course: Course, bed: QRectF) -> None:
        theme = self._look.theme
        count = max(1, int(self._room / 9))
        wide = self._room / count
        for place, mark in marks(course, count).items():
            x = min(bed.right() - 5, max(bed.left() + 5, SIDE + (place + 0.5) * wide))
            middle = QPointF(x, _MARKS / 2)
            if mark.kind == "failed":
                painter.setPen(QPen(QColor(theme.failed), 1.8))
                for side in (-1, 1):
                    painter.drawLine(middle + QPointF(-3, -3 * side), middle + QPointF(3, 3 * side))
            elif mark.kind == "retry":
                painter.setPen(QPen(QColor(theme.warning), 1.6))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawArc(QRectF(x - 3.2, middle.y() - 3.2, 6.4, 6.4), 40 * 16, 280 * 16)
                painter.drawLine(middle + QPointF(2.6, -3.6), middle + QPointF(2.6, -0.8))
            elif mark.kind == "pause":
                painter.setPen(QPen(QColor(theme.muted), 1.8))
                for shift in (-1.8, 1.8):
                    painter.drawLine(middle + QPointF(shift, -3), middle + QPointF(shift, 3))
                painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(x, bed.top()), QPointF(x, bed.bottom()))
            elif mark.kind == "resume":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.muted))
                painter.drawPolygon(
                    QPolygonF([QPointF(x - 2.5, 3), QPointF(x - 2.5, 9), QPointF(x + 3, 6)])
                )
            else:
                color = theme.accent if mark.kind == "checkpoint" else theme.muted
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(color))
                reach = 3.4 if mark.kind == "checkpoint" else 2.2
                painter.drawPolygon(
                    QPolygonF(
                        [
                            middle + QPointF(0, -reach),
                            middle + QPointF(reach, 0),
                            middle + QPointF(0, reach),
                            middle + QPointF(-reach, 0),
                        ]
                    )
                )

    def _paint_playhead(self, painter: QPainter) -> None:
        theme, travel = self._look.theme, self._travel
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self.x_of(travel.elapsed)
        bed = QRectF(SIDE - 4, _MARKS, self._room + 8, HEIGHT - _MARKS - 4)
        if travel.is_past:
            # What has not happened yet is veiled.
            veil = QColor(theme.panel)
            veil.setAlphaF(0.62)
            painter.fillRect(QRectF(x, bed.top(), bed.right() - x, bed.height()), veil)
        if self._pointer is not None:
            painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
            painter.drawLine(
                QPointF(self._pointer, bed.top()), QPointF(self._pointer, bed.bottom())
            )
        color = QColor(theme.warning if travel.is_past else theme.accent)
        painter.setPen(QPen(color, 2))
        painter.drawLine(QPointF(x, bed.top() - 4), QPointF(x, bed.bottom() + 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(x - 4.5, bed.top() - 7, 9, 8), 3, 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(mix(theme.accent, theme.panel, 0.7)), 1.5))
            painter.drawRoundedRect(bed.adjusted(-1, -1, 1, 1), 7, 7)

    # --- the hand

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._travel.stop()
            self._travel.go(self.elapsed_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._travel.go(self.elapsed_at(x))
        self._point(x)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.hovered.emit("")
        self.update()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._travel.step(-1 if turned > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, travel = event.key(), self._travel
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageUp: -_FAR,
            Qt.Key.Key_PageDown: _FAR,
        }
        if key in steps:
            travel.stop()
            travel.step(steps[Qt.Key(key)] * (_FAR if far else 1))
        elif key == Qt.Key.Key_Home:
            travel.stop()
            travel.go_to(0)
        elif key in (Qt.Key.Key_End, Qt.Key.Key_Escape):
            travel.back()
        elif key == Qt.Key.Key_Space:
            travel.toggle_play()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)

    def _point(self, x: float) -> None:
        self._pointer = min(self.width() - SIDE, max(SIDE, x))
        course = self._course
        if course is not None and len(course):
            reach = _REACH / self._room * course.elapsed
            words, _ = words_at(course, self.elapsed_at(x), reach, self._title_of)
            self.hovered.emit(words)
        self.update()
