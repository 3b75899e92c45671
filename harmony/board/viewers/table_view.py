"""A table on screen: the rows that came with a value's summary, or with a view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from harmony.board.errors import ViewError
from harmony.board.run_view.run_words import counted
from harmony.foundation.words import render

MOST_ROWS: Final = 5_000
_FEW_ROWS: Final = 6
_Index = QModelIndex
_NUMERIC: Final = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "NUMBER", "HUGEINT", "REAL")


@dataclass(frozen=True, slots=True)
class TableData:
    """Rows to show. `total` is how many the whole table has."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


def table_from_summary(summary: Mapping[str, Any]) -> TableData:
    """Read the summary of a table, or the data of a table view. Raises ViewError."""
    raw_columns = summary.get("columns", [])
    rows = summary.get("head", summary.get("rows", []))
    if not isinstance(raw_columns, Sequence) or not isinstance(rows, Sequence):
        raise ViewError("board.view_shape", place="columns")
    names, types = [], []
    for column in raw_columns:
        if isinstance(column, str):
            names.append(column)
            types.append("")
        elif isinstance(column, Sequence) and len(column) == 2:
            names.append(str(column[0]))
            types.append(str(column[1]))
        else:
            raise ViewError("board.view_shape", place="columns")
    kept = tuple(tuple(row) for row in rows[:MOST_ROWS] if isinstance(row, Sequence))
    total = summary.get("total", summary.get("rows", len(kept)))
    return TableData(
        tuple(names), tuple(types), kept, total if isinstance(total, int) else len(kept)
    )


class TableModel(QAbstractTableModel):
    """The rows for Qt."""

    def __init__(self, data: TableData, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = data

    def rowCount(self, parent: Any = _Index()) -> int:
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Any = _Index()) -> int:
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: Any, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        row = self.table.rows[index.row()]
        value = row[index.column()] if index.column() < len(row) else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell_text(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and self._is_numeric(index.column()):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.columns[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.table.types[section].lower()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = self._is_numeric(section)
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _is_numeric(self, column: int) -> bool:
        kind = self.table.types[column].upper()
        if kind:
            return any(word in kind for word in _NUMERIC)
        first = next((row[column] for row in self.table.rows if column < len(row)), None)
        return isinstance(first, (int, float)) and not isinstance(first, bool)


class TableView(QWidget):
    """The rows, and under them how many there are in all."""

    def __init__(self, data: TableData, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = _CopyingTable()
        self.table.setModel(TableModel(data, self))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setAlternatingRowColors(False)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().setVisible(False)
        self.table.verticalHeader().setDefaultSectionSize(24)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.resizeColumnsToContents()
        for column in range(len(data.columns)):
            width = self.table.columnWidth(column)
            self.table.setColumnWidth(column, min(max(width + 8, 56), 240))
        self.table.setAccessibleName(render("board.table"))
        self.note = QLabel(_note(data))
        self.note.setProperty("kind", "faint")
        few = len(data.rows) <= _FEW_ROWS
        high = QSizePolicy.Policy.Fixed if few else QSizePolicy.Policy.Expanding
        self.setSizePolicy(QSizePolicy.Policy.Expanding, high)
        if few:
            # Room for the rows, the header and a scroll bar; more would be empty.
            self.table.setFixedHeight(30 + 24 * max(1, len(data.rows)) + 14)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.note)
        rows.addWidget(self.table, 1)


class _CopyingTable(QTableView):
    """Copies the selected cells as tab-separated text."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
            return
        super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The selected cells, rows in lines, columns apart by tabs."""
        lines: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes(), key=lambda i: (i.row(), i.column())):
            lines.setdefault(index.row(), []).append(str(index.data() or ""))
        return "\n".join("\t".join(cells) for cells in lines.values())


def cell_text(value: Any) -> str:
    """A cell as text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return render("board.yes" if value else "board.no")
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e15 else f"{value:.3e}"
    return str(value)


def _note(data: TableData) -> str:
    columns = counted("column", len(data.columns))
    if data.total > len(data.rows):
        return render(
            "board.rows_of", shown=f"{len(data.rows):,}", total=f"{data.total:,}", columns=columns
        )
    return f"{counted('row', data.total)} · {columns}"
