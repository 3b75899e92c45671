"""What all sources together foresee: running runs, open melodies, the user's habits."""

from __future__ import annotations

from collections.abc import Iterable

from harmony.pit.pool.package import Package
from harmony.pit.pool.warming import LookAhead, Wish, merged


class Foresight:
    """`wishes` has one wish for each package that anybody foresees, by its key."""

    def __init__(self) -> None:
        self.wishes: dict[str, Wish] = {}
        self._of: dict[str, list[Wish]] = {}
        self._runs: dict[str, LookAhead] = {}

    def set(self, source: str, wishes: Iterable[Wish]) -> None:
        """What one source foresees from now on, instead of what it foresaw before."""
        own = list(wishes)
        if own:
            self._of[source] = own
        elif self._of.pop(source, None) is None:
            return
        self.wishes = merged(wish for wishes in self._of.values() for wish in wishes)

    def likelihood(self, package: Package) -> float:
        """How likely a process of this package is used soon, as far as anybody knows."""
        wish = self.wishes.get(package.key)
        return 0.0 if wish is None else wish.likelihood

    def begin_run(self, run: str, look_ahead: LookAhead) -> None:
        """A run looks ahead from now on."""
        self._runs[run] = look_ahead

    def task_begins(self, run: str, task: str) -> bool:
        """A task of a run begins; whether something else is wished for now."""
        look_ahead = self._runs.get(run)
        wishes = None if look_ahead is None else look_ahead.began(task)
        if wishes is None:
            return False
        self.set(run, wishes)
        return True

    def end_run(self, run: str) -> list[str]:
        """A run needs nothing any more: the Players that it used, in their order."""
        self.set(run, ())
        look_ahead = self._runs.pop(run, None)
        return [] if look_ahead is None else look_ahead.players
