"""A melody as a small picture: its nodes and wires, for a card of the gallery."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from harmony.board.gallery.preview import Line, Preview
from harmony.board.look import Look
from harmony.board.theme.icons import renderer
from harmony.board.theme.tokens import mix

_NODE: Final = (186.0, 108.0)
_LARGEST_SCALE: Final = 0.34


class GraphPreview(QWidget):
    """Paints a melody to fit."""

    def __init__(
        self,
        preview: Preview,
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._preview, self._look = preview, look
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedHeight(120)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(260, 120)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.canvas))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        if self._preview.boxes:
            self._paint_preview(painter)
        painter.end()

    def _paint_preview(self, painter: QPainter) -> None:
        theme, boxes = self._look.theme, self._preview.boxes
        left = min(box.x for box in boxes)
        top = min(box.y for box in boxes)
        width = max(box.x for box in boxes) - left + _NODE[0]
        height = max(box.y for box in boxes) - top + _NODE[1]
        room = QRectF(self.rect()).adjusted(14, 14, -14, -14)
        scale = min(room.width() / width, room.height() / height, _LARGEST_SCALE)
        move_x = room.center().x() - (left + width / 2) * scale
        move_y = room.center().y() - (top + height / 2) * scale
        places = [
            QRectF(
                box.x * scale + move_x,
                box.y * scale + move_y,
                _NODE[0] * scale,
                _NODE[1] * scale * 0.72,
            )
            for box in boxes
        ]
        for line in self._preview.lines:
            self._paint_line(painter, places[line.source], places[line.target], line)
        for box, place in zip(boxes, places, strict=True):
            color = theme.kind(box.kind)
            radius = min(6.0, place.height() / 4)
            painter.setPen(QPen(QColor(mix(color, theme.card_line, 0.45)), 1))
            painter.setBrush(QColor(mix(color, theme.card, 0.12)))
            painter.drawRoundedRect(place, radius, radius)
            side = min(place.height() * 0.56, 14.0)
            if side >= 6:
                picture = QRectF(0, 0, side, side)
                picture.moveCenter(place.center())
                renderer(box.icon, color).render(painter, picture)

    def _paint_line(self, painter: QPainter, begin: QRectF, end: QRectF, line: Line) -> None:
        color = self._look.theme.port(line.type)
        first = QPointF(begin.right(), begin.center().y())
        last = QPointF(end.left(), end.center().y())
        bend = max(8.0, abs(last.x() - first.x()) / 2)
        path = QPainterPath(first)
        path.cubicTo(first + QPointF(bend, 0), last - QPointF(bend, 0), last)
        painter.setPen(QPen(QColor(color), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
