"""What is shown instead of the Board while its data folder cannot be written.

It says what, where and what to do; it lists past runs, and the tasks of the one that is chosen, as
far as the database can be read (`polyphony.look_only`). *Try again* goes on to the Board as soon as
the folder can be written.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from threading import Thread

from PySide6.QtCore import QEventLoop, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from harmony.conductor.detail import RunDetail, detail_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import DataFolder, PathsError
from harmony.foundation.words import render
from harmony.polyphony.look_only import opened_to_look
from harmony.polyphony.store import Store

MOST_RUNS = 1000
"""Runs that are listed, the newest first."""

_RUN = Qt.ItemDataRole.UserRole


def wait_until_writable(folder: DataFolder, error: PathsError) -> bool:
    """Show the page until the folder can be written, True, or the page was closed, False."""
    page = ReadOnlyPage(folder, error)
    page.show()
    loop = QEventLoop()
    page.left.connect(loop.quit)
    loop.exec()
    page.deleteLater()
    return page.is_writable


class ReadOnlyPage(QWidget):
    """The page. `left` is sent once, when it has closed."""

    left = Signal()
    _was_read = Signal(object)

    def __init__(self, folder: DataFolder, error: PathsError) -> None:
        super().__init__()
        self.is_writable = False
        self._folder = folder
        self._store: Store | None = None
        self._opened = ExitStack()
        self.setWindowTitle("Harmony Board")
        self.resize(960, 600)
        self.reason = QLabel(wordWrap=True)
        self.try_again = QPushButton(render("board.read_only_again"))
        self.try_again.setProperty("kind", "primary")
        self.leave = QPushButton(render("board.read_only_close"))
        self.leave.setProperty("kind", "ghost")
        self.line = QLabel(render("board.read_only_reading"))
        self.line.setProperty("kind", "muted")
        self.runs = _table("run", "state", "begun", "done")
        self.tasks = _table("task", "state", "seconds", "reason")
        self._lay_out()
        self._say(error)
        self.try_again.clicked.connect(self._try)
        self.leave.clicked.connect(self.close)
        self.runs.currentItemChanged.connect(lambda item, _: self._open(item))
        self._was_read.connect(self._show_runs)
        # To copy a large database takes a while; the page answers meanwhile.
        self._reading = Thread(target=self._read, name="look-only")
        self._reading.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The copy that was looked at goes with the page."""
        self._reading.join()
        self._store = None
        self._opened.close()
        event.accept()
        self.left.emit()

    def _lay_out(self) -> None:
        notice = QFrame()
        notice.setProperty("kind", "notice")
        row = QHBoxLayout(notice)
        row.setContentsMargins(14, 10, 10, 10)
        row.addWidget(self.reason, 1)
        row.addWidget(self.leave)
        row.addWidget(self.try_again)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.runs)
        split.addWidget(self.tasks)
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(notice)
        column.addWidget(self.line)
        column.addWidget(split, 1)

    def _say(self, error: HarmonyError) -> None:
        self.reason.setText(str(error))

    def _try(self) -> None:
        try:
            self._folder.ensure()
        except HarmonyError as error:
            self._say(error)
        else:
            self.is_writable = True
            self.close()

    def _read(self) -> None:
        """In a thread of its own."""
        try:
            found: object = self._opened.enter_context(opened_to_look(self._folder, SystemClock()))
        except (HarmonyError, OSError) as error:
            found = error
        self._was_read.emit(found)

    def _show_runs(self, found: Store | Exception) -> None:
        if not isinstance(found, Store):
            self.line.setText(render("board.read_only_unreadable", reason=str(found)))
            return
        self._store = found
        interrupted = {run.id for run in found.leases.interrupted()}
        runs = found.runs(limit=MOST_RUNS)
        for run in runs:
            state = "Interrupted" if run.id in interrupted else run.state
            begun = datetime.fromtimestamp(run.created).astimezone().strftime("%Y-%m-%d %H:%M")
            done = f"{run.completed + run.reused}/{run.total}"
            item = QTreeWidgetItem([run.name, state, begun, done])
            item.setData(0, _RUN, run.id)
            self.runs.addTopLevelItem(item)
        self.line.setText(render("board.read_only_runs" if runs else "board.read_only_no_runs"))

    def _open(self, item: QTreeWidgetItem | None) -> None:
        self.tasks.clear()
        if item is None or self._store is None:
            return
        try:
            detail = detail_of(self._store, item.data(0, _RUN))
        except HarmonyError as error:
            self.line.setText(str(error))
            return
        self.tasks.addTopLevelItems([QTreeWidgetItem(row) for row in _rows(detail)])


def _rows(detail: RunDetail) -> list[list[str]]:
    return [
        [
            task.id,
            "Reused" if task.reused else task.state,
            "" if task.seconds is None else f"{task.seconds:.2f}",
            str((task.error or {}).get("message", "")),
        ]
        for task in detail.tasks.values()
    ]


def _table(*columns: str) -> QTreeWidget:
    table = QTreeWidget()
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    table.setHeaderLabels([render(f"board.read_only_{name}") for name in columns])
    for column, width in enumerate((150, 95, 130, 60)):
        table.setColumnWidth(column, width)
    return table
