"""What happens with versions in the window: list them, lay one over the canvas, restore it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from harmony.board.canvas_state import Permission
from harmony.board.versions.comparison import Comparison
from harmony.board.versions.reading import ReadVersion, as_it_is, read_versions
from harmony.board.versions.versions_dialog import VersionsDialog
from harmony.foundation.words import render
from harmony.melody.between import changes_between

if TYPE_CHECKING:
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.window import BoardWindow


class VersionsFlow:
    """`comparisons` are the versions that are shown, by document: one at most for each."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window
        self.comparisons: dict[OpenDocument, Comparison] = {}

    async def list_versions(self, document: OpenDocument) -> None:
        """Open the list of versions of a melody; it fills as soon as they are read."""
        dialog = VersionsDialog(document.title, document.may(Permission.EDIT), self._window)
        dialog.show_requested.connect(partial(self.compare, document))
        dialog.restore_requested.connect(partial(self.restore, document))
        closed: list[object] = []
        dialog.finished.connect(closed.append)
        dialog.open()
        store, melody = self._window.symphony.house.store, as_it_is(document.document.melody)
        rows = await asyncio.to_thread(read_versions, store, melody)
        if not closed:
            dialog.fill(rows)

    def compare(self, document: OpenDocument, row: ReadVersion) -> None:
        """Show on the canvas what has changed since a version."""
        shown = self.comparisons.pop(document, None)
        if shown is not None:
            shown.leave()
        page = self._window.pages[document]
        made = self.comparisons[document] = Comparison(page, self._window.look, row)
        made.restore.setEnabled(document.may(Permission.EDIT))
        made.restore_requested.connect(partial(self.restore, document, row))
        made.left.connect(partial(self._left, document, made))
        page.destroyed.connect(lambda: self.comparisons.pop(document, None))
        page.view.setFocus()

    def restore(self, document: OpenDocument, row: ReadVersion) -> None:
        """Make the melody what it was, in one step that can be undone."""
        number = row.version.number
        label = render("versions.undo_label", number=number)
        change = changes_between(document.document.melody, row.melody, label)
        document.document.apply(change, as_it_was=True)
        shown = self.comparisons.pop(document, None)
        if shown is not None:
            shown.leave()
        code = "versions.restored" if change.changes else "versions.restored_already"
        self._window.status.say(render(code, number=number))

    def _left(self, document: OpenDocument, comparison: Comparison) -> None:
        if self.comparisons.get(document) is comparison:
            del self.comparisons[document]
