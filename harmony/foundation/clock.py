"""Time, behind one seam: wall time for people, the monotonic clock for deadlines (DESIGN.md §6)."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where the program reads the time."""

    def wall(self) -> float:
        """Seconds since the Unix epoch. May jump when the machine's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never running backwards. Differences only."""
        ...


class SystemClock:
    """The machine's own clocks. The functions of `time` are used as they are, without a wrapper."""

    __slots__ = ()
    wall = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


class ManualClock:
    """A clock that moves only when told to. For tests, simulation and recovery."""

    __slots__ = ("_monotonic", "_wall")

    def __init__(self, wall: float = 0.0, monotonic: float = 0.0) -> None:
        self._wall = wall
        self._monotonic = monotonic

    def wall(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on both clocks. Raises ValueError when negative."""
        if seconds < 0:
            raise ValueError("a monotonic clock does not run backwards")
        self._wall += seconds
        self._monotonic += seconds

    def set_wall(self, wall: float) -> None:
        """Set the wall clock alone, as an administrator or a time server would."""
        self._wall = wall
