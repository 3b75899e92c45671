"""The Run menu at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harmony.foundation.words import render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

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
        from harmony.board.desk.refused import resume

        if self._document is not None:
            await resume(self._window, self._document)

    async def resume_run(self, run: str) -> None:
        """Open an interrupted run on the canvas and let it go on."""
        from harmony.board.desk.refused import resume

        await resume(self._window, await self._window.runs.open_past(run))

    async def fork(self) -> None:
        """Run the melody of the run on show again, with the parameters that were edited since."""
        await self._fork(())

    async def fork_from(self) -> None:
        """The same from the selected nodes on, with what was edited in them."""
        page = self._window.page
        if page is not None and page.document.model is not None:
            ran = page.document.model.nodes
            await self._fork(tuple(n for n in page.view.selected_nodes() if n in ran))

    async def _fork(self, nodes: tuple[str, ...]) -> None:
        document = self._document
        if document is None or document.model is None:
            return
        number = document.model.number
        given = await self._window.runs.fork(document, nodes)
        if given is not None:
            self._window.show_run_began(document)
            self._window.status.say(self._words_of_fork(number, nodes, given))

    def _words_of_fork(self, number: int, nodes: tuple[str, ...], given: Mapping[str, Any]) -> str:
        title_of = self._window.title_of
        code = "board.forked_from" if nodes else "board.forked"
        words = render(code, run=number, nodes=", ".join(map(title_of, nodes)))
        if not given:
            return words + " " + render("board.forked_as_it_was")
        changes = [
            f"{title_of(name.rpartition('.')[0])}: {name.rpartition('.')[2]} = {value}"
            for name, value in given.items()
        ]
        return words + " " + render("board.forked_with", changes=", ".join(changes))

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
