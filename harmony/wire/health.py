"""How a connection does, as whoever shows it is told (chart 6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """A Player process's connection, for whoever shows it.

    `connection` is its state in chart 6; `round_trip` the median of the last health checks in
    seconds, None before the first; `silent` how many seconds ago the child was heard last.
    `sent` and `received` count messages. `left_out` were said too fast, `stale` were about tasks
    that it had not been given or had ended before, `cut` are printed bytes over the limit.
    """

    connection: str
    round_trip: float | None = None
    silent: float = 0.0
    sent: int = 0
    received: int = 0
    unacknowledged: int = 0
    reconnections: int = 0
    left_out: int = 0
    stale: int = 0
    cut: int = 0
    capabilities: frozenset[str] = frozenset()
