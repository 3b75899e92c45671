"""The icon of a Player on a rounded ground in the colour of its kind."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from harmony.board.look import Look, player_icon
from harmony.board.theme.icons import renderer
from harmony.board.theme.tokens import Theme, mix
from harmony.players.specs import PlayerSpec


def paint_chip(painter: QPainter, area: QRectF, spec: PlayerSpec | None, theme: Theme) -> None:
    """Draw the chip of a Player into a square area; an unknown Player gets a grey one."""
    color = theme.kind(spec.kind if spec is not None else "")
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(mix(color, theme.panel, theme.chip_share)))
    painter.drawRoundedRect(area, area.width() * 0.23, area.width() * 0.23)
    inset = area.width() * 0.22
    renderer(player_icon(spec), color).render(painter, area.adjusted(inset, inset, -inset, -inset))
    painter.restore()


class PlayerChip(QWidget):
    """A chip as a widget."""

    def __init__(self, look: Look, size: int = 28, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._spec: PlayerSpec | None = None
        self._size = size
        self.setFixedSize(size, size)
        look.changed.connect(self.update)

    def set_spec(self, spec: PlayerSpec | None) -> None:
        """Show the chip of another Player."""
        self._spec = spec
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chip(painter, QRectF(self.rect()), self._spec, self._look.theme)
        painter.end()
