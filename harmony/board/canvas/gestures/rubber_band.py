"""Draw a rectangle on empty canvas: what it touches is selected."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt

from harmony.board.canvas.gestures.gesture import NOTHING, Outcome, Pointer, Preview, strayed
from harmony.board.canvas.layout import CanvasLayout
from harmony.board.canvas.selection import EMPTY, Selection


class RubberBand:
    """Selects the nodes and notes that the band touches, and wires when it holds nothing else.

    With Shift or Ctrl they join what was selected `before`. A mere click selects nothing.
    """

    cursor: Qt.CursorShape | None = None
    scrolls_at_edge = True

    def __init__(self, layout: CanvasLayout, before: Selection, start: Pointer) -> None:
        self._layout = layout
        self._before = before
        self._start = start
        self._dragging = False

    def move(self, pointer: Pointer) -> Preview:
        self._dragging = self._dragging or strayed(self._start.view, pointer.view)
        if not self._dragging:
            return NOTHING
        return Preview(band=self._band(pointer), selection=self._selected(pointer))

    def release(self, pointer: Pointer) -> Outcome:
        if not self._dragging:
            keep = self._start.shift or self._start.control
            return Outcome(select=self._before if keep else EMPTY)
        return Outcome(select=self._selected(pointer))

    def _band(self, pointer: Pointer) -> QRectF:
        return QRectF(self._start.scene, pointer.scene).normalized()

    def _selected(self, pointer: Pointer) -> Selection:
        band = self._band(pointer)
        layout = self._layout
        nodes = tuple(n for n in layout.nodes_in(band) if layout.rects[n].intersects(band))
        notes = tuple(n for n in layout.notes_in(band) if layout.notes[n].intersects(band))
        touched = Selection(nodes, notes)
        if not touched:
            wires = (w for w in layout.wires_in(band) if layout.wires[w].path().intersects(band))
            touched = Selection(wires=tuple(wires))
        if pointer.shift or pointer.control:
            return self._before.joined(touched)
        return touched
