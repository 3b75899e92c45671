"""Nothing selected: the melody's name and description, and what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from harmony.board.canvas_state import Permission
from harmony.board.documents.open_document import OpenDocument
from harmony.board.inspector.limits_section import LimitsSection
from harmony.board.look import Look
from harmony.board.run_view.run_words import counted
from harmony.board.theme.icons import icon
from harmony.foundation.words import render
from harmony.melody.changes import DescribeMelody


class MelodyPanel(QWidget):
    """`finding_chosen(node)` is sent when a finding that belongs to a node is clicked."""

    finding_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._document: OpenDocument | None = None
        self._edit = 0
        title = QLabel(render("board.melody"))
        title.setProperty("kind", "title")
        self.counts = _label("", "faint")
        self.name = QLineEdit(placeholderText=render("board.untitled"))
        self.name.setAccessibleName(render("board.melody_name"))
        self.description = QPlainTextEdit(tabChangesFocus=True)
        self.description.setPlaceholderText(render("board.melody_description_hint"))
        self.description.setAccessibleName(render("board.melody_description"))
        self.description.setFixedHeight(96)
        self.limits = LimitsSection(look)
        self.findings_title = _label("", "muted")
        self.findings = QListWidget()
        self.findings.setMinimumHeight(120)
        self.findings.setWordWrap(True)
        self.findings.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.findings.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.findings.setAccessibleName(render("board.findings"))
        self.hint = _label("", "muted")
        # On a low screen the form of the limits would press everything else together.
        holder = QWidget()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(holder)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(14, 16, 14, 14)
        rows.setSpacing(4)
        rows.addWidget(title)
        rows.addWidget(self.counts)
        rows.addSpacing(12)
        rows.addWidget(_label(render("board.melody_name"), "muted"))
        rows.addWidget(self.name)
        rows.addSpacing(10)
        rows.addWidget(_label(render("board.melody_description"), "muted"))
        rows.addWidget(self.description)
        rows.addSpacing(10)
        rows.addWidget(self.limits)
        rows.addSpacing(14)
        rows.addWidget(self.findings_title)
        rows.addWidget(self.findings, 1)
        rows.addWidget(self.hint)
        rows.addStretch(0)
        self.name.textEdited.connect(self._edited)
        self.name.editingFinished.connect(self._finished)
        self.description.textChanged.connect(self._description_typed)
        self.findings.itemClicked.connect(self._chosen)
        self.findings.itemActivated.connect(self._chosen)

    def show_document(self, document: OpenDocument) -> None:
        """Show a melody, anew or another one."""
        if document is not self._document:
            self._edit += 1
        self._document = document
        melody = document.document.melody
        may_edit = document.may(Permission.EDIT)
        self.name.setReadOnly(not may_edit)
        self.description.setReadOnly(not may_edit)
        if self.name.text() != melody.name:
            self.name.setText(melody.name)
        if self.description.toPlainText() != melody.description:
            blocked = self.description.blockSignals(True)
            self.description.setPlainText(melody.description)
            self.description.blockSignals(blocked)
        self.limits.show_document(document, may_edit)
        nodes, wires = counted("node", len(melody.nodes)), counted("wire", len(melody.connections))
        self.counts.setText(f"{nodes} · {wires}")
        self._show_findings(document)

    def _show_findings(self, document: OpenDocument) -> None:
        found = document.document.findings if document.document.melody.nodes else []
        self.findings.clear()
        theme = self._look.theme
        for finding in found[:200]:
            color = theme.failed if finding.severity == "error" else theme.warning
            item = QListWidgetItem(icon("alert", color), f"{finding.message} {finding.cure}")
            item.setData(Qt.ItemDataRole.UserRole, finding.place or "")
            self.findings.addItem(item)
        self.findings.setVisible(bool(found))
        self.findings_title.setVisible(bool(found))
        self.findings_title.setText(render("board.findings_count", count=len(found)))
        empty = not document.document.melody.nodes
        self.hint.setText(render("board.melody_empty" if empty else "board.melody_good"))
        self.hint.setVisible(not found)

    def _edited(self) -> None:
        document = self._document
        if document is None or not document.may(Permission.EDIT):
            return
        change = DescribeMelody(self.name.text(), self.description.toPlainText())
        melody = document.document.melody
        if (melody.name, melody.description) != (change.name, change.description):
            document.document.apply(change, ("melody", self._edit))

    def _description_typed(self) -> None:
        if self.description.hasFocus():
            self._edited()

    def _finished(self) -> None:
        self._edit += 1

    def _chosen(self, item: QListWidgetItem) -> None:
        node = item.data(Qt.ItemDataRole.UserRole)
        if node:
            self.finding_chosen.emit(node)


def _label(text: str, kind: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setProperty("kind", kind)
    return label
