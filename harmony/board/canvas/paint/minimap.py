"""The melody in small, in a corner: blocks in the colour of their state, and what is in view."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from harmony.board.canvas.paint.ink import color, pen
from harmony.board.status import NodeState
from harmony.board.theme.tokens import Theme, mix
from harmony.foundation.words import translate

SIZE = QSize(168, 96)
MARGIN = 14
_INSET = 7.0
_MANY = 400

Block = tuple[QRectF, NodeState]


class Minimap(QWidget):
    """An overview to steer by. `moved` gives the scene point that is to come to the middle."""

    moved = Signal(QPointF)

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._blocks: tuple[Block, ...] = ()
        self._notes: tuple[QRectF, ...] = ()
        self._seen = QRectF()
        self._whole = QRectF()
        self._held: QTransform | None = None
        self._picture: QPixmap | None = None
        self._drawn_with = QTransform()
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(translate("Overview of the melody"))
        self.setToolTip(translate("Click or drag to move over the melody"))

    @property
    def is_held(self) -> bool:
        """Whether it is being steered by at this moment."""
        return self._held is not None

    def show_melody(self, blocks: Iterable[Block], notes: Iterable[QRectF]) -> None:
        """Show these nodes and notes, in scene units."""
        self._blocks, self._notes = tuple(blocks), tuple(notes)
        self._whole = QRectF()
        for rect in (*(rect for rect, _ in self._blocks), *self._notes):
            self._whole = self._whole.united(rect)
        self._picture = None
        self.update()

    def show_view(self, seen: QRectF) -> None:
        """Show the part of the scene that is in view."""
        if seen != self._seen:
            self._seen = seen
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self._picture = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, small = self._theme, self._small()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # While one only looks about, the blocks stay as they were drawn.
        if self._picture is None or self._drawn_with != small:
            self._picture, self._drawn_with = self._draw(small), small
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(pen(theme.accent, 1.0))
        painter.setBrush(color(theme.accent, 0.05))
        window = small.mapRect(self._seen).intersected(QRectF(self.rect()).adjusted(3, 3, -3, -3))
        painter.drawRect(window)

    def _draw(self, small: QTransform) -> QPixmap:
        theme = self._theme
        picture = QPixmap(self.size() * self.devicePixelRatio())
        picture.setDevicePixelRatio(self.devicePixelRatio())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen(theme.line, 1.0))
        painter.setBrush(color(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        painter.setPen(Qt.PenStyle.NoPen)
        round_corners = len(self._blocks) < _MANY
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, round_corners)
        corner = 1.5 if round_corners else 0.0
        painter.setBrush(color(mix(theme.warning, theme.panel, 0.22)))
        for note in self._notes:
            painter.drawRoundedRect(small.mapRect(note), corner, corner)
        rest = color(mix(theme.faint, theme.panel, 0.85))
        for rect, state in self._blocks:
            strong = state in ("running", "done", "failed")
            painter.setBrush(color(theme.state(state)) if strong else rest)
            painter.drawRoundedRect(small.mapRect(rect), corner, corner)
        painter.end()
        return picture

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            # The picture follows what is in view; held still, it does not run from the pointer.
            self._held = self._small()
            self._steer(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._steer(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._held = None
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def _steer(self, event: QMouseEvent) -> None:
        back, possible = self._small().inverted()
        if possible:
            self.moved.emit(back.map(event.position()))

    def _small(self) -> QTransform:
        """From scene units to the widget: everything there is, and what is in view, fits."""
        if self._held is not None:
            return self._held
        whole = self._seen.united(self._whole)
        area = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        if whole.isEmpty():
            return QTransform()
        scale = min(area.width() / whole.width(), area.height() / whole.height())
        corner = area.center() - whole.center() * scale
        return QTransform(scale, 0, 0, scale, corner.x(), corner.y())
