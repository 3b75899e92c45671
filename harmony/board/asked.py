"""What a person asked for while the program was still starting: kept in order, done when it is up.

The window answers before the engine below it runs (docs/architecture.md, The start of the Board).
Nobody has to click twice for having been quick.
"""

from __future__ import annotations

from collections.abc import Callable


class Asked:
    """Does at once what it is asked to, as soon as `begin` was called.

    `tell` hears the name of what has to wait; `report` hears of what fails when its turn comes.
    """

    def __init__(
        self, tell: Callable[[str], None], report: Callable[[BaseException], None]
    ) -> None:
        self._tell = tell
        self._report = report
        self._is_up = False
        self._waiting: list[Callable[[], object]] = []

    def do(self, what: Callable[[], object], name: str) -> None:
        """Do something, now or when the engine is up. `name` is what a person calls it."""
        if self._is_up:
            what()
            return
        self._waiting.append(what)
        self._tell(name)

    def begin(self) -> None:
        """The engine is up: do what has waited, in the order in which it was asked for."""
        self._is_up = True
        waiting, self._waiting = self._waiting, []
        for what in waiting:
            try:
                what()
            except Exception as error:  # noqa: BLE001 - shown, like every error of a command
                self._report(error)
