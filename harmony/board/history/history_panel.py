"""The list of runs: when, how it ended, how long. A double click opens one on the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from harmony.board.look import Look
from harmony.board.status import duration_text
from harmony.foundation.words import render
from harmony.polyphony.records import RunSummary

_COLUMNS = ("name", "state", "started", "time", "tasks")


class HistoryPanel(QWidget):
    """Signals: `open_requested(run)`, `resume_requested(run)`, `discard_requested(run)`."""

    open_requested = Signal(str)
    resume_requested = Signal(str)
    discard_requested = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._interrupted: frozenset[str] = frozenset()
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([render(f"board.history_{name}") for name in _COLUMNS])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.tree.setAccessibleName(render("board.panel_history"))
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 300)
        for column, width in ((1, 120), (2, 150), (3, 90)):
            header.resizeSection(column, width)
        self.open_button = QPushButton(render("board.history_open"))
        self.resume_button = QPushButton(render("board.resume"))
        self.discard_button = QPushButton(render("board.discard"))
        self.empty = QLabel(render("board.history_empty"), alignment=Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("kind", "muted")
        side = QVBoxLayout()
        side.setSpacing(6)
        for button in (self.open_button, self.resume_button, self.discard_button):
            side.addWidget(button)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 14, 8)
        row.setSpacing(10)
        row.addWidget(self.tree, 1)
        row.addWidget(self.empty, 1)
        row.addLayout(side)
        self.tree.itemDoubleClicked.connect(self._open)
        self.tree.itemActivated.connect(self._open)
        self.tree.itemSelectionChanged.connect(self._selected)
        self.open_button.clicked.connect(self._open)
        self.resume_button.clicked.connect(lambda: self.resume_requested.emit(self.selected_run()))
        self.discard_button.clicked.connect(
            lambda: self.discard_requested.emit(self.selected_run())
        )
        self.show_runs((), frozenset())

    def show_runs(self, runs: Sequence[RunSummary], interrupted: frozenset[str]) -> None:
        """List these runs, newest first; `interrupted` are the ids of those that can go on."""
        selected = self.selected_run()
        self._interrupted = interrupted
        self.tree.clear()
        for run in runs:
            row = self._row(run)
            self.tree.addTopLevelItem(row)
            if run.id == selected:
                self.tree.setCurrentItem(row)
        self.tree.setVisible(bool(runs))
        self.empty.setVisible(not runs)
        self._selected()

    def selected_run(self) -> str:
        """The id of the selected run; empty without one."""
        item = self.tree.currentItem()
        return str(item.data(0, Qt.ItemDataRole.UserRole)) if item is not None else ""

    def _row(self, run: RunSummary) -> QTreeWidgetItem:
        theme = self._look.theme
        state = "interrupted" if run.id in self._interrupted else run.state.lower()
        started = run.started or run.created
        when = datetime.fromtimestamp(started).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        lasted = duration_text(run.finished - started) if run.finished else "–"
        done = run.completed + run.reused
        tasks = render("board.history_tasks_line", done=done, total=run.total)
        if run.failed:
            tasks += " · " + render("board.run_failed_count", count=run.failed)
        if run.reused:
            tasks += " · " + render("board.run_reused_count", count=run.reused)
        item = QTreeWidgetItem(
            [
                run.name or render("board.untitled"),
                render(f"board.run_{state}"),
                when,
                lasted,
                tasks,
            ]
        )
        item.setData(0, Qt.ItemDataRole.UserRole, run.id)
        colors = {"completed": theme.done, "failed": theme.failed, "interrupted": theme.warning}
        item.setForeground(1, QColor(colors.get(state, theme.muted)))
        for column in (2, 3, 4):
            item.setForeground(column, QColor(theme.muted))
        return item

    def _selected(self) -> None:
        run = self.selected_run()
        self.open_button.setEnabled(bool(run))
        self.resume_button.setEnabled(run in self._interrupted)
        self.discard_button.setEnabled(run in self._interrupted)

    def _open(self) -> None:
        run = self.selected_run()
        if run:
            self.open_requested.emit(run)
