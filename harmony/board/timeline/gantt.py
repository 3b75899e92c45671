"""The Gantt view: a row a process, a bar an attempt, the critical path outlined, the playhead.

Wheel zooms around the pointer, a drag pans, a click selects the node and the moment; all of it by
keyboard too. What lies under the playhead is painted once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from harmony.board.look import Look
from harmony.board.theme import fonts
from harmony.board.theme.tokens import mix
from harmony.board.timeline.gantt_model import Bar, GanttModel, Row
from harmony.board.timeline.span import Span, ticks
from harmony.board.timeline.times import span_text
from harmony.board.timeline.travel import Travel
from harmony.foundation.words import render

LABEL: Final = 84
LANE: Final = 26
_BAR: Final = 18
_AXIS: Final = 18
_SIDE: Final = 14
_MOST_ROWS: Final = 200
_ZOOM: Final = 1.25
_SHORT: Final = 5.0


class Gantt(QWidget):
    """`task_clicked(node, task)`: it was chosen, and the playhead moved there."""

    task_clicked = Signal(str, str)

    def __init__(
        self,
        look: Look,
        travel: Travel,
        title_of: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._travel, self._title_of = look, travel, title_of
        self._model: GanttModel | None = None
        self._path: frozenset[str] = frozenset()
        self.span = Span()
        self._picture: QPixmap | None = None
        self._pressed: QPointF | None = None
        self._panned = False
        self._chosen: tuple[Row, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(render("timeline.chart_name"))
        self.setAccessibleDescription(render("timeline.chart_help"))
        travel.moved.connect(self.update)
        travel.grew.connect(self.follow)
        look.changed.connect(self._anew)
        self.follow()

    def sizeHint(self) -> QSize:
        rows = min(len(self._model.rows), _MOST_ROWS) if self._model is not None else 0
        return QSize(400, _AXIS + max(1, rows) * LANE + 6)

    def show_path(self, tasks: Iterable[str]) -> None:
        """Outline the tasks of the critical path."""
        path = frozenset(tasks)
        if path != self._path:
            self._path = path
            self._anew()

    def follow(self) -> None:
        """More of the run is known, or another run is shown."""
        course = self._travel.course
        if course is None:
            self._model = None
        elif self._model is None or self._model.course is not course:
            self._model = GanttModel(course)
            self.span = Span()
            self._chosen = None
        if self._model is not None:
            self._model.grow()
            self.span.fit(self._model.now)
        self.setMinimumHeight(self.sizeHint().height())
        self._anew()

    # --- between time and pixels

    def x_of(self, elapsed: float) -> float:
        """Where a moment lies."""
        return LABEL + _SIDE + self.span.share(elapsed) * self._room

    def elapsed_at(self, x: float) -> float:
        """Which moment lies there."""
        return self.span.at((x - LABEL - _SIDE) / self._room)

    def bar_rect(self, row: int, number: int) -> QRectF:
        """Where a bar lies."""
        assert self._model is not None
        found = self._model.rows[row]
        left = self.x_of(found.begins[number])
        right = self.x_of(found.end_of(number, self._model.now))
        top = _AXIS + row * LANE + (LANE - _BAR) / 2
        return QRectF(left, top, max(2.0, right - left - 1), _BAR)

    @property
    def model(self) -> GanttModel | None:
        """What is shown; None while the run is read."""
        return self._model

    @property
    def chosen(self) -> Bar | None:
        """The bar that the keyboard stands at."""
        return self._chosen[0].bars[self._chosen[1]] if self._chosen is not None else None

    @property
    def _room(self) -> float:
        return max(1.0, self.width() - LABEL - 2 * _SIDE)

    # --- painting

    def _anew(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            self._picture = self._drawn()
        painter.drawPixmap(0, 0, self._picture)
        if self._model is not None and self._model.rows:
            self._paint_over(painter, self._model)
        painter.end()

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        theme = self._look.theme
        picture.fill(QColor(theme.panel))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        model = self._model
        if model is None or not model.rows:
            painter.setPen(QColor(theme.muted))
            words = "timeline.reading" if model is None else "timeline.nothing_ran"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, render(words))
        else:
            self._paint_axis(painter, model)
            for number, row in enumerate(model.rows[:_MOST_ROWS]):
                self._paint_row(painter, number, row, model.now)
        painter.end()
        return picture

    def _paint_axis(self, painter: QPainter, model: GanttModel) -> None:
        theme = self._look.theme
        painter.setFont(fonts.sans(11))
        bottom = _AXIS + min(len(model.rows), _MOST_ROWS) * LANE
        for elapsed, words in ticks(self.span, max(2, int(self._room / 90))):
            x = round(self.x_of(elapsed)) + 0.5
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(x, _AXIS - 3), QPointF(x, bottom))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x + 4, _AXIS - 6), words)

    def _paint_row(self, painter: QPainter, number: int, row: Row, now: float) -> None:
        theme = self._look.theme
        top = _AXIS + number * LANE
        painter.setFont(fonts.sans(12))
        painter.setPen(QColor(theme.muted))
        label = QRectF(_SIDE, top, LABEL - 6, LANE)
        painter.drawText(
            label,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            render("timeline.row", number=number + 1),
        )
        lane = QRectF(LABEL + _SIDE, top + (LANE - _BAR) / 2, self._room, _BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(lane, 4, 4)
        painter.save()
        painter.setClipRect(lane.adjusted(0, -3, 0, 3))
        pixel = self.span.length / self._room
        begin, end = self.span.begin, self.span.end
        before = -1.0
        short: dict[str, list[QRectF]] = {}
        for index in row.visible(begin, end, pixel, now):
            rect, bar = self.bar_rect(number, index), row.bars[index]
            if rect.width() <= _SHORT:
                # Hundreds of them: one stroke for all of a kind.
                short.setdefault(bar.kind, []).append(rect)
            else:
                self._paint_wait(painter, bar, rect, before)
                self._paint_bar(painter, bar, rect)
            before = rect.right()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for kind, rects in short.items():
            painter.setBrush(QColor(mix(self._color(kind), theme.raised, 0.75)))
            painter.drawRects(rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in row.visible_failures(begin, end, pixel):
            self._paint_bar(painter, row.bars[index], self.bar_rect(number, index))
        painter.restore()

    def _color(self, kind: str) -> str:
        theme = self._look.theme
        return {
            "running": theme.accent,
            "done": theme.done,
            "failed": theme.failed,
            "retry": theme.warning,
        }.get(kind, theme.faint)

    def _paint_wait(self, painter: QPainter, bar: Bar, rect: QRectF, before: float) -> None:
        """A thin light line, from when the task was ready or the process free."""
        left = max(self.x_of(bar.ready), before)
        if rect.left() - left > 2:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(self._look.theme.muted, self._look.theme.raised, 0.35)))
            line = QRectF(left, rect.center().y() - 1.5, rect.left() - left, 3)
            painter.drawRect(line)

    def _paint_bar(self, painter: QPainter, bar: Bar, rect: QRectF) -> None:
        theme, color = self._look.theme, self._color(bar.kind)
        ground = QColor(mix(color, theme.raised, 0.30))
        wide = rect.width() > _SHORT
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground if wide else QColor(mix(color, theme.raised, 0.75)))
        if not wide:
            painter.drawRect(rect)
        else:
            painter.drawRoundedRect(rect, 4, 4)
            if bar.kind in ("failed", "retry", "cancelled"):
                hatch = QColor(mix(color, theme.raised, 0.62))
                painter.setBrush(QBrush(hatch, Qt.BrushStyle.BDiagPattern))
                painter.drawRoundedRect(rect, 4, 4)
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(QRectF(rect.left(), rect.top(), 3, rect.height()), 1.5, 1.5)
        if bar.task in self._path:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.text), 1.6))
            painter.drawRoundedRect(rect.adjusted(0.5, -1, -0.5, 1), 4, 4)
        if rect.width() > 44:
            painter.setFont(fonts.sans(11))
            painter.setPen(QColor(theme.text))
            text = rect.adjusted(9, 0, -5, 0)
            title = painter.fontMetrics().elidedText(
                self._title_of(bar.node), Qt.TextElideMode.ElideRight, int(text.width())
            )
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_over(self, painter: QPainter, model: GanttModel) -> None:
        theme, travel = self._look.theme, self._travel
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = _AXIS + min(len(model.rows), _MOST_ROWS) * LANE
        if self.span.begin <= travel.elapsed <= self.span.end:
            x = self.x_of(travel.elapsed)
            painter.setPen(QPen(QColor(theme.warning if travel.is_past else theme.accent), 1.5))
            painter.drawLine(QPointF(x, _AXIS - 6), QPointF(x, bottom))
        if self._chosen is not None and self.hasFocus():
            row, number = self._chosen
            rect = self.bar_rect(model.rows.index(row), number)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRoundedRect(rect.adjusted(-2, -3, 2, 3), 5, 5)

    # --- the hand

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.zoom(_ZOOM if turned > 0 else 1 / _ZOOM, event.position().x())
        event.accept()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Show a shorter or longer span, around a place; without one around the playhead."""
        if self._model is None:
            return
        around = self.elapsed_at(x) if x is not None else self._travel.elapsed
        self.span.zoom(factor, around, self._model.now)
        self._anew()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._panned = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            shift = place.x() - self._pressed.x()
            far = abs(shift) >= QApplication.startDragDistance()
            if (far or self._panned) and self._model is not None:
                self._panned, self._pressed = True, place
                self.span.pan(-shift / self._room * self.span.length, self._model.now)
                self._anew()
            return
        over = self._bar_at(place) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if event.button() != Qt.MouseButton.LeftButton or pressed is None or self._panned:
            return
        found = self._bar_at(event.position())
        self._travel.stop()
        self._travel.go(self.elapsed_at(event.position().x()))
        if found is not None:
            self._chosen = found
            bar = found[0].bars[found[1]]
            self.task_clicked.emit(bar.node, bar.task)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._walk(-1 if key == Qt.Key.Key_Left else 1, 0)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._walk(0, -1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            bar = self.chosen
            if bar is not None:
                self._travel.go(bar.begin)
                self.task_clicked.emit(bar.node, bar.task)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_ZOOM)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / _ZOOM)
        elif key == Qt.Key.Key_0:
            self.zoom(0.0)
        elif key == Qt.Key.Key_Escape:
            self._travel.back()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._bar_at(QPointF(event.pos()))
            if found is not None:
                QToolTip.showText(event.globalPos(), self.words(found[0].bars[found[1]]), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def words(self, bar: Bar) -> str:
        """What a bar says of its attempt."""
        end = bar.end if bar.end is not None else self._travel.elapsed
        words = render(
            "timeline.bar",
            node=self._title_of(bar.node),
            task=bar.task,
            attempt=bar.attempt,
            what=render(f"board.state_{'failed' if bar.kind == 'retry' else bar.kind}"),
            time=span_text(max(0.0, end - bar.begin)),
        )
        if bar.waited > 0:
            words += " · " + render("timeline.bar_waited", time=span_text(bar.waited))
        if bar.task in self._path:
            words += " · " + render("timeline.bar_on_path")
        return words

    def _bar_at(self, place: QPointF) -> tuple[Row, int] | None:
        model = self._model
        number = int((place.y() - _AXIS) // LANE)
        if model is None or not 0 <= number < min(len(model.rows), _MOST_ROWS):
            return None
        row = model.rows[number]
        reach = 2 * self.span.length / self._room
        found = row.at(self.elapsed_at(place.x()), reach, model.now)
        return (row, row.bars.index(found)) if found is not None else None

    def _walk(self, along: int, down: int) -> None:
        """Go to the next bar of the row, or to the one of the next row at about the same time."""
        model = self._model
        if model is None or not model.rows:
            return
        if self._chosen is None:
            self._chosen = (model.rows[0], 0)
        else:
            row, number = self._chosen
            if along:
                self._chosen = (row, min(len(row.bars) - 1, max(0, number + along)))
            else:
                place = min(len(model.rows) - 1, max(0, model.rows.index(row) + down))
                other, begin = model.rows[place], row.begins[number]
                nearest = min(range(len(other.bars)), key=lambda n: abs(other.begins[n] - begin))
                self._chosen = (other, nearest)
        row, number = self._chosen
        self.span.show(row.begins[number], model.now)
        self.setAccessibleDescription(self.words(row.bars[number]))
        self._anew()
