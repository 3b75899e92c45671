"""Chart 9 as one run walks it: each arrow with what it brings along and how often it was taken.

How many tasks stand where follows from that. A move so touches one number instead of two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harmony.states.task import CHART

TakeIn = Callable[[Any, Any, Mapping[str, Any]], None]
"""Takes in what a move brings: the tracker, the task, the data of the record."""


class Arrow:
    """An arrow of the chart. `step` are the states before and after."""

    __slots__ = ("after", "step", "take_in", "taken")

    def __init__(self, before: str, after: str, take_in: TakeIn | None) -> None:
        self.step = (before, after)
        self.after = after
        self.take_in = take_in
        self.taken = 0


class Arrows:
    """The arrows of one run, and how many tasks stand where.

    `by_state` is the table by state and event: two look-ups without making a key.
    """

    __slots__ = ("_beside", "_entering", "_leaving", "by_state")

    def __init__(
        self, by_end: Mapping[str, TakeIn], special: Mapping[tuple[str, str], TakeIn]
    ) -> None:
        """What a move brings is taken in by its end, or by both ends where `special` has them."""
        self.by_state: dict[str, dict[str, Arrow]] = {state: {} for state in CHART.states}
        self._entering: dict[str, list[Arrow]] = {state: [] for state in CHART.states}
        self._leaving: dict[str, list[Arrow]] = {state: [] for state in CHART.states}
        # Who came to a state by no arrow, less those that are gone.
        self._beside = dict.fromkeys(CHART.states, 0)
        for (before, event), after in CHART.transitions.items():
            arrow = Arrow(before, after, special.get((before, after), by_end.get(after)))
            self.by_state[before][event] = arrow
            self._leaving[before].append(arrow)
            self._entering[after].append(arrow)

    def task_made(self) -> None:
        """One more stands where all begin."""
        self._beside[CHART.initial] += 1

    def task_removed(self, state: str) -> None:
        """One that stood here is no more."""
        self._beside[state] -= 1

    def count(self, state: str) -> int:
        """How many tasks stand in a state."""
        count = self._beside[state]
        for arrow in self._entering[state]:
            count += arrow.taken
        for arrow in self._leaving[state]:
            count -= arrow.taken
        return count
