"""How much the pool may keep, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field

from harmony.foundation.settings import processor_count


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`idle_seconds` until an unused process cools down, twice that until it is evicted.

    From `processes_at_once` processes of a package on, a task that may be sent ahead joins a busy
    one instead of having another started.
    """

    memory_mb: float = 2048.0
    idle_seconds: float = 120.0
    processes_at_once: int = field(default_factory=processor_count)
