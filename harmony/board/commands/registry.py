"""The commands of one window: registered once, found by id, run only when they may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from harmony.board.commands.command import MENUS, Command, Menu, Work
from harmony.board.commands.situation import Situation
from harmony.board.errors import CommandError


class CommandRegistry:
    """Holds the commands. `situation` is asked each time anew; `start` takes a coroutine on."""

    def __init__(self, situation: Callable[[], Situation], start: Callable[[Work], object]) -> None:
        self._situation = situation
        self._start = start
        self._commands: dict[str, Command] = {}
        self._shortcuts: dict[str, str] = {}

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __len__(self) -> int:
        return len(self._commands)

    def register(self, commands: Iterable[Command]) -> None:
        """Add commands. Raises CommandError for an id or a shortcut that is taken."""
        for command in commands:
            if command.id in self._commands:
                raise CommandError("board.command_twice", command=command.id)
            for shortcut in command.shortcuts:
                owner = self._shortcuts.setdefault(shortcut.casefold(), command.id)
                if owner != command.id:
                    raise CommandError(
                        "board.shortcut_twice", shortcut=shortcut, first=owner, second=command.id
                    )
            self._commands[command.id] = command

    def get(self, command_id: str) -> Command:
        """The command of that id. Raises CommandError when there is none."""
        try:
            return self._commands[command_id]
        except KeyError:
            raise CommandError("board.command_unknown", command=command_id) from None

    def allowed(self, command_id: str) -> bool:
        """Whether a command may run now."""
        return self.get(command_id).allowed(self._situation())

    def run(self, command_id: str) -> None:
        """Run a command. Raises CommandError when the situation forbids it."""
        command = self.get(command_id)
        situation = self._situation()
        if not command.allowed(situation):
            raise CommandError(
                "board.command_refused", name=command.name, state=situation.canvas or "–"
            )
        work = command.run()
        if work is not None:
            self._start(work)

    def situation(self) -> Situation:
        """The facts as they are now."""
        return self._situation()

    def menu(self, menu: Menu) -> list[list[Command]]:
        """The groups of one menu, in their order; inside a group as registered."""
        entries = sorted((c for c in self if c.menu == menu), key=lambda command: command.group)
        return [list(group) for _, group in groupby(entries, key=lambda command: command.group)]

    def menus(self) -> dict[Menu, list[list[Command]]]:
        """All menus in the order of the menu bar."""
        return {menu: self.menu(menu) for menu in MENUS}
