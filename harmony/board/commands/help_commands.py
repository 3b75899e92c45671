"""Help: the command palette, the shortcuts, About."""

from __future__ import annotations

from typing import Protocol

from harmony.board.commands.command import Command


class HelpActions(Protocol):
    """What the window does for the Help menu."""

    def open_palette(self) -> None: ...
    def show_shortcuts(self) -> None: ...
    def show_about(self) -> None: ...
    def open_menu(self) -> None: ...


def help_commands(actions: HelpActions) -> list[Command]:
    """The commands of the Help menu."""
    return [
        Command(
            "help.palette",
            "help",
            actions.open_palette,
            0,
            ("Ctrl+Shift+P", "Ctrl+K"),
            icon="command",
        ),
        Command("help.menu", "help", actions.open_menu, 0, ("F10",), at_once=True),
        Command("help.shortcuts", "help", actions.show_shortcuts, 1, ("F1",), icon="keyboard"),
        Command("help.about", "help", actions.show_about, 1, icon="info"),
    ]
