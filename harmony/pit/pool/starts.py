"""Starts of a package that failed one after the other: when the next one is worth trying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harmony.foundation.randomness import Randomness, backoff_delay
from harmony.wire.launch import Exit

FAILURES_TO_BREAK: Final = 3
"""So many starts of a package that failed in a row, and it is not started for a while."""

BREAK_SECONDS: Final = 5.0
"""How long a package is left alone then; twice as long after each further failure."""

LONGEST_BREAK: Final = 60.0
RESTART_BASE: Final = 0.05
RESTART_CAP: Final = 2.0


@dataclass(slots=True)
class FailedStarts:
    """How many in a row, how the last one ended, and when (monotonic)."""

    count: int = 0
    last: Exit | None = None
    at: float = 0.0

    def add(self, ending: Exit, now: float) -> None:
        """One more failed."""
        self.count += 1
        self.last, self.at = ending, now

    def refusal(self, now: float) -> Exit | None:
        """How the last one ended, while the package is to be left alone; None when it is not."""
        beyond = self.count - FAILURES_TO_BREAK
        if beyond < 0:
            return None
        pause = min(LONGEST_BREAK, BREAK_SECONDS * 2.0 ** min(beyond, 10))
        return self.last if now - self.at < pause else None

    def delay(self, randomness: Randomness) -> float:
        """Seconds to wait before the next start: exponential, full jitter."""
        return backoff_delay(max(1, self.count), RESTART_BASE, RESTART_CAP, randomness)
