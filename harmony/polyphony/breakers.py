"""What is remembered of Players that crash, so that a restart of the program does not forget it.

The rules are the pool's (`pit/pool/breaker.py`); here are its rows alone. Of several programs on
one data folder, the last to write a row is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import apsw

from harmony.polyphony.schema import fetch
from harmony.polyphony.store import Store


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """A Player's breaker: since when it is in its state, how often in a row it opened, and when the
    Player crashed lately. Times are Unix seconds."""

    player: str
    state: str
    changed: float
    openings: int
    crashes: tuple[float, ...]


def read_breakers(store: Store) -> list[BreakerRow]:
    """Every Player of which anything is remembered."""

    def read(connection: apsw.Connection) -> list[BreakerRow]:
        rows = fetch(connection, "SELECT player, state, changed, openings, crashes FROM breakers")
        return [
            BreakerRow(player, state, changed, openings, tuple(json.loads(crashes)))
            for player, state, changed, openings, crashes in rows
        ]

    return store.reading(read)


def write_breaker_soon(
    store: Store, row: BreakerRow, told: Callable[[BaseException | None], None]
) -> None:
    """Remember this of a Player, without waiting. `told` gets None, or the error, on the writer
    thread. Raises StoreClosedError."""

    def write(connection: apsw.Connection) -> None:
        crashes = json.dumps(row.crashes)
        connection.execute(
            "INSERT OR REPLACE INTO breakers VALUES (?, ?, ?, ?, ?)",
            (row.player, row.state, row.changed, row.openings, crashes),
        )

    store.submit(write, lambda _, error: told(error))
