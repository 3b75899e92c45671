"""What lies over the canvas and does not scroll with it: minimap, bubble, and the first words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsView, QLabel

from harmony.board.canvas.bubble import Bubble
from harmony.board.canvas.paint.minimap import MARGIN, SIZE, Minimap
from harmony.board.canvas.scene import CanvasScene
from harmony.board.status import IDLE
from harmony.board.theme.tokens import Theme
from harmony.foundation.words import translate

_ROOM_FOR_MAP = (520, 320)
_LARGE = (860, 560)
_REFUSAL_SHOWN = 5000


class Overlays:
    """Children of the view, kept in their places."""

    def __init__(
        self, view: QGraphicsView, scene: CanvasScene, steer: Callable[[QPointF], None]
    ) -> None:
        self._view = view
        self._scene = scene
        self.minimap = Minimap(view, scene.theme)
        self.minimap.moved.connect(steer)
        self.bubble = Bubble(view, scene.theme)
        self.hint = QLabel(
            translate("Double-click to add a Player, or drag one here from the palette"), view
        )
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self._asking = False
        self._bounds, self._seen = QRectF(), QRectF()
        self.set_theme(scene.theme)

    def place(self) -> None:
        """Take the places that the size of the view leaves."""
        size = self._view.size()
        self.minimap.move(
            size.width() - SIZE.width() - MARGIN, size.height() - SIZE.height() - MARGIN
        )
        self.hint.setGeometry(self._view.rect().adjusted(32, 0, -32, 0))
        self.show_melody()

    def show_melody(self) -> None:
        """Show the nodes as they are now."""
        layout, statuses = self._scene.layout, self._scene.statuses
        self.hint.setVisible(not layout.rects and not layout.notes)
        self._bounds = layout.bounds()
        self.minimap.show_melody(
            ((rect, statuses.get(key, IDLE).state) for key, rect in layout.rects.items()),
            layout.notes.values(),
        )
        self._show_map()

    def show_view(self, seen: QRectF) -> None:
        """Show which part of the scene is in view."""
        self._seen = seen
        self.minimap.show_view(seen)
        self._show_map()

    def _show_map(self) -> None:
        """The minimap is there when something lies out of view; in a small view it gives way to
        the nodes that it would cover."""
        if self.minimap.is_held:
            return
        width, height = self._view.width(), self._view.height()
        room = width >= _ROOM_FOR_MAP[0] and height >= _ROOM_FOR_MAP[1]
        needed = not self._bounds.isEmpty() and not self._seen.contains(self._bounds)
        large = width >= _LARGE[0] and height >= _LARGE[1]
        self.minimap.setVisible(room and needed and (large or not self._covers()))

    def _covers(self) -> bool:
        under = self.minimap.geometry().adjusted(-8, -8, 0, 0)
        rect = self._view.mapToScene(under).boundingRect()
        return bool(self._scene.layout.nodes_in(rect) or self._scene.layout.notes_in(rect))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self.minimap.set_theme(theme)
        self.bubble.set_theme(theme)
        self.hint.setStyleSheet(f"color: {theme.muted}; background: transparent;")

    def reason(self, text: str, near: QPoint) -> None:
        """Say why a wire does not fit here, as long as it is held here."""
        if text:
            self.bubble.say(text, near, refusal=True)
            self._asking = True
        elif self._asking:
            self.bubble.hide()
            self._asking = False

    def prompt(self, text: str, near: QPoint) -> None:
        """Ask something near a point; empty words end the asking."""
        if text:
            self.bubble.say(text, near, refusal=False)
        else:
            self.bubble.hide()

    def refuse(self, text: str, near: QPoint) -> None:
        """Say why something was refused, for a while."""
        self._asking = False
        self.bubble.say(text, near, refusal=True, milliseconds=_REFUSAL_SHOWN)
