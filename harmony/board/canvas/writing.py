"""Writing in notes: opens the editor over a note and hands back what it comes to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QGraphicsView

from harmony.board.canvas.gestures.edit_note import edited
from harmony.board.canvas.note_editor import NoteEditor
from harmony.board.canvas.paint.note_painter import note_height
from harmony.board.canvas.scene import CanvasScene
from harmony.melody.changes import Change


class NoteWriting:
    """At most one note is written in at a time."""

    def __init__(
        self, view: QGraphicsView, scene: CanvasScene, apply: Callable[[Change], object]
    ) -> None:
        self._view = view
        self._scene = scene
        self._apply = apply
        self._editor: NoteEditor | None = None

    def begin(self, note_id: str) -> None:
        """Open the editor over a note."""
        self.finish()
        note = self._scene.document.melody.notes[note_id]
        editor = NoteEditor(self._view.viewport(), note_id, note.text, self._finished)
        self._editor = editor
        self.follow()
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def finish(self) -> None:
        """Keep what was written, if anything is being written."""
        if self._editor is not None:
            self._editor.finish(keep=True)

    def follow(self) -> None:
        """Lie over the note again, after the view moved or the melody changed."""
        editor = self._editor
        if editor is None:
            return
        rect = self._scene.layout.notes.get(editor.note_id)
        if rect is None:
            editor.finish(keep=False)
            return
        corner = self._view.mapFromScene(rect.topLeft())
        opposite = self._view.mapFromScene(rect.bottomRight())
        zoom = self._view.transform().m11()
        editor.place(QRect(corner, opposite), zoom, self._scene.theme)

    def _finished(self, text: str | None) -> None:
        editor, self._editor = self._editor, None
        if editor is None:
            return
        had_focus = editor.hasFocus()
        editor.hide()
        editor.deleteLater()
        note = self._scene.document.melody.notes.get(editor.note_id)
        if text is not None and note is not None:
            change = edited(note, text, note_height(text, note.width))
            if change is not None:
                self._apply(change)
        if had_focus:
            self._view.setFocus()
