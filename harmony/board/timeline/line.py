"""The time line of one page: playhead, strip, banner and, once it was asked for, the chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from harmony.board.documents.page import DocumentPage
from harmony.board.timeline.past_banner import PastBanner
from harmony.board.timeline.time_strip import TimeStrip
from harmony.board.timeline.travel import Travel

if TYPE_CHECKING:
    from harmony.board.timeline.gantt import Gantt
    from harmony.board.window import BoardWindow


class TimeLine(QObject):
    """Joins a page to its travel. Lives as long as the page."""

    def __init__(self, window: BoardWindow, page: DocumentPage) -> None:
        super().__init__(page)
        self._window, self._page = window, page
        look, title_of = window.look, window.title_of
        start, keep = window.background.start, window.reader.keep
        self.travel = Travel(page.document, window.symphony, start, keep, self)
        keys = next(iter(window.command_actions.by_id["view.chart"].shortcuts()), QKeySequence())
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        self.strip = TimeStrip(look, self.travel, title_of, shown, page)
        page.rows.addWidget(self.strip)
        self.banner = PastBanner(look, self.travel, page.view)
        self.chart: Gantt | None = None
        self.strip.chart_asked.connect(self.show_chart)
        self.travel.moved.connect(self._moved)
        window.workspace.current_changed.connect(self._current_changed)

    def follow(self) -> None:
        """The run on show moved on, or another one, or none, is shown."""
        document = self._page.document
        self.strip.setVisible(document.model is not None)
        self.travel.follow()
        self.banner.show_moment()
        if document.model is None:
            self.show_chart(False)
        if self.chart is not None:
            account = document.model.account if document.model is not None else None
            path = account.path if account is not None else None
            self.chart.show_path(step.task for step in path.steps) if path is not None else None

    def show_chart(self, shown: bool) -> None:
        """Show the tasks by process in place of the lanes below, or put them away."""
        self.strip.chart.setChecked(shown)
        if shown and self.chart is None:
            from harmony.board.timeline.gantt import Gantt

            self.chart = Gantt(self._window.look, self.travel, self._window.title_of)
            self.chart.task_clicked.connect(self._window.panel.task_clicked)
            self._page.destroyed.connect(self.chart.deleteLater)
            self.follow()
        self._show_in_panel()

    def _moved(self) -> None:
        if self._is_in_front:
            self._window.panel.show_past(self._page.document.past)

    @property
    def _is_in_front(self) -> bool:
        return self._window.workspace.current is self._page.document

    def _current_changed(self) -> None:
        if self._is_in_front:
            self._show_in_panel()
        elif self.chart is not None:
            self._window.panel.take_chart(self.chart)

    def _show_in_panel(self) -> None:
        if not self._is_in_front:
            return
        panel = self._window.panel
        panel.show_past(self._page.document.past)
        if self.chart is not None and self.strip.chart.isChecked():
            panel.show_chart(self.chart)
        elif self.chart is not None:
            panel.take_chart(self.chart)
