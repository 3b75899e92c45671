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
        empty = not layout.rects and not layout.notes
        self.hint.setVisible(empty)
        size = self._view.size()
        room = size.width() >= _ROOM_FOR_MAP[0] and size.height() >= _ROOM_FOR_MAP[1]
        self.minimap.setVisible(room and not empty)
        self.minimap.show_melody(
            ((rect, statuses.get(key, IDLE).state) for key, rect in layout.rects.items()),
            layout.notes.values(),
        )

    def covered_strip(self) -> int:
        """How much of the bottom of the view must stay clear for the minimap to cover no node."""
        if self.minimap.isHidden():
            return 0
        map_rect = QRectF(self.minimap.geometry()).adjusted(-8, -8, 0, 0)
        under = self._view.mapToScene(map_rect.toRect()).boundingRect()
        layout = self._scene.layout
        covered = layout.nodes_in(under) or layout.notes_in(under)
        return SIZE.height() + MARGIN // 2 if covered else 0

    def show_view(self, seen: QRectF) -> None:
        """Show which part of the scene is in view."""
        self.minimap.show_view(seen)

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
