"""Which Player this user runs after which, across sessions: weights that halve as they age.

The model over them is the pool's (`pit/pool/habits.py`). A row keeps its weight as it was at `at`;
what it is worth later follows from its age, so that nothing has to be rewritten as time passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import apsw

from harmony.polyphony.schema import fetch
from harmony.polyphony.store import Store

HALF_LIFE: Final = 30 * 86_400.0
"""Seconds in which a habit that is kept no more loses half of its weight."""


FADING: Final = 0.95
"""What the habits after a Player keep of their weight each time that one more is counted: what this
user did lately says more than what was done most."""


@dataclass(frozen=True, slots=True)
class HabitRow:
    """After the Player `before` came `after`: how often, less what has aged away."""

    before: str
    after: str
    weight: float


@dataclass(frozen=True, slots=True)
class HabitRows:
    """All habits as they are worth now, and the Player that ran last; empty when none did."""

    rows: tuple[HabitRow, ...]
    last: str


def read_habits(store: Store, now: float) -> HabitRows:
    """What is known by `now` (Unix seconds)."""

    def read(connection: apsw.Connection) -> HabitRows:
        rows = fetch(connection, "SELECT before, after, weight, at FROM player_habits")
        last = fetch(connection, "SELECT player FROM last_player")
        aged = (
            HabitRow(before, after, _aged(weight, now - at)) for before, after, weight, at in rows
        )
        return HabitRows(tuple(aged), last[0][0] if last else "")

    return store.reading(read)


def learn_soon(
    store: Store,
    players: Iterable[str],
    now: float,
    told: Callable[[BaseException | None], None],
) -> None:
    """A run used these Players, in this order; the first came after the last of the run before.

    Does not wait: `told` gets None, or the error, on the writer thread. Raises StoreClosedError.
    """
    sequence = list(players)

    def learn(connection: apsw.Connection) -> None:
        if not sequence:
            return
        last = fetch(connection, "SELECT player FROM last_player")
        # A melody of some hundred nodes has few pairs of Players: each is read and written once.
        habits: dict[str, dict[str, tuple[float, float]]] = {}
        for before, after in pairwise([*(last[0] if last else ()), *sequence]):
            if before not in habits:
                query = "SELECT after, weight, at FROM player_habits WHERE before = ?"
                found = fetch(connection, query, before)
                habits[before] = {then: (weight, at) for then, weight, at in found}
            own = habits[before]
            for then, (weight, at) in own.items():
                own[then] = (weight * FADING, at)
            weight, at = own.get(after, (0.0, now))
            own[after] = (_aged(weight, now - at) + 1.0, now)
        for before, own in habits.items():
            for after, (weight, at) in own.items():
                connection.execute(
                    "INSERT OR REPLACE INTO player_habits VALUES (?, ?, ?, ?)",
                    (before, after, weight, at),
                )
        connection.execute(
            "INSERT OR REPLACE INTO last_player VALUES (1, ?, ?)", (sequence[-1], now)
        )

    store.submit(learn, lambda _, error: told(error))


def _aged(weight: float, seconds: float) -> float:
    return float(weight * 0.5 ** (max(0.0, seconds) / HALF_LIFE))
