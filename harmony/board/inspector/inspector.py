"""Chooses what the right side shows: the melody, one node, or several."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from harmony.board.documents.open_document import OpenDocument
from harmony.board.inspector.many_panel import ManyPanel
from harmony.board.inspector.melody_panel import MelodyPanel
from harmony.board.inspector.node_panel import NodePanel
from harmony.board.inspector.run_reader import RunReader
from harmony.board.look import Look
from harmony.orchestra.catalogue import Catalogue


class Inspector(QWidget):
    """Signals: `retry_requested`; `finding_chosen(node)`."""

    retry_requested = Signal()
    finding_chosen = Signal(str)

    def __init__(
        self, catalogue: Catalogue, reader: RunReader, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._reader = reader
        self._document: OpenDocument | None = None
        self._nodes: tuple[str, ...] = ()
        self.melody = MelodyPanel(look)
        self.node = NodePanel(catalogue, reader, look)
        self.many = ManyPanel(catalogue, look)
        self.stack = QStackedWidget()
        for panel in (self.melody, self.node, self.many):
            self.stack.addWidget(panel)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.stack)
        self.node.retry_requested.connect(self.retry_requested)
        self.melody.finding_chosen.connect(self.finding_chosen)

    def show_selection(self, document: OpenDocument | None, nodes: tuple[str, ...]) -> None:
        """Show what is selected in a document."""
        if document is not self._document:
            self._unfollow()
            self._document = document
            self._follow()
        self._nodes = nodes
        self._show()

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """The Players were read anew."""
        self.node.catalogue = self.many.catalogue = catalogue
        self._show()

    def _follow(self) -> None:
        if self._document is not None:
            self._document.edited.connect(self._edited)
            self._document.moved.connect(self._show)
            self._document.run_changed.connect(self._run_changed)
            self._document.scrubbed.connect(self._scrubbed)

    def _unfollow(self) -> None:
        if self._document is not None:
            self._document.edited.disconnect(self._edited)
            self._document.moved.disconnect(self._show)
            self._document.run_changed.disconnect(self._run_changed)
            self._document.scrubbed.disconnect(self._scrubbed)

    def _edited(self) -> None:
        self._show()

    def _run_changed(self, nodes: frozenset[str] | None) -> None:
        if self._document is None:
            return
        if self._document.model is not None:
            self._reader.moved(self._document.model.run)
        touched = nodes is None or bool(nodes & set(self._nodes))
        if touched and self.stack.currentWidget() is self.node:
            self.node.run_moved()

    def _scrubbed(self, nodes: frozenset[str]) -> None:
        if nodes & set(self._nodes) and self.stack.currentWidget() is self.node:
            self.node.scrubbed()

    def _show(self) -> None:
        document = self._document
        if document is None:
            return
        known = tuple(n for n in self._nodes if n in document.document.melody.nodes)
        if len(known) == 1:
            self.stack.setCurrentWidget(self.node)
            self.node.show_node(document, known[0])
        elif known:
            self.stack.setCurrentWidget(self.many)
            self.many.show_nodes(document, known)
        else:
            self.stack.setCurrentWidget(self.melody)
            self.melody.show_document(document)
