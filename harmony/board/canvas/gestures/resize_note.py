"""Drag the corner of a note: one `EditNote` when it is let go."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt

from harmony.board.canvas.geometry import NOTE_MINIMUM, snapped
from harmony.board.canvas.gestures.gesture import NOTHING, Outcome, Pointer, Preview, strayed
from harmony.board.canvas.selection import Selection
from harmony.melody.changes import EditNote
from harmony.melody.model import Note


class ResizeNote:
    """The lower right corner of a note follows the pointer."""

    cursor: Qt.CursorShape | None = Qt.CursorShape.SizeFDiagCursor
    scrolls_at_edge = True

    def __init__(self, note: Note, start: Pointer) -> None:
        self._note = note
        self._start = start
        self._dragging = False

    def move(self, pointer: Pointer) -> Preview:
        self._dragging = self._dragging or strayed(self._start.view, pointer.view)
        if not self._dragging:
            return NOTHING
        note = self._resized(pointer)
        return Preview(note_rects={note.id: QRectF(note.x, note.y, note.width, note.height)})

    def release(self, pointer: Pointer) -> Outcome:
        if not self._dragging:
            return Outcome(select=Selection(notes=(self._note.id,)))
        note = self._resized(pointer)
        return Outcome(change=EditNote(note) if note != self._note else None)

    def _resized(self, pointer: Pointer) -> Note:
        way = pointer.scene - self._start.scene
        width, height = self._note.width + way.x(), self._note.height + way.y()
        if not pointer.alt:
            width, height = snapped(width), snapped(height)
        return replace(
            self._note, width=max(NOTE_MINIMUM[0], width), height=max(NOTE_MINIMUM[1], height)
        )
