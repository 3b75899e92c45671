"""A command: its name, its keys, its place in the menu, when it may run, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from harmony.board.commands.situation import Situation
from harmony.board.permission import Permission
from harmony.foundation.words import render

Menu = Literal["file", "edit", "view", "run", "help"]
MENUS: tuple[Menu, ...] = ("file", "edit", "view", "run", "help")
Work = Coroutine[Any, Any, None]


def always(_situation: Situation) -> bool:
    """Enabled in every situation."""
    return True


def with_document(situation: Situation) -> bool:
    """Enabled when a melody is in front."""
    return situation.has_document


@dataclass(frozen=True, slots=True)
class Command:
    """One action. `run` does it, or returns the coroutine that does.

    `needs` names what the canvas state must permit; `enabled` judges everything else. `group`
    orders the entries of a menu: a line is drawn between groups. `shortcuts` are in Qt's portable
    text form; the first is the one shown. With `on_canvas` they count only while the canvas has the
    keyboard, since in a list or a field the same keys mean something else. A command that needs no
    engine is run `at_once`; while the program starts, all others wait until it is up.
    """

    id: str
    menu: Menu
    run: Callable[[], Work | None]
    group: int = 0
    shortcuts: tuple[str, ...] = ()
    needs: frozenset[Permission] = frozenset()
    enabled: Callable[[Situation], bool] = always
    checked: Callable[[Situation], bool] | None = None
    icon: str = ""
    on_canvas: bool = False
    at_once: bool = False

    @property
    def name(self) -> str:
        """Its name for people, from the catalogue."""
        return render(f"board.command.{self.id}")

    @property
    def help(self) -> str:
        """One sentence on what it does, from the catalogue."""
        return render(f"board.command.{self.id}.help")

    def allowed(self, situation: Situation) -> bool:
        """Whether it may run now."""
        return self.needs <= situation.allowed and self.enabled(situation)
