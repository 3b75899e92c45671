"""Tells the engine which melody is in front, so that its Players are warm when Run is clicked.

Only a trusted one: a melody that is only looked at starts nothing (DESIGN.md section 5, Trust).
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer

from harmony.board.documents.open_document import OpenDocument
from harmony.board.documents.workspace import Workspace
from harmony.symphony import Symphony

SETTLED_MS: Final = 400
"""So long after the last edit: nobody runs a melody in the middle of a drag."""

MOST_NODES: Final = 2_000
"""A larger melody is not looked through at each pause of the hand; its run warms what it needs."""


class Warming(QObject):
    """Follows the document in front."""

    def __init__(self, symphony: Symphony, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._symphony = symphony
        self._workspace = workspace
        self._front: OpenDocument | None = None
        self._timer = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._timer.timeout.connect(self._tell)
        workspace.current_changed.connect(self._look)
        workspace.changed.connect(self._look)  # also when it was trusted, or its file changed

    def stop(self) -> None:
        """Tell nothing more: the window closes."""
        self._timer.stop()
        self._workspace.current_changed.disconnect(self._look)
        self._workspace.changed.disconnect(self._look)
        if self._front is not None:
            self._front.edited.disconnect(self._timer.start)

    def _look(self) -> None:
        front = self._workspace.current
        if front is not self._front:
            if self._front is not None:
                self._front.edited.disconnect(self._timer.start)
                self._symphony.melody_closed(self._front.document.melody)
            self._front = front
            if front is not None:
                front.edited.connect(self._timer.start)
        if front is not None:
            self._timer.start()

    def _tell(self) -> None:
        front = self._workspace.current
        if front is None or not 0 < len(front.document.melody.nodes) <= MOST_NODES:
            return
        self._symphony.melody_opened(front.document.melody, trusted=not front.restricted)
