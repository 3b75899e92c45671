"""Paints the ground: dots on a grid that grows coarser, never denser, as one zooms out."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from harmony.board.canvas.paint.ink import color
from harmony.board.theme.tokens import GRID, Theme, mix

_CLOSEST = 14.0
"""Dots are at least this many screen pixels apart."""


def paint_grid(painter: QPainter, theme: Theme, exposed: QRectF, scale: float) -> None:
    """Fill `exposed` (scene units) with the canvas colour and its dots."""
    painter.fillRect(exposed, color(theme.canvas))
    step = float(GRID)
    while step * scale < _CLOSEST:
        step *= 2
    left, top = math.floor(exposed.left() / step), math.floor(exposed.top() / step)
    columns = math.ceil(exposed.right() / step) - left + 1
    rows = math.ceil(exposed.bottom() / step) - top + 1
    painter.save()
    # Small squares on whole pixels, without smoothing: that costs a sixteenth of round dots, which
    # at this size look no different.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    dots = QPen(color(mix(theme.dot, theme.canvas, 0.8)), 2.0 * max(scale, 1.0))
    dots.setCosmetic(True)
    dots.setCapStyle(Qt.PenCapStyle.SquareCap)
    painter.setPen(dots)
    painter.translate(left * step, top * step)
    painter.drawPoints(_points(columns, rows, step))
    painter.restore()


@lru_cache(maxsize=16)
def _points(columns: int, rows: int, step: float) -> QPolygonF:
    return QPolygonF(
        [QPointF(column * step, row * step) for row in range(rows) for column in range(columns)]
    )
