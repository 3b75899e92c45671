"""View: zoom, panels, theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from harmony.board.commands.command import Command, with_document
from harmony.board.commands.situation import Situation
from harmony.board.look import Choice


class ViewActions(Protocol):
    """What the window does for the View menu."""

    def zoom_in(self) -> None: ...
    def zoom_out(self) -> None: ...
    def zoom_reset(self) -> None: ...
    def zoom_to_fit(self) -> None: ...
    def zoom_to_selection(self) -> None: ...
    def focus_canvas(self) -> None: ...
    def search_players(self) -> None: ...
    def toggle_palette(self) -> None: ...
    def toggle_inspector(self) -> None: ...
    def toggle_panel(self) -> None: ...
    def show_timeline(self) -> None: ...
    def show_log(self) -> None: ...
    def show_history(self) -> None: ...
    def choose_theme(self, choice: Choice) -> None: ...
    def theme_choice(self) -> Choice: ...
    def show_large(self) -> None: ...


def view_commands(actions: ViewActions) -> list[Command]:
    """The commands of the View menu."""
    here = with_document
    return [
        Command(
            "view.zoom_in",
            "view",
            actions.zoom_in,
            0,
            ("Ctrl++", "Ctrl+="),
            enabled=here,
            icon="zoom-in",
        ),
        Command(
            "view.zoom_out", "view", actions.zoom_out, 0, ("Ctrl+-",), enabled=here, icon="zoom-out"
        ),
        Command("view.zoom_reset", "view", actions.zoom_reset, 0, ("Ctrl+0",), enabled=here),
        Command("view.fit", "view", actions.zoom_to_fit, 0, ("Ctrl+1",), enabled=here, icon="fit"),
        Command(
            "view.selection", "view", actions.zoom_to_selection, 0, ("Ctrl+2",), enabled=_selected
        ),
        Command(
            "view.large",
            "view",
            actions.show_large,
            1,
            ("Ctrl+Return",),
            enabled=_one_node,
            on_canvas=True,
        ),
        Command("view.canvas", "view", actions.focus_canvas, 2, ("F6",), enabled=here),
        Command(
            "view.players",
            "view",
            actions.search_players,
            2,
            ("Ctrl+F",),
            enabled=here,
            icon="search",
        ),
        Command(
            "view.palette",
            "view",
            actions.toggle_palette,
            2,
            ("Ctrl+B",),
            enabled=here,
            icon="panel-left",
        ),
        Command(
            "view.inspector",
            "view",
            actions.toggle_inspector,
            2,
            ("Ctrl+I",),
            enabled=here,
            icon="panel-right",
        ),
        Command(
            "view.panel",
            "view",
            actions.toggle_panel,
            2,
            ("Ctrl+J",),
            enabled=here,
            icon="panel-bottom",
        ),
        Command("view.timeline", "view", actions.show_timeline, 3, ("Ctrl+Shift+T",), enabled=here),
        Command(
            "view.log", "view", actions.show_log, 3, ("Ctrl+Shift+L",), enabled=here, icon="log"
        ),
        Command(
            "view.history",
            "view",
            actions.show_history,
            3,
            ("Ctrl+H",),
            enabled=here,
            icon="history",
        ),
        *(_theme(actions, choice) for choice in _CHOICES),
    ]


_CHOICES: tuple[Choice, ...] = ("system", "light", "dark")


def _theme(actions: ViewActions, choice: Choice) -> Command:
    def run() -> None:
        actions.choose_theme(choice)

    def checked(_situation: Situation) -> bool:
        return actions.theme_choice() == choice

    chosen: Callable[[Situation], bool] = checked
    return Command(f"view.theme_{choice}", "view", run, 4, checked=chosen)


def _selected(situation: Situation) -> bool:
    return situation.has_document and situation.has_selection


def _one_node(situation: Situation) -> bool:
    return situation.has_document and situation.selected_nodes == 1
