"""Move over the canvas: drag with the middle button, or with Space held."""

from __future__ import annotations

from PySide6.QtCore import Qt

from harmony.board.canvas.gestures.gesture import Outcome, Pointer, Preview


class Pan:
    """The canvas follows the pointer."""

    cursor: Qt.CursorShape | None = Qt.CursorShape.ClosedHandCursor
    scrolls_at_edge = False

    def __init__(self, start: Pointer) -> None:
        self._last = start.view

    def move(self, pointer: Pointer) -> Preview:
        way = self._last - pointer.view
        self._last = pointer.view
        return Preview(scroll=way)

    def release(self, pointer: Pointer) -> Outcome:
        return Outcome()
