"""The list of versions: when, what changed, how it was used; below, what has changed since one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from harmony.board.versions.reading import ReadVersion, time_of, use_of
from harmony.foundation.words import render
from harmony.melody.difference_words import lines

_WIDTHS = (80, 160, 220, 220)


class VersionsDialog(QDialog):
    """Signals: `show_requested(row)`, `restore_requested(row)`; a row is a ReadVersion."""

    show_requested = Signal(object)
    restore_requested = Signal(object)

    def __init__(self, name: str, may_edit: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[ReadVersion] = []
        self._may_edit = may_edit
        self.setWindowTitle(render("versions.title", name=name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.resize(780, 560)
        self.words = QLabel(render("versions.reading"), wordWrap=True)
        self.words.setProperty("kind", "muted")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(render("versions.list"))
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        columns = ("number", "when", "what", "used")
        self.tree.setHeaderLabels([render(f"versions.column_{column}") for column in columns])
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, width)
        self.heading = QLabel()
        self.heading.setProperty("kind", "section")
        self.since = QListWidget()
        self.since.setProperty("kind", "mono")
        self.show_button = QPushButton(render("versions.show"))
        self.show_button.setProperty("kind", "primary")
        self.show_button.setDefault(True)
        self.restore_button = QPushButton(render("versions.restore"))
        self.restore_button.setToolTip("" if may_edit else render("versions.cannot_edit"))
        close = QPushButton(render("versions.close"))
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.restore_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self.show_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(self.words)
        layout.addWidget(self.tree, 3)
        layout.addWidget(self.heading)
        layout.addWidget(self.since, 2)
        layout.addLayout(buttons)
        self.tree.currentItemChanged.connect(self._selected)
        self.tree.itemDoubleClicked.connect(self._show)
        self.show_button.clicked.connect(self._show)
        self.restore_button.clicked.connect(self._restore)
        self._selected()

    def fill(self, rows: Sequence[ReadVersion]) -> None:
        """List these, and select the newest that is another than the melody now."""
        self.rows = list(rows)
        self.words.setText(render("versions.help" if rows else "versions.none"))
        items: list[QTreeWidgetItem] = []
        for row in rows:
            version = row.version
            cells = [str(version.number), time_of(version), row.changes, use_of(version)]
            item = QTreeWidgetItem(cells)
            for column, cell in enumerate(cells):
                item.setToolTip(column, cell)
            items.append(item)
        self.tree.addTopLevelItems(items)
        if rows:
            other = next((n for n, row in enumerate(rows) if not row.since.is_empty), 0)
            self.tree.setCurrentItem(items[other])
            self.tree.setFocus()

    @property
    def selected(self) -> ReadVersion | None:
        """The version that is selected; None without one."""
        item = self.tree.currentItem()
        return self.rows[self.tree.indexOfTopLevelItem(item)] if item is not None else None

    def _selected(self) -> None:
        row = self.selected
        self.since.clear()
        self.show_button.setEnabled(row is not None)
        self.restore_button.setEnabled(row is not None and self._may_edit)
        if row is None:
            self.heading.setText("")
            return
        code = "versions.since"
        if row.since.is_empty:
            code = "versions.only_moved" if row.since.moved else "versions.same"
        self.heading.setText(render(code, number=row.version.number))
        self.since.setAccessibleName(self.heading.text())
        for line in lines(row.since):
            mark = "−" if line.mark == "-" else line.mark
            self.since.addItem(f"{mark} {line.text}")

    def _show(self) -> None:
        row = self.selected
        if row is not None:
            self.accept()
            self.show_requested.emit(row)

    def _restore(self) -> None:
        row = self.selected
        if row is not None:
            self.accept()
            self.restore_requested.emit(row)
