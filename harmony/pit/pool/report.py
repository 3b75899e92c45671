"""What the pool did for a run: how often a warm process was there, and what that cost in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class PoolReport:
    """The account of one run.

    A *warm hit* is a task that found a process of its package in memory, a *cold start* one that
    had to wait until one was up, `wait_seconds` in all. `warmed_used` and `warmed_unused` are the
    processes warmed before they were asked for that a task then used, or that ended unused.
    `idle_megabyte_seconds` is the memory of processes without a task, times how long. The last
    three are of the whole pool while the run went on, and shared with runs beside it.
    """

    warm_hits: int = 0
    cold_starts: int = 0
    wait_seconds: float = 0.0
    warmed_used: int = 0
    warmed_unused: int = 0
    idle_megabyte_seconds: float = 0.0

    @property
    def warm_hit_rate(self) -> float | None:
        """Which part of the tasks found a warm process; None without any."""
        return _part(self.warm_hits, self.cold_starts)

    @property
    def precision(self) -> float | None:
        """Which part of the processes warmed beforehand was used; None without any."""
        return _part(self.warmed_used, self.warmed_unused)

    def to_json(self) -> dict[str, Any]:
        """All figures by name, the two rates among them."""
        return {
            **asdict(self),
            "warm_hit_rate": self.warm_hit_rate,
            "precision": self.precision,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PoolReport:
        """Read what `to_json` wrote; figures that this version does not know are left out."""
        return cls(**{field.name: data[field.name] for field in fields(cls) if field.name in data})


def _part(of: int, others: int) -> float | None:
    return of / (of + others) if of or others else None
