"""Why a task failed: the reason in one line, what to do about it, and Retry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from harmony.board.run_view.run_words import one_line
from harmony.foundation.words import render


class ProblemCard(QFrame):
    """Signals: `retry_requested`, `trace_requested`, `log_requested`; `command_requested`: the line
    that does the task again in a terminal is wanted."""

    retry_requested = Signal()
    trace_requested = Signal()
    log_requested = Signal()
    command_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "problem")
        self.title = _words("danger")
        self.title.setStyleSheet("font-weight: 600;")
        self.hint = _words("")
        self.where = _words("faint")
        self.retry = QPushButton(render("board.retry"))
        self.retry.setProperty("kind", "primary")
        self.trace = QPushButton(render("board.show_trace"))
        self.log = QPushButton(render("board.show_log"))
        self.command = QPushButton(render("board.copy_command"))
        self.command.setToolTip(render("board.copy_command_tip"))
        for button in (self.trace, self.log, self.command):
            button.setProperty("kind", "ghost")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.retry)
        row.addWidget(self.trace)
        row.addWidget(self.log)
        row.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 10, 12, 12)
        rows.setSpacing(6)
        rows.addWidget(self.title)
        rows.addWidget(self.hint)
        rows.addWidget(self.where)
        rows.addSpacing(4)
        rows.addLayout(row)
        # On a line of its own: the column is narrow.
        rows.addWidget(self.command, 0, Qt.AlignmentFlag.AlignLeft)
        self.retry.clicked.connect(self.retry_requested)
        self.trace.clicked.connect(self.trace_requested)
        self.log.clicked.connect(self.log_requested)
        self.command.clicked.connect(self.command_requested)

    def show_error(self, error: Mapping[str, Any], may_retry: bool) -> None:
        """Show a task's error."""
        self.title.setText(one_line(error) or render("board.failed_without_reason"))
        rest = str(error.get("message", "")).strip().split("\n")[1:]
        hint = "\n".join([*rest[:6], str(error.get("hint") or "")]).strip()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        where = place_line(error)
        self.where.setText(where)
        self.where.setVisible(bool(where))
        self.retry.setEnabled(may_retry)
        self.trace.setVisible(bool(error.get("traceback")))


def place_line(error: Mapping[str, Any]) -> str:
    """`ValueError in tables.py, line 40`; empty when the place is not known."""
    kind, file, line = error.get("type"), error.get("file"), error.get("line")
    if file and line:
        name = str(file).rsplit("/", 1)[-1]
        return render("board.error_place", kind=kind or "", file=name, line=line)
    return str(kind or "")


def _words(kind: str) -> QLabel:
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if kind:
        label.setProperty("kind", kind)
    return label
