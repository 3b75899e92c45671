"""What the selected node waits for: its incoming wires, and how much it depends on each."""

from __future__ import annotations

from typing import Final, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from harmony.board.canvas.face import port_label
from harmony.board.documents.open_document import OpenDocument
from harmony.foundation.words import render
from harmony.melody.changes import SetDependency
from harmony.melody.model import Connection, Dependency, Node

DEPENDENCIES: Final[tuple[Dependency, ...]] = get_args(Dependency)


class WiresSection(QWidget):
    """One row for each wire that comes in; hidden when there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document: OpenDocument | None = None
        self._shown: list[tuple[Connection, str]] = []
        self.choices: dict[Connection, QComboBox] = {}
        title = QLabel(render("board.waits_for"))
        title.setStyleSheet("font-weight: 600;")
        self._place = QVBoxLayout()
        self._holder: QWidget | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addWidget(title)
        rows.addLayout(self._place)

    def show_node(self, document: OpenDocument, node: Node, may_edit: bool) -> None:
        """Show a node, anew or another one."""
        melody = document.document.melody
        wires = sorted(
            document.document.graph.wiring.into(node.id),
            key=lambda wire: (wire.input, wire.source, wire.output),
        )
        shown = [(wire, _words(document, wire)) for wire in wires]
        if document is not self._document or shown != self._shown:
            self._document, self._shown = document, shown
            self._build()
        self.setVisible(bool(wires))
        for wire, choice in self.choices.items():
            choice.setEnabled(may_edit)
            choice.setCurrentIndex(DEPENDENCIES.index(melody.connections[wire]))

    def _build(self) -> None:
        if self._holder is not None:
            self._place.removeWidget(self._holder)
            self._holder.hide()  # it lives until the next turn of the loop
            self._holder.deleteLater()
        self._holder = QWidget(self)
        grid = QGridLayout(self._holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        self.choices = {}
        for row, (wire, words) in enumerate(self._shown):
            label = QLabel(words, wordWrap=True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("kind", "muted")
            choice = _Choice()
            for dependency in DEPENDENCIES:
                choice.addItem(render(f"board.wire_{dependency}"))
                help_words = render(f"board.command.edit.wire_{dependency}.help")
                choice.setItemData(choice.count() - 1, help_words, Qt.ItemDataRole.ToolTipRole)
            choice.setAccessibleName(words)
            choice.setToolTip(render("board.wire_legend"))
            choice.activated.connect(lambda number, w=wire: self._set(w, DEPENDENCIES[number]))
            label.setBuddy(choice)
            self.choices[wire] = choice
            grid.addWidget(label, row, 0)
            grid.addWidget(choice, row, 1)
        self._place.addWidget(self._holder)

    def _set(self, wire: Connection, dependency: Dependency) -> None:
        if self._document is None:
            return
        document = self._document.document
        if document.melody.connections.get(wire) not in (None, dependency):
            document.apply(SetDependency(wire, dependency))


class _Choice(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling the form must not change what is set


def _words(document: OpenDocument, wire: Connection) -> str:
    """`table from Read table`: the input, and the node that it comes from."""
    source = document.document.melody.nodes[wire.source]
    spec = document.document.spec(source.player)
    title = source.title or (spec.title if spec is not None else source.player)
    return render("board.wire_from", port=port_label(wire.input), node=title)
