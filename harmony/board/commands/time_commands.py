"""View: the time line of a run, and the chart of its tasks."""

from __future__ import annotations

from typing import Protocol

from harmony.board.commands.command import Command
from harmony.board.commands.situation import Situation


class TimeActions(Protocol):
    """What the window does with the time of a run."""

    def focus_track(self) -> None: ...
    def toggle_chart(self) -> None: ...
    def back_to_now(self) -> None: ...
    def show_family(self) -> None: ...


def time_commands(actions: TimeActions) -> list[Command]:
    """The commands for travelling in time."""
    return [
        Command("view.travel", "view", actions.focus_track, 3, ("Alt+T",), enabled=_has_run),
        Command("view.chart", "view", actions.toggle_chart, 3, ("Alt+G",), enabled=_has_run),
        Command("view.family", "view", actions.show_family, 3, ("Alt+F",), enabled=_has_run),
        Command("view.now", "view", actions.back_to_now, 3, ("Alt+End",), enabled=_has_run),
    ]


def _has_run(situation: Situation) -> bool:
    return bool(situation.run)
