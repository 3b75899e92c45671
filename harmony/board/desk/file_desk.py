"""The File menu at work: opening, saving and closing, with the questions that this takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.documents.open_document import OpenDocument
    from harmony.board.gallery.examples import Example
    from harmony.board.versions.flow import VersionsFlow
    from harmony.board.window import BoardWindow


class FileDesk:
    """Fulfils `FileActions`."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window
        self._versions: VersionsFlow | None = None

    def new(self) -> None:
        self._window.workspace.new()

    async def open(self) -> None:
        from harmony.board.dialogs.ask import ask_open_files

        for path in await ask_open_files(self._window, self._folder()):
            self.open_path(path)

    async def import_traces(self) -> None:
        from harmony.board.dialogs.ask import ask_open_files

        title, kinds = render("board.dialog_import"), render("board.dialog_import_filter")
        for path in await ask_open_files(self._window, self._folder(), title, kinds):
            await self.import_trace(path)

    async def import_trace(self, path: Path) -> None:
        """Open the melody made of a recorded workflow; it has no file of its own yet."""
        import asyncio

        from harmony.board.documents.importing import imported

        self._window.setCursor(Qt.CursorShape.BusyCursor)
        try:
            melody = await asyncio.to_thread(imported, path)
        finally:
            self._window.unsetCursor()
        self._window.workspace.new(melody)

    def open_path(self, path: Path) -> OpenDocument | None:
        """Open a file; one that cannot be opened is told of and taken off the recent files.

        A recorded workflow is imported, which takes a moment: None is answered.
        """
        from harmony.board.documents.importing import SUFFIX

        if path.suffix.lower() == SUFFIX:
            self._window.background.start(self.import_trace(path))
            return None
        workspace = self._window.workspace
        try:
            return workspace.open(path)
        except (HarmonyError, OSError) as error:
            workspace.forget_recent(path)
            self._window.show_recent()
            self._window.problems.report(error)
            return None

    def open_example(self, example: Example) -> None:
        """Open a copy of an example, in a folder where its results can be written."""
        from harmony.board.gallery.examples import copy_example

        home = self._window.symphony.house.data_folder.home
        self.open_path(copy_example(example, home))

    async def save(self) -> None:
        document = self._window.workspace.current
        if document is not None:
            await self.save_document(document)

    async def save_as(self) -> None:
        document = self._window.workspace.current
        if document is not None:
            await self._save_elsewhere(document)

    async def save_document(self, document: OpenDocument) -> bool:
        """Save, asking where when there is no file yet. False when the user would not say."""
        if document.path is None:
            return await self._save_elsewhere(document)
        self._window.workspace.save(document)
        return True

    async def versions(self) -> None:
        document = self._window.workspace.current
        if document is not None:
            await self.version_flow.list_versions(document)

    @property
    def version_flow(self) -> VersionsFlow:
        """What happens with versions; nothing of it is loaded before somebody asks for one."""
        if self._versions is None:
            from harmony.board.versions.flow import VersionsFlow

            self._versions = VersionsFlow(self._window)
        return self._versions

    async def close_document(self) -> None:
        document = self._window.workspace.current
        if document is not None:
            await self.close(document)

    async def close(self, document: OpenDocument) -> bool:
        """Close a document, asking when something would be lost. False when it stays."""
        if document.run_is_live and not await self._may_leave_run(document):
            return False
        if not await self.may_lose_edits(document):
            return False
        self._window.workspace.close(document)
        return True

    async def may_lose_edits(self, document: OpenDocument) -> bool:
        """Ask what becomes of unsaved edits. False when the user wants to go on."""
        from harmony.board.dialogs.ask import Answer, ask

        if not document.document.modified or not document.document.melody.nodes:
            return True
        answer = await ask(
            self._window,
            render("board.ask_save", name=document.title),
            render("board.ask_save_why"),
            (
                Answer("save", render("board.ask_save_yes")),
                Answer("discard", render("board.ask_save_no"), "destructive"),
                Answer("cancel", render("board.cancel"), "reject"),
            ),
        )
        if answer == "save":
            return await self.save_document(document)
        return answer == "discard"

    def show_start_page(self) -> None:
        self._window.workspace.choose(None)

    def next_document(self) -> None:
        self._step(1)

    def previous_document(self) -> None:
        self._step(-1)

    def trust(self) -> None:
        document = self._window.workspace.current
        if document is not None:
            self._window.workspace.trust(document)

    async def reload_players(self) -> None:
        """Read the folders of Players anew, and say so."""
        window = self._window
        before = {package.name: package.hash for package in window.symphony.catalogue.packages}
        await window.symphony.reload_catalogue()
        now = {package.name: package.hash for package in window.symphony.catalogue.packages}
        window.players_changed()
        changed = sorted(name for name, _ in before.items() ^ now.items())
        names = ", ".join(dict.fromkeys(changed))
        code = "board.players_reloaded" if names else "board.players_same"
        window.status.say(render(code, packages=names))

    def quit(self) -> None:
        self._window.close()

    async def _may_leave_run(self, document: OpenDocument) -> bool:
        from harmony.board.dialogs.ask import Answer, ask

        answer = await ask(
            self._window,
            render("board.ask_close_run", name=document.title),
            render("board.ask_close_run_why"),
            (
                Answer("keep", render("board.ask_close_run_keep")),
                Answer("stop", render("board.stop_run"), "destructive"),
                Answer("cancel", render("board.cancel"), "reject"),
            ),
        )
        if answer == "stop" and document.run is not None:
            document.run.cancel()
        return answer != "cancel"

    async def _save_elsewhere(self, document: OpenDocument) -> bool:
        from harmony.board.dialogs.ask import ask_save_file

        name = document.path.name if document.path is not None else f"{_file_name(document.title)}"
        path = await ask_save_file(self._window, self._folder(), name)
        if path is None:
            return False
        self._window.workspace.save(document, path)
        return True

    def _folder(self) -> Path:
        document = self._window.workspace.current
        if document is not None and document.path is not None:
            return document.path.parent
        recent = self._window.workspace.settings.recent_files
        return Path(recent[0]).parent if recent else Path.home()

    def _step(self, step: int) -> None:
        workspace = self._window.workspace
        pages: list[OpenDocument | None] = [None, *workspace.documents]
        number = pages.index(workspace.current)
        workspace.choose(pages[(number + step) % len(pages)])


def _file_name(title: str) -> str:
    safe = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in title)
    return f"{safe.strip() or 'melody'}.melody"
