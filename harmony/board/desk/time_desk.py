"""The time of runs at work: a time line under each canvas that shows a run, and the chart below.

Nothing of it is imported or built before the first run is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.timeline.line import TimeLine
    from harmony.board.window import BoardWindow


class TimeDesk:
    """Fulfils `TimeActions`."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window
        self._lines: dict[OpenDocument, TimeLine] = {}

    def run_changed(self, document: OpenDocument) -> None:
        """The run on show moved on, or another one, or none, is shown."""
        line = self._lines.get(document)
        page = self._window.pages.get(document)
        if line is None:
            if document.model is None or page is None:
                return
            from harmony.board.timeline.line import TimeLine

            line = self._lines[document] = TimeLine(self._window, page)
            page.destroyed.connect(lambda: self._lines.pop(document, None))
        line.follow()

    async def open_past(self, run: str) -> None:
        """Open a run of the past, however long it is, and make up its account."""
        document = await self._window.runs.open_past(run)
        self._window.make_up_account(document)

    def focus_track(self) -> None:
        line = self.line
        if line is not None:
            line.strip.track.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_chart(self) -> None:
        line = self.line
        if line is not None:
            line.show_chart(not line.strip.chart.isChecked())

    def back_to_now(self) -> None:
        line = self.line
        if line is not None:
            line.travel.back()

    def show_family(self) -> None:
        """List the run on show in the history, with what it came from and what came from it."""
        current = self._window.workspace.current
        if current is not None and current.model is not None:
            self._window.desk.view.show_history()
            self._window.history.show_family(current.model.run)
            self._window.history.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def line(self) -> TimeLine | None:
        """The time line of the run in front."""
        current = self._window.workspace.current
        return self._lines.get(current) if current is not None else None
