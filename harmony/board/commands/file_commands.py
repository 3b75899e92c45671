"""File: new, open, save, close, and the end of the program."""

from __future__ import annotations

from typing import Protocol

from harmony.board.commands.command import Command, Work, with_document
from harmony.board.commands.situation import Situation
from harmony.board.permission import Permission


class FileActions(Protocol):
    """What the window does for the File menu."""

    def new(self) -> None: ...
    def open(self) -> Work: ...
    def import_traces(self) -> Work: ...
    def save(self) -> Work: ...
    def save_as(self) -> Work: ...
    def close_document(self) -> Work: ...
    def show_start_page(self) -> None: ...
    def next_document(self) -> None: ...
    def previous_document(self) -> None: ...
    def versions(self) -> Work: ...
    def trust(self) -> None: ...
    def reload_players(self) -> Work: ...
    def quit(self) -> None: ...


def file_commands(actions: FileActions) -> list[Command]:
    """The commands of the File menu."""
    save = frozenset({Permission.SAVE})
    return [
        Command("file.new", "file", actions.new, 0, ("Ctrl+N", "Ctrl+T"), icon="file-plus"),
        Command("file.open", "file", actions.open, 0, ("Ctrl+O",), icon="folder-open"),
        Command("file.import", "file", actions.import_traces, 0, icon="download"),
        Command("file.start", "file", actions.show_start_page, 0, ("Ctrl+Shift+H",), icon="home"),
        Command("file.save", "file", actions.save, 1, ("Ctrl+S",), save, _saveable, icon="save"),
        Command("file.save_as", "file", actions.save_as, 1, ("Ctrl+Shift+S",), save, with_document),
        Command(
            "file.versions", "file", actions.versions, 1, (), enabled=with_document, icon="history"
        ),
        Command("file.trust", "file", actions.trust, 1, (), enabled=_restricted, icon="shield"),
        Command(
            "file.close", "file", actions.close_document, 2, ("Ctrl+W",), enabled=with_document
        ),
        Command("file.next", "file", actions.next_document, 3, ("Ctrl+PgDown",), enabled=_several),
        Command(
            "file.previous", "file", actions.previous_document, 3, ("Ctrl+PgUp",), enabled=_several
        ),
        Command("file.reload_players", "file", actions.reload_players, 4, icon="refresh"),
        Command("file.quit", "file", actions.quit, 4, ("Ctrl+Q",), icon="logout", at_once=True),
    ]


def _saveable(situation: Situation) -> bool:
    return situation.has_document and (situation.modified or not situation.has_path)


def _restricted(situation: Situation) -> bool:
    return situation.has_document and situation.restricted


def _several(situation: Situation) -> bool:
    return situation.documents > 0
