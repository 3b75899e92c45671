"""The state of a node as a shape: told apart without colour, drawn in a square of about 17.

Dotted ring waiting, arc running with its share, tick done, turning arrow reused, cross failed,
dash skipped, square cancelled; a triangle for what validation found. A flag on the card stands for
the bottleneck of the run, a pin for outputs that are not made but taken as they were pinned.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from harmony.board.canvas.paint.ink import color, font, pen
from harmony.board.status import NodeStatus
from harmony.board.theme.icons import renderer
from harmony.board.theme.tokens import Theme, mix
from harmony.foundation.words import render

_LINE = 1.6


def paint_badge(
    painter: QPainter, theme: Theme, status: NodeStatus, rect: QRectF, turn: float
) -> None:
    """Paint the shape of a state. `turn` (0 to 1) turns the arc of work of unknown length."""
    hue = theme.state(status.state)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match status.state:
        case "idle":
            return
        case "waiting":
            dotted = QPen(color(theme.faint), _LINE, Qt.PenStyle.CustomDashLine)
            dotted.setCapStyle(Qt.PenCapStyle.RoundCap)
            # Twelve dots on the ring: lengths count in pen widths.
            around = math.pi * (rect.width() - _LINE) / _LINE
            dotted.setDashPattern([0.9, around / 12 - 0.9])
            painter.setPen(dotted)
            painter.drawEllipse(_inner(rect))
        case "running":
            _arc(painter, theme, status.share(), rect, turn)
        case "done":
            _ring(painter, hue, rect)
            _lines(painter, hue, rect, ((0.28, 0.52), (0.44, 0.67), (0.73, 0.35)))
        case "failed":
            painter.setBrush(color(hue, 0.14))
            _ring(painter, hue, rect)
            _lines(painter, hue, rect, ((0.34, 0.34), (0.66, 0.66)))
            _lines(painter, hue, rect, ((0.66, 0.34), (0.34, 0.66)))
        case "reused":
            _ring(painter, hue, rect)
            _turning_arrow(painter, hue, rect)
        case "skipped":
            _ring(painter, hue, rect)
            _lines(painter, hue, rect, ((0.32, 0.5), (0.68, 0.5)))
        case "cancelled":
            _ring(painter, hue, rect)
            side = rect.width() * 0.30
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(hue))
            corner = rect.center() - QPointF(side / 2, side / 2)
            painter.drawRoundedRect(QRectF(corner.x(), corner.y(), side, side), 1.2, 1.2)


def paint_finding(painter: QPainter, theme: Theme, severity: str, rect: QRectF) -> None:
    """Paint the triangle that says: validation found something here."""
    hue = theme.failed if severity == "error" else theme.warning
    area = rect.adjusted(1.0, 0.5, -1.0, -1.5)
    triangle = QPainterPath()
    triangle.addPolygon(
        QPolygonF([QPointF(area.center().x(), area.top()), area.bottomRight(), area.bottomLeft()])
    )
    triangle.closeSubpath()
    painter.setPen(pen(hue, _LINE))
    painter.setBrush(color(hue, 0.16))
    painter.drawPath(triangle)
    middle = area.center().x()
    painter.drawLine(
        QPointF(middle, area.top() + area.height() * 0.40),
        QPointF(middle, area.top() + area.height() * 0.62),
    )
    painter.setPen(pen(hue, 1.8))
    painter.drawPoint(QPointF(middle, area.top() + area.height() * 0.82))


def paint_bottleneck(painter: QPainter, theme: Theme, card: QRectF) -> None:
    """Paint the mark of the node that a run took longest for: a small flag on the card's edge."""
    words = render("board.bottleneck")
    painter.setFont(font("chip"))
    width = painter.fontMetrics().horizontalAdvance(words) + 16.0
    flag = QRectF(card.left() + 11.0, card.top() - 9.0, width, 18.0)
    painter.setPen(pen(mix(theme.warning, theme.card, 0.55), 1.0))
    painter.setBrush(color(mix(theme.warning, theme.card, 0.16)))
    painter.drawRoundedRect(flag, 9.0, 9.0)
    painter.setPen(color(theme.warning))
    painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, words)


def paint_pin(painter: QPainter, theme: Theme, card: QRectF, *, words: bool) -> None:
    """Paint the mark of a node whose outputs are pinned, on the card's edge at its right."""
    text = render("board.pinned") if words else ""
    painter.setFont(font("chip"))
    width = painter.fontMetrics().horizontalAdvance(text) + 29.0 if words else 18.0
    flag = QRectF(card.right() - 11.0 - width, card.top() - 9.0, width, 18.0)
    painter.setPen(pen(mix(theme.accent, theme.card, 0.55), 1.0))
    painter.setBrush(color(mix(theme.accent, theme.card, 0.16)))
    painter.drawRoundedRect(flag, 9.0, 9.0)
    left = flag.left() + (7.0 if words else 3.0)
    renderer("pin", theme.accent).render(painter, QRectF(left, flag.top() + 3.0, 12.0, 12.0))
    painter.setPen(color(theme.accent))
    place = QRectF(left + 15.0, flag.top(), width, flag.height())
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _inner(rect: QRectF) -> QRectF:
    return rect.adjusted(_LINE / 2, _LINE / 2, -_LINE / 2, -_LINE / 2)


def _ring(painter: QPainter, hue: str, rect: QRectF) -> None:
    painter.setPen(pen(hue, _LINE))
    painter.drawEllipse(_inner(rect))


def _lines(
    painter: QPainter, hue: str, rect: QRectF, points: tuple[tuple[float, float], ...]
) -> None:
    painter.setPen(pen(hue, _LINE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    corner = rect.topLeft()
    painter.drawPolyline([corner + QPointF(x * rect.width(), y * rect.height()) for x, y in points])


def _arc(painter: QPainter, theme: Theme, share: float | None, rect: QRectF, turn: float) -> None:
    inner = rect.adjusted(1.2, 1.2, -1.2, -1.2)
    painter.setPen(QPen(color(theme.line), 2.4))
    painter.drawEllipse(inner)
    arc = QPen(color(theme.accent), 2.4)
    arc.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(arc)
    # Qt counts in sixteenths of a degree, against the clock from three o'clock.
    if share is None:
        painter.drawArc(inner, round((90 - 360 * turn) * 16), -100 * 16)
    elif share > 0:
        painter.drawArc(inner, 90 * 16, round(-360 * 16 * share))


def _turning_arrow(painter: QPainter, hue: str, rect: QRectF) -> None:
    painter.setPen(pen(hue, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = rect.width() * 0.185
    middle = rect.center()
    loop = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
    painter.drawArc(loop, 40 * 16, 285 * 16)
    tip = middle + QPointF(
        radius * math.cos(math.radians(40)), -radius * math.sin(math.radians(40))
    )
    painter.drawPolyline(
        [tip + QPointF(0.4, -2.6), tip + QPointF(0.2, 0.3), tip + QPointF(-2.7, 0.2)]
    )
