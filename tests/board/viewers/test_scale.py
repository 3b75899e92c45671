"""Axes with round ticks."""

from __future__ import annotations

import math

import pytest

from harmony.board.viewers.scale import linear_scale, number_text, round_step, time_scale, time_text


@pytest.mark.parametrize(
    ("rough", "step"), [(0.7, 1), (1, 1), (1.1, 2), (3, 5), (7, 10), (0.03, 0.05), (0, 1)]
)
def test_a_step_is_one_two_or_five(rough: float, step: float) -> None:
    assert round_step(rough) == pytest.approx(step)


def test_an_axis_holds_all_values_between_round_ticks() -> None:
    scale = linear_scale([-7.1, 35.6], wanted=5)
    assert scale.ticks == (-10, 0, 10, 20, 30, 40)
    assert scale.share(-10) == 0
    assert scale.share(40) == 1


def test_bars_stand_on_zero() -> None:
    assert linear_scale([40, 60], from_zero=True).low == 0
    assert linear_scale([-40, -60], from_zero=True).high == 0


@pytest.mark.parametrize("values", [[], [3.0], [0.0, 0.0], [math.nan], [1e300, -1e300]])
def test_odd_values_still_give_an_axis(values: list[float]) -> None:
    scale = linear_scale(values)
    assert scale.low < scale.high
    assert len(scale.ticks) >= 2


def test_numbers_are_written_short() -> None:
    texts = [number_text(v) for v in (0, 1200, 0.25, -3, 3.4e6, 0.00002, math.inf)]
    assert texts == ["0", "1,200", "0.25", "−3", "3.4 M", "2.0e-05", "–"]


def test_a_time_axis_has_ticks_at_starts() -> None:
    day = 86_400
    years = time_scale([0, 4 * 365 * day])
    assert {time_text(t, years)[5:] for t in years.ticks} <= {"01", "07", ""}
    hours = time_scale([0, 8 * 3600])
    assert [time_text(t, hours) for t in hours.ticks][:2] == ["00:00", "03:00"]
    one = time_scale([5.0 * day])
    assert one.low < one.high
