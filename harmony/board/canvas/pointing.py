"""The hand on the canvas: turns mouse and drag-and-drop events into gestures.

Holds what a hand has: where the pointer is, what it may do, whether Space makes it the panning
hand, and the scrolling of a drag that nears the edge of the view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView

from harmony.board.canvas.camera import Camera, edge_way
from harmony.board.canvas.conducting import GestureRunner
from harmony.board.canvas.gestures import zoom
from harmony.board.canvas.gestures.choosing import Situation, choose
from harmony.board.canvas.gestures.drop_player import DropPlayer, player_id
from harmony.board.canvas.gestures.gesture import Pointer, strayed
from harmony.board.canvas.gestures.pan import Pan
from harmony.board.canvas.hit import Hit, NoteHit, PortHit, hit_at
from harmony.board.canvas.scene import CanvasScene

_FRAME: Final = 16
_Held = Qt.KeyboardModifier


class Pointing:
    """One pointer over one view."""

    def __init__(
        self, view: QGraphicsView, scene: CanvasScene, camera: Camera, runner: GestureRunner
    ) -> None:
        self._view = view
        self._scene = scene
        self._camera = camera
        self._runner = runner
        self.can_edit = self.can_move = True
        self.pointer: Pointer | None = None
        self._hand = False
        self._pressed_at = QPoint()
        self._edge = QTimer(view, interval=_FRAME)
        self._edge.timeout.connect(self._scroll_at_edge)

    # --- where things are

    def pointer_at(self, view: QPoint, held: _Held) -> Pointer:
        """The pointer at a place of the viewport, with these keys held."""
        return Pointer(
            self._view.mapToScene(view),
            view,
            self._view.viewport().mapToGlobal(view),
            bool(held & _Held.ShiftModifier),
            bool(held & _Held.ControlModifier),
            bool(held & _Held.AltModifier),
        )

    def hit(self, pointer: Pointer) -> Hit | None:
        """What lies under the pointer."""
        return hit_at(self._scene.layout, pointer.scene, self._camera.scale)

    # --- the mouse

    def press(self, event: QMouseEvent) -> None:
        """A button goes down: a gesture begins. A second button gives a drag up."""
        self._camera.take_hold()
        if self._runner.gesture is not None:
            self.stop()
            return
        pointer = self.pointer = self._at(event)
        self._pressed_at = pointer.view
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (self._hand and left):
            self._runner.begin(Pan(pointer))
        elif left:
            gesture, selection = choose(self.hit(pointer), pointer, self._situation())
            self._runner.begin(gesture, selection)
            self._edge.start()
        self._show_cursor()

    def move(self, event: QMouseEvent) -> None:
        """The pointer moves, with or without a gesture."""
        pointer = self.pointer = self._at(event)
        if self._runner.gesture is None:
            self._scene.hover(self.hit(pointer))
            self._show_cursor()
        else:
            self._runner.move(pointer)

    def release(self, event: QMouseEvent) -> None:
        """A button is let go: the gesture comes to its end."""
        if self._runner.gesture is not None:
            self._edge.stop()
            self._runner.release(self._at(event))
            self._show_cursor()

    def stop(self) -> bool:
        """Give up the gesture under way; answers whether there was one."""
        self._edge.stop()
        stopped = self._runner.cancel()
        if stopped:
            self._show_cursor()
        return stopped

    def hold_hand(self, held: bool) -> None:
        """Whether Space is held: then a drag moves over the canvas."""
        if held != self._hand:
            self._hand = held
            self._show_cursor()

    def wheel(self, event: QWheelEvent) -> None:
        """The wheel or the touchpad scrolls; with Ctrl it zooms about the pointer."""
        self._camera.take_hold()
        if event.modifiers() & _Held.ControlModifier:
            scale = zoom.by_wheel(self._camera.scale, event.angleDelta().y())
            self._camera.zoom_to(scale, event.position().toPoint())
        else:
            sideways = bool(event.modifiers() & _Held.ShiftModifier)
            self._camera.scroll(zoom.wheel_way(event.pixelDelta(), event.angleDelta(), sideways))

    def pinch(self, event: QNativeGestureEvent) -> None:
        """Two fingers move apart or together: zoom about the place between them."""
        self._camera.take_hold()
        scale = zoom.by_pinch(self._camera.scale, event.value())
        self._camera.zoom_to(scale, event.position().toPoint())

    # --- drag and drop from the palette

    def drag_enter(self, event: QDragEnterEvent) -> None:
        """Something is dragged in. Only a known Player is taken, and only for editing."""
        identifier = player_id(event.mimeData())
        spec = self._scene.lookup(identifier) if identifier is not None else None
        if spec is None or not self.can_edit:
            event.ignore()
            return
        layout, scale = self._scene.layout, self._camera.scale
        self._runner.begin(DropPlayer(self._scene.document, layout, spec, scale))
        self.drag_move(event)

    def drag_move(self, event: QDragMoveEvent) -> None:
        """It is dragged on."""
        if self._runner.gesture is None:
            event.ignore()
            return
        self.pointer = self.pointer_at(event.position().toPoint(), event.modifiers())
        self._runner.move(self.pointer)
        event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> bool:
        """It is let go. Answers whether it was taken."""
        if self._runner.gesture is None:
            event.ignore()
            return False
        self._camera.take_hold()
        self._runner.release(self.pointer_at(event.position().toPoint(), event.modifiers()))
        event.acceptProposedAction()
        return True

    # --- inside

    def _at(self, event: QMouseEvent) -> Pointer:
        return self.pointer_at(event.position().toPoint(), event.modifiers())

    def _situation(self) -> Situation:
        scene = self._scene
        return Situation(
            scene.document,
            scene.layout,
            scene.selection,
            self._camera.scale,
            self.can_edit,
            self.can_move,
        )

    def _scroll_at_edge(self) -> None:
        """While something is dragged near the edge of the view, the canvas moves on."""
        gesture, pointer = self._runner.gesture, self.pointer
        if gesture is None or pointer is None or not gesture.scrolls_at_edge:
            return
        if not strayed(self._pressed_at, pointer.view):
            return
        way = edge_way(pointer.view, self._view.viewport().rect())
        if not way.isNull():
            self._camera.scroll(way)
            self.pointer = replace(pointer, scene=self._view.mapToScene(pointer.view))
            self._runner.move(self.pointer)

    def _show_cursor(self) -> None:
        gesture = self._runner.gesture
        shape = gesture.cursor if gesture is not None else self._cursor_at_rest()
        self._view.viewport().setCursor(shape if shape is not None else Qt.CursorShape.ArrowCursor)

    def _cursor_at_rest(self) -> Qt.CursorShape | None:
        if self._hand:
            return Qt.CursorShape.OpenHandCursor
        if not self.can_edit or self.pointer is None:
            return None
        match self.hit(self.pointer):
            case PortHit():
                return Qt.CursorShape.CrossCursor
            case NoteHit(corner=True):
                return Qt.CursorShape.SizeFDiagCursor
            case _:
                return None
