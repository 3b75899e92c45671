"""Clocks, random streams, retry delays and ids."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.foundation.clock import Clock, ManualClock, SystemClock
from harmony.foundation.ids import ALPHABET, is_id, made_at, new_id, short_id
from harmony.foundation.randomness import Randomness, backoff_delay


def test_the_system_clock_reads_the_clocks_of_the_machine() -> None:
    clock: Clock = SystemClock()
    before, wall, after = time.time(), clock.wall(), time.time()
    assert before <= wall <= after
    before, monotonic, after = time.monotonic(), clock.monotonic(), time.monotonic()
    assert before <= monotonic <= after


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(wall=100.0, monotonic=7.0)
    clock.advance(2.5)
    assert (clock.wall(), clock.monotonic()) == (102.5, 9.5)
    clock.set_wall(50.0)
    assert (clock.wall(), clock.monotonic()) == (50.0, 9.5)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_the_same_seed_gives_the_same_stream() -> None:
    def draw(stream: Randomness) -> list[object]:
        items = [1, 2, 3, 4, 5]
        stream.shuffle(items)
        return [
            stream.uniform(0, 1),
            stream.integer(1, 6),
            stream.bits(80),
            stream.choice("abc"),
            items,
        ]

    assert draw(Randomness(7)) == draw(Randomness(7))
    assert draw(Randomness(7)) != draw(Randomness(8))
    assert draw(Randomness()) != draw(Randomness())


def test_drawing_from_a_fork_does_not_disturb_the_stream() -> None:
    one, other = Randomness(1), Randomness(1)
    forked = one.fork()
    for _ in range(10):
        forked.uniform(0, 1)
    other.fork()
    assert one.bits(64) == other.bits(64)


@given(
    attempt=st.integers(1, 10_000),
    base=st.floats(0.001, 10),
    cap=st.floats(0, 3600),
    seed=st.integers(),
)
def test_a_retry_delay_lies_between_zero_and_what_the_attempt_allows(
    attempt: int, base: float, cap: float, seed: int
) -> None:
    delay = backoff_delay(attempt, base, cap, Randomness(seed))
    assert 0 <= delay <= cap
    if attempt <= 20:
        assert delay <= base * 2 ** (attempt - 1)


def test_retry_delays_use_the_whole_range_so_that_they_do_not_meet() -> None:
    stream = Randomness(3)
    delays = [backoff_delay(4, 1.0, 100.0, stream) for _ in range(2000)]
    assert min(delays) < 0.5 and max(delays) > 7.5 and max(delays) <= 8
    assert 3.7 < sum(delays) / len(delays) < 4.3


@pytest.mark.parametrize(("attempt", "base", "cap"), [(0, 1, 1), (1, -1, 1), (1, 1, -1)])
def test_a_senseless_retry_is_refused(attempt: int, base: float, cap: float) -> None:
    with pytest.raises(ValueError, match="attempts count from 1"):
        backoff_delay(attempt, base, cap, Randomness(0))


def test_an_id_has_26_characters_that_tell_when_it_was_made() -> None:
    identifier = new_id(ManualClock(wall=1_800_000_000.123), Randomness(0))
    assert len(identifier) == 26 and set(identifier) <= set(ALPHABET) and is_id(identifier)
    assert made_at(identifier) == pytest.approx(1_800_000_000.123, abs=0.001)
    assert new_id(ManualClock(wall=0.0), Randomness(0)).startswith("0000000000")


@given(times=st.lists(st.integers(0, 2**48 - 1), min_size=2, max_size=20, unique=True))
def test_ids_sort_by_the_time_they_were_made(times: list[int]) -> None:
    stream = Randomness(0)
    ids = [new_id(ManualClock(wall=(ms + 0.5) / 1000), stream) for ms in times]
    made_in_order = [identifier for _, identifier in sorted(zip(times, ids, strict=True))]
    assert sorted(ids) == made_in_order


def test_ids_made_in_the_same_instant_differ() -> None:
    clock, stream = ManualClock(wall=1.0), Randomness()
    assert len({new_id(clock, stream) for _ in range(10_000)}) == 10_000


def test_a_short_id_is_the_part_that_differs() -> None:
    clock, stream = ManualClock(wall=1.0), Randomness(0)
    one, other = new_id(clock, stream), new_id(clock, stream)
    assert one[:10] == other[:10]
    assert short_id(one) != short_id(other)
    assert one.endswith(short_id(one)) and len(short_id(one)) == 8


@pytest.mark.parametrize("text", ["", "x", "8" + "0" * 25, "i" * 26, "0" * 27, "0" * 25 + "A"])
def test_a_text_of_another_form_is_no_id(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(ValueError, match="is no id"):
        made_at(text)
