"""Axes: round steps, tick positions, and numbers written short. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis from `low` to `high` with ticks at round places."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies: 0 at `low`, 1 at `high`."""
        return (value - self.low) / (self.high - self.low)


def linear_scale(
    values: Sequence[float], wanted: int = 5, from_zero: bool = False, widen: bool = True
) -> Scale:
    """An axis that holds all values, with about `wanted` ticks at 1, 2 or 5 times a power of ten.

    Values that are not finite are left out; no values, or all equal ones, still give an axis.
    With `widen`, the axis ends at the ticks around the values, else at the values.
    """
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        low, high = (low, high + pad) if from_zero and low == 0 else (low - pad, high + pad)
    step = round_step((high - low) / max(1, wanted))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if not widen:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple(number * step for number in range(first, last + 1))
    if widen:
        return Scale(ticks[0], ticks[-1], ticks)
    return Scale(low, high, ticks)


def round_step(rough: float) -> float:
    """The next of 1, 2, 5 times a power of ten that is not smaller than `rough`."""
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def number_text(value: float) -> str:
    """A number as an axis or a tip writes it: 1,200, 0.25, 3.4 M."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    for limit, letter in ((1e9, "G"), (1e6, "M")):
        if size >= limit:
            return f"{_trim(value / limit)} {letter}"
    if size >= 1000 or value == round(value):
        return f"{value:,.0f}".replace("-", "\u2212")
    if size < 0.001:
        return f"{value:.1e}"
    return _trim(value)


def _trim(value: float) -> str:
    text = f"{value:.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "\u2212")


def time_scale(values: Sequence[float], wanted: int = 6) -> Scale:
    """An axis over Unix seconds with ticks at the starts of years, months, days, hours or less."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=86_400.0)
    if low == high:
        low, high = low - 43_200, high + 43_200
    rough = (high - low) / max(1, wanted)
    if rough > 20 * 86_400:
        ticks = _month_starts(low, high, max(1, math.ceil(rough / (30.4 * 86_400))))
    else:
        step = next((step for step in _STEPS if step >= rough), _STEPS[-1])
        first = math.ceil(low / step)
        ticks = tuple(n * step for n in range(first, math.floor(high / step) + 1))
    return Scale(low, high, ticks)


def time_text(moment: float, scale: Scale) -> str:
    """A moment as its axis writes it: the year, the month, the day or the time of day."""
    if not math.isfinite(moment):
        return "–"
    at = datetime.fromtimestamp(moment, UTC)
    apart = scale.ticks[1] - scale.ticks[0] if len(scale.ticks) > 1 else scale.high - scale.low
    if apart < 86_400:
        return at.strftime("%H:%M") if apart >= 60 else at.strftime("%H:%M:%S")
    if apart < 20 * 86_400:
        return at.strftime("%Y-%m-%d")
    if apart < 300 * 86_400:
        return at.strftime("%Y-%m")
    return at.strftime("%Y")


def moment_text(moment: float) -> str:
    """A moment in full, for a tip: the date, and the time of day where it is not midnight."""
    if not math.isfinite(moment):
        return "–"
    at = datetime.fromtimestamp(moment, UTC)
    return at.strftime("%Y-%m-%d" if at.hour == at.minute == at.second == 0 else "%Y-%m-%d %H:%M")


_STEPS = (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400, 172_800, 604_800, 1_209_600)


def _month_starts(low: float, high: float, every: int) -> tuple[float, ...]:
    every = next((step for step in (1, 2, 3, 6) if step >= every), math.ceil(every / 12) * 12)
    at = datetime.fromtimestamp(low, UTC)
    month = at.year * 12 + at.month - 1
    month -= month % every
    ticks = []
    while True:
        year, index = divmod(month, 12)
        if not 1 <= year <= 9999:
            break
        moment = datetime(year, index + 1, 1, tzinfo=UTC).timestamp()
        if moment > high:
            break
        if moment >= low:
            ticks.append(moment)
        month += every
    return tuple(ticks)
