"""What a difference looks like on the canvas: a frame and a word, told apart without colour.

Added: a whole frame and `+ added`. Changed: a dashed frame and `~ changed`. Removed: a ghost at the
old place, a dotted frame and `− removed`. A wire has its sign in its middle.
"""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from harmony.board.canvas.face import NodeFace
from harmony.board.canvas.geometry import Wire
from harmony.board.canvas.paint.ink import color, font, metrics, pen
from harmony.board.canvas.paint.node_painter import MARGIN, NodeLook, paint_node
from harmony.board.theme.tokens import NODE_RADIUS, Theme, mix
from harmony.foundation.words import render

Kind = Literal["added", "changed", "removed"]

SIGNS: Final[dict[Kind, str]] = {"added": "+", "changed": "~", "removed": "−"}
_LINES: Final[dict[Kind, Qt.PenStyle]] = {
    "added": Qt.PenStyle.SolidLine,
    "changed": Qt.PenStyle.DashLine,
    "removed": Qt.PenStyle.DotLine,
}
_GROW: Final = 5.0
_PILL: Final = 20.0
_SIGN: Final = 9.0
_Z_UNDER_NODES: Final = 1.5
_Z_OVER_ALL: Final = 3.5


def hue_of(theme: Theme, kind: Kind) -> str:
    """The colour of a kind of difference."""
    return {"added": theme.done, "changed": theme.warning, "removed": theme.failed}[kind]


def words_of(kind: Kind) -> str:
    """What stands on the mark."""
    words = {
        "added": render("versions.mark_added"),
        "changed": render("versions.mark_changed"),
        "removed": render("versions.mark_removed"),
    }
    return f"{SIGNS[kind]} {words[kind]}"


class FrameItem(QGraphicsItem):
    """Round a node or a note: a frame with a word. `face` is what is gone, painted as a ghost."""

    def __init__(
        self, theme: Theme, kind: Kind, rect: QRectF, face: NodeFace | None = None
    ) -> None:
        super().__init__()
        self.kind, self.face = kind, face
        self._theme = theme
        self._rect = QRectF(0, 0, rect.width(), rect.height())
        self.setPos(rect.topLeft())
        self.setZValue(_Z_UNDER_NODES if face is not None else _Z_OVER_ALL)

    def boundingRect(self) -> QRectF:
        room = max(MARGIN, _GROW + _PILL)
        return self._rect.adjusted(-room, -room, room, room)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.face is not None:
            paint_node(painter, self._theme, self.face, NodeLook(faded=True))
        hue, radius = hue_of(self._theme, self.kind), NODE_RADIUS + _GROW
        painter.setPen(QPen(color(hue), 2.0, _LINES[self.kind]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._rect.adjusted(-_GROW, -_GROW, _GROW, _GROW), radius, radius)
        words = words_of(self.kind)
        width = metrics("chip").horizontalAdvance(words) + 18.0
        pill = QRectF(self._rect.right() - width - 8.0, -_GROW - _PILL / 2, width, _PILL)
        _paint_pill(painter, self._theme, hue, pill, words)


class WireMarkItem(QGraphicsItem):
    """Along a wire: a broad line with a sign in the middle."""

    def __init__(self, theme: Theme, kind: Kind, curve: Wire) -> None:
        super().__init__()
        self.kind = kind
        self._theme, self._curve = theme, curve
        self.setZValue(_Z_UNDER_NODES)

    def boundingRect(self) -> QRectF:
        room = _SIGN + 4.0
        return self._curve.bounds().adjusted(-room, -room, room, room)

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hue = hue_of(self._theme, self.kind)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.kind == "added":
            painter.setPen(pen(hue, 7.0, 0.4))
            painter.drawPath(self._curve.path())
        painter.setPen(QPen(color(hue), 2.0, _LINES[self.kind]))
        painter.drawPath(self._curve.path())
        middle = self._curve.at(0.5)
        corner = middle - QPointF(_SIGN, _SIGN)
        disc = QRectF(corner.x(), corner.y(), 2 * _SIGN, 2 * _SIGN)
        _paint_pill(painter, self._theme, hue, disc, SIGNS[self.kind])


def _paint_pill(painter: QPainter, theme: Theme, hue: str, pill: QRectF, words: str) -> None:
    painter.setPen(QPen(color(hue), 1.2))
    painter.setBrush(color(mix(hue, theme.card, 0.18)))
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
    painter.setFont(font("chip"))
    painter.setPen(color(theme.text))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
