"""A melody as a small picture: its nodes and wires, for a card of the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from harmony.board.look import Look, player_icon
from harmony.board.theme.icons import renderer
from harmony.board.theme.tokens import mix
from harmony.melody.model import Melody
from harmony.melody.part_specs import with_parts
from harmony.players.specs import PlayerSpec

_NODE: Final = (186.0, 108.0)
_LARGEST_SCALE: Final = 0.34


class GraphPreview(QWidget):
    """Paints a melody to fit."""

    def __init__(
        self,
        melody: Melody,
        lookup: Callable[[str], PlayerSpec | None],
        look: Look,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._melody, self._look = melody, look
        self._lookup = with_parts(melody, lookup)
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
        if self._melody.nodes:
            self._paint_melody(painter)
        painter.end()

    def _paint_melody(self, painter: QPainter) -> None:
        theme, nodes = self._look.theme, self._melody.nodes
        left = min(node.x for node in nodes.values())
        top = min(node.y for node in nodes.values())
        width = max(node.x for node in nodes.values()) - left + _NODE[0]
        height = max(node.y for node in nodes.values()) - top + _NODE[1]
        room = QRectF(self.rect()).adjusted(14, 14, -14, -14)
        scale = min(room.width() / width, room.height() / height, _LARGEST_SCALE)
        move_x = room.center().x() - (left + width / 2) * scale
        move_y = room.center().y() - (top + height / 2) * scale
        places = {
            node.id: QRectF(
                node.x * scale + move_x,
                node.y * scale + move_y,
                _NODE[0] * scale,
                _NODE[1] * scale * 0.72,
            )
            for node in nodes.values()
        }
        for wire in self._melody.connections:
            if wire.source in places and wire.target in places:
                begin, end = places[wire.source], places[wire.target]
                self._paint_wire(painter, begin, end, wire.source, wire.output)
        for node in nodes.values():
            spec = self._lookup(node.player)
            color = theme.kind(spec.kind if spec else "")
            box = places[node.id]
            radius = min(6.0, box.height() / 4)
            painter.setPen(QPen(QColor(mix(color, theme.card_line, 0.45)), 1))
            painter.setBrush(QColor(mix(color, theme.card, 0.12)))
            painter.drawRoundedRect(box, radius, radius)
            side = min(box.height() * 0.56, 14.0)
            if side >= 6:
                picture = QRectF(0, 0, side, side)
                picture.moveCenter(box.center())
                renderer(player_icon(spec), color).render(painter, picture)

    def _paint_wire(
        self, painter: QPainter, begin: QRectF, end: QRectF, source: str, output: str
    ) -> None:
        spec = self._lookup(self._melody.nodes[source].player)
        port = spec.output(output) if spec is not None else None
        color = self._look.theme.port(port.type if port is not None else "any")
        first = QPointF(begin.right(), begin.center().y())
        last = QPointF(end.left(), end.center().y())
        bend = max(8.0, abs(last.x() - first.x()) / 2)
        path = QPainterPath(first)
        path.cubicTo(first + QPointF(bend, 0), last - QPointF(bend, 0), last)
        painter.setPen(QPen(QColor(color), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
