"""The span of time that a chart shows: fitted, zoomed around a place, panned. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SHORTEST: Final = 0.002
"""Seconds; no closer look is given than this."""


@dataclass(slots=True)
class Span:
    """From `begin` to `end`, seconds of worked time. `whole` while it shows all there is."""

    begin: float = 0.0
    end: float = 1.0
    whole: bool = True

    @property
    def length(self) -> float:
        """How long it is, seconds."""
        return max(_SHORTEST, self.end - self.begin)

    def share(self, elapsed: float) -> float:
        """Where a time lies in it: 0 at the begin, 1 at the end."""
        return (elapsed - self.begin) / self.length

    def at(self, share: float) -> float:
        """The time at a share of it."""
        return self.begin + share * self.length

    def fit(self, now: float) -> None:
        """There is so much to show: all of it, unless a part was chosen."""
        if self.whole:
            self.begin, self.end = 0.0, max(now, _SHORTEST)

    def zoom(self, factor: float, around: float, now: float) -> None:
        """Show a span so many times shorter, in which `around` stays where it is; 0: all."""
        length = self.length / factor if factor else math.inf
        if length >= now:
            self.whole = True
            self.fit(now)
            return
        length = max(_SHORTEST, length)
        share = min(1.0, max(0.0, self.share(around)))
        self.whole = False
        self._put(around - share * length, length, now)

    def pan(self, seconds: float, now: float) -> None:
        """Go on, or back, without passing the ends."""
        if not self.whole:
            self._put(self.begin + seconds, self.length, now)

    def show(self, elapsed: float, now: float) -> None:
        """Bring a time into sight."""
        if not self.begin <= elapsed <= self.end:
            self._put(elapsed - self.length / 2, self.length, now)

    def _put(self, begin: float, length: float, now: float) -> None:
        self.begin = min(max(0.0, begin), max(0.0, now - length))
        self.end = self.begin + length


def ticks(span: Span, most: int) -> Iterator[tuple[float, str]]:
    """Round times in a span and how they are written; at most so many."""
    rough = span.length / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    if step >= 60:
        step = next(
            (s for s in (60, 120, 300, 600, 1800, 3600) if s >= rough),
            3600.0 * math.ceil(rough / 3600),
        )
    number = math.ceil(span.begin / step)
    while number * step <= span.end:
        elapsed = number * step
        yield elapsed, _written(elapsed, step)
        number += 1


def _written(elapsed: float, step: float) -> str:
    if step >= 1:
        whole = round(elapsed)
        if whole < 60:
            return f"{whole} s"
        if whole < 3600:
            return f"{whole // 60}:{whole % 60:02d}"
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    digits = max(0, -math.floor(math.log10(step)))
    return f"{elapsed:.{digits}f} s"
