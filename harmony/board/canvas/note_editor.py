"""Writing in a note where it stands: a text field over it, at the canvas's zoom."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from harmony.board.theme.tokens import Theme, mix
from harmony.foundation.words import translate


class NoteEditor(QPlainTextEdit):
    """Holds the Markdown of one note. `finished` gets the text, None when it was given up.

    Ctrl+Enter or a click elsewhere keeps the text, Esc gives it up.
    """

    def __init__(
        self, parent: QWidget, note_id: str, text: str, finished: Callable[[str | None], None]
    ) -> None:
        super().__init__(text, parent)
        self.note_id = note_id
        self._finished: Callable[[str | None], None] | None = finished
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(translate("Text of the note"))
        self.setTabChangesFocus(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self._rect = QRect()
        self.textChanged.connect(self._grow)

    def place(self, rect: QRect, zoom: float, theme: Theme) -> None:
        """Lie over the note at `rect` (of the parent), with letters at that zoom."""
        ground = mix(theme.warning, theme.canvas, 0.08)
        size = max(8, round(12 * zoom))
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {ground}; color: {theme.text}; border: 1px solid"
            f" {theme.accent}; border-radius: {round(8 * zoom)}px; padding: {round(6 * zoom)}px;"
            f" font-size: {size}px; }}"
        )
        self._rect = rect
        self._grow()

    def _grow(self) -> None:
        """Be as large as the note, and larger where its Markdown needs it."""
        self.setGeometry(self._rect)
        around = self.height() - self.viewport().height() + 2 * self.document().documentMargin()
        needed = self.document().size().height() * self.fontMetrics().lineSpacing() + around
        if needed > self.height():
            self.resize(self.width(), round(needed))

    def finish(self, keep: bool) -> None:
        """End the writing, once."""
        finished, self._finished = self._finished, None
        if finished is not None:
            finished(self.toPlainText() if keep else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.finish(keep=False)
        elif control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish(keep=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.finish(keep=True)
