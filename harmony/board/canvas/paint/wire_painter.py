"""Paints wires: a curve in the colour of its type, broad when it maps, moving dashes while in use.

At rest it is solid when its target needs it, dashed when soft, dotted when optional.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from harmony.board.canvas.geometry import Wire
from harmony.board.canvas.paint.ink import color, font, metrics, pen
from harmony.board.theme.tokens import Theme
from harmony.melody.model import Dependency

WIDTH: Final = 2.0
REACH: Final = 8.0
CHIP_HEIGHT: Final = 18.0
_DASH = (3.0, 2.6)
# In widths of the line, with round caps: what asks less of its source is thinner on the canvas too.
_PATTERNS: Final[dict[Dependency, tuple[float, float]]] = {
    "soft": (5.0, 3.5),
    "optional": (0.1, 2.8),
}

WireUse = Literal["rest", "running", "dim"]


@dataclass(frozen=True, slots=True)
class WireLook:
    """How a wire looks. `hue` is the colour of its type; `phase` (scene units) moves the dashes."""

    hue: str
    mapped: bool = False
    use: WireUse = "rest"
    selected: bool = False
    hovered: bool = False
    target: bool = False
    faded: bool = False
    phase: float = 0.0
    dependency: Dependency = "hard"


def paint_wire(
    painter: QPainter, theme: Theme, wire: Wire, look: WireLook, scale: float = 1.0
) -> None:
    """Paint a wire in scene coordinates. `scale` is the zoom."""
    alpha = 0.38 if look.use == "dim" else 1.0
    if look.faded:
        alpha *= 0.3
    # Seen from afar a wire must not grow thinner than a hair.
    width = max(WIDTH, 1.2 / scale)
    path = wire.path()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if look.selected or look.target:
        painter.setPen(pen(theme.accent, width + 5.0, 0.45))
        painter.drawPath(path)
    elif look.hovered:
        painter.setPen(pen(look.hue, width + 5.0, 0.22))
        painter.drawPath(path)
    if look.mapped:
        painter.setPen(pen(look.hue, width + 4.0, 0.30 * alpha))
        painter.drawPath(path)
    if look.use == "running":
        dashed = QPen(color(look.hue, alpha), width, Qt.PenStyle.CustomDashLine)
        dashed.setCapStyle(Qt.PenCapStyle.FlatCap)
        dashed.setDashPattern(list(_DASH))
        dashed.setDashOffset(-look.phase / width)
        painter.setPen(dashed)
    elif look.dependency in _PATTERNS:
        loose = QPen(pen(look.hue, width, alpha))
        loose.setDashPattern(list(_PATTERNS[look.dependency]))
        painter.setPen(loose)
    else:
        painter.setPen(pen(look.hue, width, alpha))
    painter.drawPath(path)


def paint_draft(
    painter: QPainter, theme: Theme, wire: Wire, hue: str, refused: bool, scale: float
) -> None:
    """Paint a wire that is being drawn, with a dot at its loose end."""
    shade = theme.failed if refused else hue
    line = QPen(color(shade), max(WIDTH, 1.2 / scale))
    line.setCapStyle(Qt.PenCapStyle.RoundCap)
    if refused:
        line.setStyle(Qt.PenStyle.DashLine)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line)
    painter.drawPath(wire.path())


def paint_end(painter: QPainter, theme: Theme, at: QPointF, hue: str, refused: bool) -> None:
    """Paint the dot at the loose end of a wire that is being drawn."""
    painter.setPen(pen(theme.canvas, 2.0))
    painter.setBrush(color(theme.failed if refused else hue))
    painter.drawEllipse(at, 4.5, 4.5)


def chip_text(count: int | None) -> str:
    """What the chip of a mapped wire says; `×N` before the number is known."""
    return f"×{count:,}" if count is not None else "×N"


def chip_rect(wire: Wire, text: str) -> QRectF:
    """Where the chip of a mapped wire lies: over its end."""
    width = metrics("chip").horizontalAdvance(text) + 16.0
    # Over the end of the wire, clear of the port that it enters.
    return QRectF(round(wire.end.x() - 8.0 - width), round(wire.end.y() - 26.0), width, CHIP_HEIGHT)


def paint_chip(painter: QPainter, theme: Theme, rect: QRectF, text: str) -> None:
    """Paint the chip that says how many tasks a mapped wire makes."""
    painter.setPen(pen(theme.line, 1.0))
    painter.setBrush(color(theme.raised))
    body = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(body, CHIP_HEIGHT / 2 - 0.5, CHIP_HEIGHT / 2 - 0.5)
    painter.setFont(font("chip"))
    painter.setPen(color(theme.muted))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
