"""The outputs of a node are pinned: said where one looks for it, with a way to let it run again."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from harmony.board.documents.open_document import OpenDocument
from harmony.foundation.words import render
from harmony.melody.changes import SetPins
from harmony.melody.model import Node


class PinnedCard(QFrame):
    """Stands in the inspector of a pinned node only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "notice")
        self._document: OpenDocument | None = None
        self._node = ""
        self.text = QLabel(render("board.pinned_help"), wordWrap=True)
        self.unpin = QPushButton(render("board.command.edit.unpin"))
        self.unpin.clicked.connect(self._unpin)
        row = QHBoxLayout()
        row.addWidget(self.unpin)
        row.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 10, 12, 12)
        rows.setSpacing(8)
        rows.addWidget(self.text)
        rows.addLayout(row)
        self.hide()

    def show_node(self, document: OpenDocument, node: Node, may_edit: bool) -> None:
        """Show a node, anew or another one."""
        self._document, self._node = document, node.id
        self.unpin.setEnabled(may_edit)
        self.setVisible(bool(node.pins))

    def _unpin(self) -> None:
        if self._document is not None:
            self._document.document.apply(SetPins(self._node, {}))
