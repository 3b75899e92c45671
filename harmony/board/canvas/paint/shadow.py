"""The soft shadow under a card, drawn once for each size and then laid down as a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from harmony.board.canvas.paint.ink import color

BLUR: Final = 12.0
DROP: Final = 4.0
_STEPS = 12


def paint_shadow(painter: QPainter, rect: QRectF, radius: float, hue: str, share: float) -> None:
    """Lay a shadow under `rect`, as dark as `share` (0 to 1) where it is darkest."""
    before = painter.opacity()
    painter.setOpacity(before * share)
    picture = _picture(rect.width(), rect.height(), radius, hue)
    painter.drawPixmap(QPointF(rect.left() - BLUR, rect.top() - BLUR + DROP), picture)
    painter.setOpacity(before)


@lru_cache(maxsize=128)
def _picture(width: float, height: float, radius: float, hue: str) -> QPixmap:
    picture = QPixmap(round(width + 2 * BLUR), round(height + 2 * BLUR))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    # Drawn dark and laid down lightly: thin layers of a pale shadow would lose their hue to
    # rounding. Layers that shrink inwards add up to a fall-off that is steep at the card and long
    # outside.
    for step in range(_STEPS):
        outside = BLUR * (1 - step / (_STEPS - 1)) ** 1.4
        painter.setBrush(color(hue, 1.6 / _STEPS))
        grown = QRectF(BLUR, BLUR, width, height).adjusted(-outside, -outside, outside, outside)
        painter.drawRoundedRect(grown, radius + outside, radius + outside)
    painter.end()
    return picture
