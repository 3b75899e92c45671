"""Which Player comes next: an order-1 Markov model over Players, learned from this user's runs.

The likelihood of a Player after another is how often it followed, one added to each count so that
what never happened is unlikely and not impossible. Counts fade (`polyphony/habits.py`).
Players of one package share processes, so that for warming it is asked of packages: how likely is
it that one of its Players is among the next few?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Final

from harmony.polyphony.habits import FADING

STEPS: Final = 3
"""How many Players ahead a package is looked for."""


class Habits:
    """What this user runs after what: `rows` are Player, next Player and weight.

    `last` is the Player that ran last; empty when none did.
    """

    def __init__(self, rows: Iterable[tuple[str, str, float]] = (), last: str = "") -> None:
        self.last = last
        self._after: dict[str, dict[str, float]] = {}
        self._players: dict[str, None] = {}
        for before, after, weight in rows:
            self._after.setdefault(before, {})[after] = weight
            self._players[before] = self._players[after] = None

    def learn(self, players: Iterable[str]) -> None:
        """A run used these Players in this order; its first came after the last of all before."""
        sequence = [*filter(None, [self.last]), *players]
        for before, after in pairwise(sequence):
            self._count(before, after)
        if sequence:
            self.last = sequence[-1]

    def likelihood(self, before: str, after: str) -> float:
        """How likely `after` is the Player that comes after `before`."""
        weights = self._after.get(before, {})
        if not self._players:
            return 0.0
        return (weights.get(after, 0.0) + 1.0) / (sum(weights.values()) + len(self._players))

    def next_players(self, before: str, count: int = 3) -> list[str]:
        """The likeliest Players after one, the likeliest first."""
        weights = self._after.get(before, {})
        return sorted(self._players, key=lambda player: -weights.get(player, 0.0))[:count]

    def packages(
        self, package_of: Callable[[str], str | None], steps: int = STEPS
    ) -> Mapping[str, float]:
        """How likely each package has a Player among the next `steps`, from where the user stands.

        Packages that `package_of` does not know are left out.
        """
        if not self._players:
            return {}
        members: dict[str, set[str]] = {}
        for player in self._players:
            package = package_of(player)
            if package is not None:
                members.setdefault(package, set()).add(player)
        return {package: self._reaches(own, steps) for package, own in members.items()}

    def _reaches(self, goal: set[str], steps: int) -> float:
        """How likely one of `goal` is among the next steps: one less the way round all of them."""
        missed: dict[str, float] = {self.last: 1.0}
        size = len(self._players)
        for _ in range(steps):
            after: dict[str, float] = {}
            for before, likelihood in missed.items():
                weights = self._after.get(before, {})
                share = likelihood / (sum(weights.values()) + size)
                for player in self._players:
                    if player not in goal:
                        part = share * (weights.get(player, 0.0) + 1.0)
                        after[player] = after.get(player, 0.0) + part
            missed = after
        return 1.0 - sum(missed.values())

    def _count(self, before: str, after: str) -> None:
        weights = self._after.setdefault(before, {})
        for known in weights:
            weights[known] *= FADING
        weights[after] = weights.get(after, 0.0) + 1.0
        self._players[before] = self._players[after] = None
