"""The Run menu at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.commands.run_commands import Part
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.window import BoardWindow
    from harmony.pit.dag.scope import Scope


class RunDesk:
    """Fulfils `RunActions`."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window

    @property
    def _document(self) -> OpenDocument | None:
        return self._window.workspace.current

    async def run(self) -> None:
        await self._run()

    async def run_part(self, kind: Part) -> None:
        """Run to the selected nodes, only them, or from them on."""
        from harmony.pit.dag.scope import Scope

        page = self._window.page
        if page is None:
            return
        nodes = tuple(page.view.selected_nodes())
        if nodes:
            await self._run(Scope(kind, nodes))

    async def preview(self) -> None:
        """Run without calling what changes anything outside."""
        self._window.status.say(render("board.preview_began"))
        await self._run(preview=True)

    async def _run(self, scope: Scope | None = None, *, preview: bool = False) -> None:
        from harmony.conductor.conductor import MelodyInvalidError

        document = self._document
        if document is None:
            return
        try:
            await self._window.runs.start(document, scope, preview=preview)
        except MelodyInvalidError:
            # What is wrong is shown where it can be mended; the error itself is told as well.
            self.check()
            raise
        self._window.problem_bar.settle()
        self._window.show_run_began(document)

    def stop(self) -> None:
        if self._document is not None and self._document.run is not None:
            self._document.run.cancel()

    def pause(self) -> None:
        if self._document is not None and self._document.run is not None:
            self._document.run.pause()

    async def resume(self) -> None:
        if self._document is not None:
            await self._window.runs.resume(self._document)

    async def retry(self) -> None:
        document = self._document
        if document is not None:
            await self._window.runs.retry(document)
            self._window.show_run_began(document)

    def put_run_away(self) -> None:
        if self._document is not None:
            self._document.put_run_away()

    def next_problem(self) -> None:
        page = self._window.page
        if page is None or page.document.model is None:
            return
        failed = page.document.model.failed_nodes()
        if failed:
            selected = page.view.selected_nodes()
            here = failed.index(selected[0]) if selected and selected[0] in failed else -1
            self._window.go_to_node(failed[(here + 1) % len(failed)])

    def check(self) -> None:
        page = self._window.page
        if page is None:
            return
        found = page.document.document.findings
        first = next((f.node for f in found if f.node and f.severity == "error"), None)
        if first is not None:
            self._window.go_to_node(first)
        else:
            page.view.select([])
            self._window.show_inspector()
