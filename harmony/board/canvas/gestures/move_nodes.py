"""Drag nodes and notes. A press selects; a drag is one `MoveNodes` when it is let go."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt

from harmony.board.canvas.geometry import snapped
from harmony.board.canvas.gestures.gesture import NOTHING, Outcome, Pointer, Preview, strayed
from harmony.board.canvas.selection import Selection
from harmony.board.theme.tokens import SNAP
from harmony.melody.changes import MoveNodes as MoveNodesChange
from harmony.melody.model import Melody


class MoveNodes:
    """Moves all that is selected by the way of the pointer; the pressed one snaps to the grid.

    Alt lets go of the grid. `click` is what a press without a drag selects.
    """

    cursor: Qt.CursorShape | None = None
    scrolls_at_edge = True

    def __init__(
        self, melody: Melody, pressed: str, moving: Selection, click: Selection, start: Pointer
    ) -> None:
        self._places = {
            key: (item.x, item.y)
            for key in (*moving.nodes, *moving.notes)
            if (item := melody.nodes.get(key) or melody.notes.get(key)) is not None
        }
        self._pressed = pressed
        self._click = click
        self._start: QPointF = start.scene
        self._view: QPoint = start.view
        self._dragging = False

    def move(self, pointer: Pointer) -> Preview:
        self._dragging = self._dragging or strayed(self._view, pointer.view)
        return Preview(positions=self._moved(pointer)) if self._dragging else NOTHING

    def release(self, pointer: Pointer) -> Outcome:
        if not self._dragging:
            return Outcome(select=self._click)
        moved = self._moved(pointer)
        return Outcome(change=MoveNodesChange(moved) if moved != self._places else None)

    def _moved(self, pointer: Pointer) -> dict[str, tuple[float, float]]:
        way = pointer.scene - self._start
        across, down = way.x(), way.y()
        if not pointer.alt:
            x, y = self._places[self._pressed]
            across, down = snapped(x + across, SNAP) - x, snapped(y + down, SNAP) - y
        return {key: (x + across, y + down) for key, (x, y) in self._places.items()}


class Click:
    """A press that only selects: where the canvas may not be moved, and on wires."""

    cursor: Qt.CursorShape | None = None
    scrolls_at_edge = False

    def __init__(self, click: Selection) -> None:
        self._click = click

    def move(self, pointer: Pointer) -> Preview:
        return NOTHING

    def release(self, pointer: Pointer) -> Outcome:
        return Outcome(select=self._click)
