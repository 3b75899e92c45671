"""The rows of the history: runs as they are found, a page at a time, newest first.

A list of ten thousand costs what its first page costs; the rest comes when it is scrolled to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from harmony.board.look import Look
from harmony.board.status import duration_text
from harmony.foundation.ids import short_id
from harmony.foundation.words import render
from harmony.polyphony.records import RunSummary

COLUMNS: Final = ("name", "state", "started", "time", "from", "tasks")
PAGE: Final = 200
RUN_ROLE: Final = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


class Page(NamedTuple):
    """Some runs, and how long each of them was paused, where that is known (seconds).

    Of a family `depths` says how many runs lie between each and the first.
    """

    runs: Sequence[RunSummary]
    paused: dict[str, float]
    depths: tuple[int, ...] = ()


Find = Callable[[str, str | None, int], Page]
"""Asked with words, the run after whose row to begin (None: from the newest), and how many."""

FindFamily = Callable[[str], Page]
"""Asked with a run: it, all it came from and all that came from it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A run as it is listed."""

    run: RunSummary
    cells: tuple[str, ...]
    state: str
    tip: str = ""


class RunsModel(QAbstractTableModel):
    """What the history lists. `search` and `refresh` read the first page."""

    def __init__(
        self,
        look: Look,
        find: Find,
        parent: QObject | None = None,
        *,
        find_family: FindFamily | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._find, self._find_family = look, find, find_family
        self._depths: tuple[int, ...] = ()
        self.family = ""
        self._interrupted: frozenset[str] = frozenset()
        self.words = ""
        self.runs: list[RunSummary] = []
        self._paused: dict[str, float] = {}
        self._rows: dict[int, Row] = {}
        self._more = False

    def search(self, words: str) -> None:
        """List only runs in which each of these words stands."""
        self.words = words.strip()
        self.refresh(self._interrupted)

    def refresh(self, interrupted: frozenset[str]) -> None:
        """Ask anew. As many are read as were before, so that who scrolled stays where he is."""
        self._interrupted = interrupted
        if self.family and self._find_family is not None:
            found = self._find_family(self.family)
        else:
            found = self._find(self.words, None, max(PAGE, min(len(self.runs), 10 * PAGE)))
        self.beginResetModel()
        self.runs, self._paused, self._rows = list(found.runs), dict(found.paused), {}
        self._depths = found.depths
        self._more = not self.family and len(self.runs) >= PAGE
        self.endResetModel()

    def show_family(self, run: str) -> None:
        """List a run with all it came from and all that came from it; empty: list all runs."""
        self.family = run
        self.refresh(self._interrupted)

    def row_of(self, run: str) -> int:
        """The number of a run's row; -1 when it is not among those read."""
        return next((n for n, listed in enumerate(self.runs) if listed.id == run), -1)

    def row(self, number: int) -> Row:
        """A run as it is listed; put into words when it is first seen."""
        found = self._rows.get(number)
        if found is None:
            run = self.runs[number]
            depth = self._depths[number] if self._depths else 0
            found = self._rows[number] = self._row(run, self._paused.get(run.id), depth)
        return found

    # --- for the view

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, _parent: _Index = _NOWHERE) -> int:
        return len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return render(f"board.history_{COLUMNS[section]}")
        return None

    def canFetchMore(self, parent: _Index) -> bool:
        return not parent.isValid() and self._more

    def fetchMore(self, _parent: _Index) -> None:
        found = self._find(self.words, self.runs[-1].id if self.runs else None, PAGE)
        self._more = len(found.runs) >= PAGE
        if found.runs:
            begin = len(self.runs)
            self.beginInsertRows(QModelIndex(), begin, begin + len(found.runs) - 1)
            self.runs += found.runs
            self._paused |= found.paused
            self.endInsertRows()

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.row(index.row()), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[column]
        if role == RUN_ROLE:
            return row.run.id
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or None
        if role == Qt.ItemDataRole.ForegroundRole and column:
            theme = self._look.theme
            colors = {
                "completed": theme.done,
                "failed": theme.failed,
                "interrupted": theme.warning,
                "executing": theme.accent,
            }
            return QColor(colors.get(row.state, theme.muted) if column == 1 else theme.muted)
        return None

    # --- inside

    def _row(self, run: RunSummary, paused: float | None, depth: int) -> Row:
        state = "interrupted" if run.id in self._interrupted else run.state.lower()
        started = run.started or run.created
        when = datetime.fromtimestamp(started).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        took = "–"
        if run.finished:
            took = duration_text(max(0.0, run.finished - started - (paused or 0.0)))
        tasks = render("board.history_tasks_line", done=run.completed + run.reused, total=run.total)
        if run.failed:
            tasks += " · " + render("board.run_failed_count", count=run.failed)
        if run.reused:
            tasks += " · " + render("board.run_reused_count", count=run.reused)
        origin = render("board.history_parent", run=short_id(run.parent)) if run.parent else ""
        tips = [run.cause]
        if paused:
            tips.append(render("board.history_paused", time=duration_text(paused)))
        tips.append(render("board.history_id", run=short_id(run.id)))
        name = run.name or render("board.untitled")
        if depth:
            name = "\u2003" * (depth - 1) + "└ " + name
        cells = (name, render(f"board.run_{state}"), when, took, origin, tasks)
        return Row(run, cells, state, "\n".join(tip for tip in tips if tip))
