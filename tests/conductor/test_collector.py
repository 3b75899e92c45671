"""The garbage collector leaves alone what a long run has written down."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from harmony.conductor.collector import EVERY, Collector


@pytest.fixture(autouse=True)
def _nothing_set_aside() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_a_long_run_has_made_is_set_aside_until_it_is_over() -> None:
    collector = Collector()
    collector.grown(1)
    started = gc.get_freeze_count()
    assert started > 0
    made: list[list[int]] = [[] for _ in range(1000)]
    collector.grown(EVERY - 1)
    assert gc.get_freeze_count() == started
    collector.grown(1)
    assert gc.get_freeze_count() >= started + len(made)
    collector.over()
    assert gc.get_freeze_count() == 0


def test_what_a_window_has_set_aside_stays_so() -> None:
    gc.freeze()
    collector = Collector()
    collector.grown(1)
    collector.over()
    assert gc.get_freeze_count() > 0
