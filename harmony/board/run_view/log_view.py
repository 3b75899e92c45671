"""The log of a run while it goes on: level filter, search, the selected node or all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from harmony.board.look import Look
from harmony.board.run_view.log_model import LogFilter, clock_text
from harmony.board.run_view.run_model import RunModel
from harmony.board.run_view.task_view import LogLine
from harmony.foundation.words import render

_SHOWN_LEVELS = ("debug", "info", "warning", "error")


class LogView(QWidget):
    """Lines of the run that is shown; only what is new is added."""

    def __init__(
        self, look: Look, title_of: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._title_of = title_of
        self._model: RunModel | None = None
        self._shown_count = 0
        self._node = ""
        self.level = QComboBox()
        for level in _SHOWN_LEVELS:
            self.level.addItem(render(f"board.log_{level}"), level)
        self.level.setAccessibleName(render("board.log_level"))
        self.search = QLineEdit(placeholderText=render("board.log_search"), clearButtonEnabled=True)
        self.only_node = QPushButton(render("board.log_only_node"))
        self.only_node.setCheckable(True)
        self.only_node.setProperty("kind", "chip")
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setProperty("kind", "mono")
        self.text.setMaximumBlockCount(20_000)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(render("board.log"))
        self.empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("kind", "muted")
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.only_node)
        bar.addWidget(self.level)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(14, 0, 14, 8)
        rows.setSpacing(8)
        rows.addLayout(bar)
        rows.addWidget(self.text, 1)
        rows.addWidget(self.empty, 1)
        self.level.currentIndexChanged.connect(self.rebuild)
        self.search.textChanged.connect(self.rebuild)
        self.only_node.toggled.connect(self.rebuild)
        look.changed.connect(self.rebuild)
        self.select_node("")
        self.rebuild()

    @property
    def filter(self) -> LogFilter:
        """What is shown at present."""
        return LogFilter(
            level=self.level.currentData(),
            node=self._node if self.only_node.isChecked() else "",
            text=self.search.text(),
        )

    def select_node(self, node: str) -> None:
        """The node that `only the selected node` means."""
        self._node = node
        self.only_node.setEnabled(bool(node))
        if self.only_node.isChecked():
            self.rebuild()

    def show_run(self, model: RunModel | None) -> None:
        """Show another run, or what was added to this one."""
        if model is not self._model:
            self._model = model
            self.rebuild()
        elif model is not None and model.log_count != self._shown_count:
            self._append(model)

    def rebuild(self) -> None:
        """Show everything anew."""
        self.text.clear()
        lines = self.filter.select(self._model.log) if self._model is not None else []
        self._add(lines)
        self._shown_count = self._model.log_count if self._model is not None else 0
        self._show_empty()

    def _append(self, model: RunModel) -> None:
        fresh = min(model.log_count - self._shown_count, len(model.log))
        newest = list(model.log)[-fresh:]
        self._add(self.filter.select(newest))
        self._shown_count = model.log_count
        self._show_empty()

    def _show_empty(self) -> None:
        empty = self.text.document().isEmpty()
        has_log = self._model is not None and bool(self._model.log)
        self.empty.setText(render("board.log_nothing_fits" if has_log else "board.log_empty"))
        self.empty.setVisible(empty)
        self.text.setVisible(not empty)

    def _add(self, lines: list[LogLine]) -> None:
        if not lines:
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        theme = self._look.theme
        colors = {"error": theme.failed, "warning": theme.warning, "stderr": theme.warning}
        quiet, plain = QTextCharFormat(), QTextCharFormat()
        quiet.setForeground(QColor(theme.muted))
        for line in lines:
            if not cursor.atStart():
                cursor.insertBlock()
            where = self._title_of(line.node) if line.node else ""
            if line.task != line.node and "[" in line.task:
                where += line.task[line.task.index("[") :]
            cursor.insertText(f"{clock_text(line.at)}  {where}  ", quiet)
            plain.setForeground(QColor(colors.get(line.level, theme.text)))
            cursor.insertText(line.text, plain)
        cursor.endEditBlock()
        if at_end:
            bar.setValue(bar.maximum())
