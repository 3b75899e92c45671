"""The Help menu at work: the command palette and the pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from harmony.board.look import player_icon
from harmony.foundation.words import render

if TYPE_CHECKING:
    from harmony.board.commands.command_palette import Entry
    from harmony.board.window import BoardWindow


class HelpDesk:
    """Fulfils `HelpActions`."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window

    def open_palette(self) -> None:
        field = self._window.top.field
        corner = field.mapToGlobal(QPoint(field.width(), field.height() + 6))
        self._window.command_palette.open_at(corner, self.entries())

    def entries(self) -> list[Entry]:
        """Every command, then every node of the melody in front."""
        from harmony.board.commands.command_palette import Entry
        from harmony.board.dialogs.pages import shown_keys

        registry = self._window.registry
        situation = registry.situation()
        entries = [
            Entry(
                title=command.name,
                where=render(f"board.menu_{command.menu}"),
                keys=shown_keys(command.shortcuts[0]) if command.shortcuts else "",
                icon=command.icon,
                enabled=command.allowed(situation),
                choose=partial(self._window.command_actions.run, command.id),
            )
            for command in registry
            if command.id != "help.palette"
        ]
        page = self._window.page
        if page is not None:
            for node in page.document.document.melody.nodes.values():
                spec = self._window.symphony.catalogue.spec(node.player)
                entries.append(
                    Entry(
                        title=self._window.title_of(node.id),
                        where=render("board.palette_node", id=node.id),
                        keys="",
                        icon=player_icon(spec),
                        enabled=True,
                        choose=partial(self._window.go_to_node, node.id),
                    )
                )
        return entries

    def show_shortcuts(self) -> None:
        from harmony.board.dialogs.pages import shortcuts_page

        shortcuts_page(self._window.registry, self._window).open()

    def show_about(self) -> None:
        from harmony.board.dialogs.pages import about_page

        about_page(self._window.look, self._window).open()

    def open_menu(self) -> None:
        self._window.top.mark.showMenu()
