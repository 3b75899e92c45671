"""What is known of one task: its values, its log, its traceback, its attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from harmony.board.inspector.run_reader import RunReader
from harmony.board.look import Look
from harmony.board.run_view.log_model import clock_text
from harmony.board.run_view.run_words import summary_line
from harmony.board.status import duration_text
from harmony.board.viewers.value_view import Load, message, view_of
from harmony.conductor.detail import TaskDetail
from harmony.foundation.words import render
from harmony.polyphony.logs import LogEntry


class ValuesPage(QScrollArea):
    """The values at the inputs or outputs of a task, one under the other."""

    def __init__(self, look: Look, load: Load, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._load = look, load
        self._shown: object = None
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)

    def show_values(self, values: Mapping[str, Any], empty: str) -> None:
        """Show values by port; `empty` says why there are none. Unchanged ones stay as they are."""
        wanted = (dict(values), empty)
        if wanted == self._shown:
            return
        self._shown = wanted
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(14, 12, 14, 12)
        rows.setSpacing(8)
        for port, reference in values.items():
            view = view_of(reference, self._look, self._load)
            # What a Motif shows speaks for itself.
            if len(values) > 1 or reference.get("type") != "view":
                head = QLabel(value_heading(port, reference))
                head.setTextFormat(Qt.TextFormat.PlainText)
                head.setProperty("kind", "muted")
                rows.addWidget(head)
            # A short value takes its own height; what can be looked through shares the rest.
            tall = view.sizePolicy().verticalPolicy() == QSizePolicy.Policy.Expanding
            if tall:
                view.setMinimumHeight(min(max(view.sizeHint().height(), 120), 300))
            rows.addWidget(view, 1 if tall else 0)
        if not values:
            rows.addWidget(message(empty))
        rows.addStretch(0 if values else 1)
        self.setWidget(holder)


def value_heading(port: str, reference: Mapping[str, Any]) -> str:
    """`texts · list[text] · 12 items`."""
    kind = str(reference.get("type", ""))
    amount = "" if kind == "table" else summary_line(reference)  # a table says it itself
    parts = [port] if port == kind else [port, kind]
    return " · ".join(part for part in (*parts, amount) if part)


class TaskLogPage(QWidget):
    """The log of one attempt, as it was kept."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setProperty("kind", "mono")
        self.text.setAccessibleName(render("board.log"))
        self.empty = message("")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(14, 12, 14, 12)
        rows.addWidget(self.empty)
        rows.addWidget(self.text, 1)
        rows.addStretch(0)

    def show_log(self, entries: Sequence[LogEntry], empty: str) -> None:
        """Show lines; `empty` says why there are none."""
        self.empty.setText(empty)
        self.empty.setVisible(not entries)
        self.text.setVisible(bool(entries))
        self.text.clear()
        theme = self._look.theme
        colors = {"error": theme.failed, "warning": theme.warning, "stderr": theme.warning}
        cursor = QTextCursor(self.text.document())
        quiet, plain = QTextCharFormat(), QTextCharFormat()
        quiet.setForeground(QColor(theme.muted))
        cursor.beginEditBlock()
        for number, entry in enumerate(entries):
            if number:
                cursor.insertBlock()
            cursor.insertText(clock_text(entry["at"]).split(".")[0] + "  ", quiet)
            plain.setForeground(QColor(colors.get(entry["level"], theme.text)))
            cursor.insertText(entry["text"].rstrip("\n"), plain)
        cursor.endEditBlock()


class TracePage(QWidget):
    """The traceback of a failed attempt, down to the Player's own line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setProperty("kind", "mono")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(render("board.tab_trace"))
        self.text.setStyleSheet("color: palette(window-text);")
        self.copy = QPushButton(render("board.problem_copy"))
        self.copy.clicked.connect(self._copy)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(14, 12, 14, 12)
        rows.setSpacing(8)
        rows.addWidget(self.text, 1)
        rows.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)

    def show_error(self, error: Mapping[str, Any] | None) -> None:
        """Show the traceback of an error; without one its message."""
        found = error or {}
        text = str(found.get("traceback") or found.get("message") or render("board.no_trace"))
        if text != self.text.toPlainText():
            self.text.setPlainText(text)
            self.text.moveCursor(QTextCursor.MoveOperation.End)

    def _copy(self) -> None:
        self.text.selectAll()
        self.text.copy()


class AttemptsPage(QWidget):
    """One line an attempt: when, how long, how it ended, where; and what it waited for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(4)
        heads = [render(f"board.attempts_{n}") for n in ("n", "at", "time", "end")]
        self.tree.setHeaderLabels(heads)
        self.tree.setRootIsDecorated(False)
        self.tree.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.tree.setAccessibleName(render("board.tab_attempts"))
        self.why_title = QLabel(render("board.why_title"))
        self.why_title.setProperty("kind", "muted")
        self.why_title.setContentsMargins(14, 8, 14, 0)
        self.why = QLabel(wordWrap=True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.why.setContentsMargins(14, 2, 14, 12)
        below = QScrollArea(widgetResizable=True)
        below.setFrameShape(QScrollArea.Shape.NoFrame)
        below.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        below.setWidget(self.why)
        self._below = below
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.tree, 1)
        rows.addWidget(self.why_title)
        rows.addWidget(below, 1)

    def show_task(self, task: TaskDetail | None, why: Sequence[tuple[int, list[str]]]) -> None:
        """Show the attempts of a task; `why` says of each what it waited for."""
        told = []
        for number, lines in why:
            words = " ".join(lines)
            several = len(why) > 1
            told.append(
                render("board.why_attempt", number=number, words=words) if several else words
            )
        self.why.setText("\n".join(told))
        for part in (self.why_title, self._below):
            part.setVisible(bool(told))
        self.tree.clear()
        for attempt in task.attempts if task is not None else ():
            at = datetime.fromtimestamp(attempt.started).astimezone().strftime("%H:%M:%S")
            lasted = duration_text(attempt.ended - attempt.started) if attempt.ended else "…"
            outcome = (attempt.outcome or "Executing").lower()
            end = render(f"board.outcome_{outcome}")
            row = QTreeWidgetItem([str(attempt.number), at, lasted, end])
            reason = str((attempt.error or {}).get("message", ""))
            place = render("board.attempt_process", process=attempt.process, pid=attempt.pid or "–")
            for column in range(4):
                row.setToolTip(column, "\n".join(part for part in (reason, place) if part))
            self.tree.addTopLevelItem(row)
        for column in range(4):
            self.tree.resizeColumnToContents(column)


def attempt_log(reader: RunReader, run: str, task: TaskDetail) -> list[LogEntry]:
    """The log of a task's last attempt."""
    number = task.attempts[-1].number if task.attempts else 1
    return reader.log(run, task.id, number)
