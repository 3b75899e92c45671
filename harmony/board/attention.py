"""What a person should notice while they look elsewhere: said in the window, and at its taskbar
entry as long as the window is in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.window import BoardWindow


class Attention(QObject):
    """`waiting` is what was said since the window was in front last."""

    def __init__(self, window: BoardWindow) -> None:
        super().__init__(window)
        self._window = window
        self.waiting: list[str] = []
        window.installEventFilter(self)

    def notice(self, message: str) -> None:
        """Something went wrong, or a node was told to say that it failed."""
        self._window.problems.tell(message)
        self._window.status.say(message, lasting=not self._window.isActiveWindow())
        self._call(message)

    def run_ended(self, document: OpenDocument) -> None:
        """A run came to its end."""
        from harmony.board.run_view.run_header import left_line, run_name

        model = document.model
        if model is not None:
            line = f"{run_name(model)}: {left_line(model, model.totals())}"
            self._call(f"{document.title} · {line}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.WindowActivate:
            self.waiting.clear()
            self._window.show_title()
            self._window.status.fade()
        return super().eventFilter(watched, event)

    @property
    def mark(self) -> str:
        """What stands before the window's title while something waits to be seen."""
        return render("board.title_mark", count=len(self.waiting)) if self.waiting else ""

    def _call(self, message: str) -> None:
        if self._window.isActiveWindow():
            return
        self.waiting.append(message)
        self._window.show_title()
        QApplication.alert(self._window)
