"""How the connection to a Player process does, in words. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harmony.foundation.words import render
from harmony.pit.pool import Pool

_TROUBLED: Final = frozenset({"Degraded", "Disconnected", "Reconnecting"})


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """A process that lives: the state of its connection (chart 6), and how quickly it answers in
    seconds (None before it was first asked)."""

    pid: int | None
    connection: str
    round_trip: float | None = None

    @property
    def is_troubled(self) -> bool:
        """Whether a person should notice."""
        return self.connection in _TROUBLED

    @property
    def words(self) -> str:
        """`Connected · answers in 0.2 ms`."""
        state = render(f"board.connection_{self.connection.lower()}")
        if self.round_trip is None:
            return state
        return render("board.lane_round_trip", state=state, time=f"{self.round_trip * 1000:.2f}")


def health_of(pool: Pool, process: str) -> ProcessHealth | None:
    """How a process of the pool does; None when it is gone, or its host does not tell."""
    found = pool.processes.get(process)
    health = getattr(found.process, "health", None) if found is not None else None
    if found is None or health is None:
        return None
    return ProcessHealth(found.pid, health.connection, health.round_trip)
