"""The list of runs: which melody, how it ended, when, how long, after which other run. Searchable.

A double click, or Enter, opens one on the canvas. Right lists the family of a run, each run behind
the one it came from; Left lists all runs again.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from harmony.board.history.runs_model import RUN_ROLE, Find, FindFamily, RunsModel
from harmony.board.look import Look
from harmony.foundation.words import render

_TYPING_MS = 120


class HistoryPanel(QWidget):
    """Signals: `open_requested(run)`, `resume_requested(run)`, `discard_requested(run)`."""

    open_requested = Signal(str)
    resume_requested = Signal(str)
    discard_requested = Signal(str)

    def __init__(
        self,
        look: Look,
        find: Find,
        parent: QWidget | None = None,
        *,
        find_family: FindFamily | None = None,
    ) -> None:
        super().__init__(parent)
        self._interrupted: frozenset[str] = frozenset()
        self._is_old = True
        self.model = RunsModel(look, find, self, find_family=find_family)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(render("board.history_search"))
        self.search.setAccessibleName(render("board.history_search"))
        self.search.installEventFilter(self)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setFrameShape(QTreeView.Shape.NoFrame)
        self.tree.setAccessibleName(render("board.panel_history"))
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((280, 110, 150, 90, 120)):
            header.resizeSection(column, width)
        self.open_button = QPushButton(render("board.history_open"))
        self.family_button = QPushButton(render("board.history_family"))
        self.family_button.setToolTip(render("board.history_family_help"))
        self.family_button.setCheckable(True)
        self.resume_button = QPushButton(render("board.resume"))
        self.discard_button = QPushButton(render("board.discard"))
        self.empty = QLabel(render("board.history_empty"), alignment=Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("kind", "muted")
        side = QVBoxLayout()
        side.setSpacing(6)
        for button in (
            self.open_button,
            self.family_button,
            self.resume_button,
            self.discard_button,
        ):
            side.addWidget(button)
        side.addStretch(1)
        middle = QVBoxLayout()
        middle.setSpacing(4)
        middle.addWidget(self.search)
        middle.addWidget(self.tree, 1)
        middle.addWidget(self.empty, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 14, 8)
        row.setSpacing(10)
        row.addLayout(middle, 1)
        row.addLayout(side)
        self._typed = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typed.timeout.connect(self._search)
        self.search.textChanged.connect(self._typed.start)
        self.tree.activated.connect(self._open)
        self.tree.installEventFilter(self)
        self.family_button.clicked.connect(self._family_clicked)
        self.tree.selectionModel().currentChanged.connect(self._selected)
        self.open_button.clicked.connect(self._open)
        self.resume_button.clicked.connect(lambda: self.resume_requested.emit(self.selected_run()))
        self.discard_button.clicked.connect(
            lambda: self.discard_requested.emit(self.selected_run())
        )
        self._selected()

    def refresh(self, interrupted: frozenset[str]) -> None:
        """Ask anew which runs there are, now or when the list is next shown.

        `interrupted` are the ids of those that can go on.
        """
        self._interrupted = interrupted
        self._is_old = True
        if self.isVisible():
            self._read()

    def selected_run(self) -> str:
        """The id of the selected run; empty without one."""
        index = self.tree.currentIndex()
        return str(index.data(RUN_ROLE)) if index.isValid() else ""

    def select_run(self, run: str) -> None:
        """Select a run, if it is among those listed."""
        row = self.model.row_of(run)
        if row >= 0:
            index = self.model.index(row, 0)
            flags = QItemSelectionModel.SelectionFlag
            mode = flags.ClearAndSelect | flags.Rows | flags.Current
            self.tree.selectionModel().setCurrentIndex(index, mode)

    def show_family(self, run: str) -> None:
        """List a run with all it came from and all that came from it; empty: list all runs."""
        selected = run or self.selected_run()
        self.search.setEnabled(not run)
        self._keeping(lambda: self.model.show_family(run))
        self.select_run(selected)
        self.family_button.setChecked(bool(run))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_old:
            self._read()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the field, Down goes to the list and Enter opens what is found first. In the list,
        Right shows the family of a run and Left all runs."""
        if watched is self.tree and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                if event.key() == Qt.Key.Key_Right and self.selected_run():
                    self.show_family(self.selected_run())
                    return True
                if event.key() == Qt.Key.Key_Left and self.model.family:
                    self.show_family("")
                    return True
            return super().eventFilter(watched, event)
        if watched is self.search and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and self.model.runs:
                if event.key() == Qt.Key.Key_Down:
                    self._search_now()
                    self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
                    if not self.selected_run():
                        self.select_run(self.model.runs[0].id)
                    return True
                if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                    self._search_now()
                    if self.model.runs:
                        self.open_requested.emit(self.selected_run() or self.model.runs[0].id)
                    return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _search(self) -> None:
        self._keeping(lambda: self.model.search(self.search.text()))

    def _search_now(self) -> None:
        if self._typed.isActive():
            self._typed.stop()
            self._search()

    def _read(self) -> None:
        self._is_old = False
        self._keeping(lambda: self.model.refresh(self._interrupted))

    def _keeping(self, change: Callable[[], None]) -> None:
        """Change what is listed, and keep the selected run selected."""
        selected, place = self.selected_run(), self.tree.verticalScrollBar().value()
        change()
        self.select_run(selected)
        self.tree.verticalScrollBar().setValue(place)
        found = bool(self.model.runs)
        self.tree.setVisible(found)
        self.empty.setVisible(not found)
        words = "board.history_nothing" if self.model.words else "board.history_empty"
        self.empty.setText(render(words, words=self.model.words))
        self.search.setVisible(found or bool(self.search.text()))
        self._selected()

    def _selected(self) -> None:
        run = self.selected_run()
        self.open_button.setEnabled(bool(run))
        self.family_button.setEnabled(bool(run) or bool(self.model.family))
        self.resume_button.setEnabled(run in self._interrupted)
        self.discard_button.setEnabled(run in self._interrupted)

    def _family_clicked(self, wanted: bool) -> None:
        self.show_family(self.selected_run() if wanted else "")

    def _open(self) -> None:
        run = self.selected_run()
        if run:
            self.open_requested.emit(run)
