"""The garbage collector leaves alone what a long run has written down."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from threading import Thread

import pytest

from harmony.conductor.collector import Collector


@pytest.fixture(autouse=True)
def _nothing_set_aside() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.fixture
def generations() -> Iterator[list[int]]:
    """The generations that the collector looks through."""
    looked: list[int] = []

    def looks(phase: str, about: Mapping[str, int]) -> None:
        if phase == "start":
            looked.append(about["generation"])

    gc.collect()
    gc.callbacks.append(looks)
    yield looked
    gc.callbacks.remove(looks)


def grow(count: int) -> list[list[int]]:
    """Something that lives on, as a run does."""
    return [[] for _ in range(count)]


def test_nothing_is_looked_through_as_a_whole_while_a_run_grows(generations: list[int]) -> None:
    collector = Collector()
    collector.begin()
    before = gc.get_freeze_count()
    made = grow(200_000)
    assert 1 in generations
    assert 2 not in generations
    assert gc.get_freeze_count() >= before + len(made) - 10_000
    collector.over()
    assert gc.get_freeze_count() == 0


def test_it_does_not_matter_which_thread_makes_what_a_run_keeps(generations: list[int]) -> None:
    collector = Collector()
    collector.begin()
    made: list[list[list[int]]] = []
    thread = Thread(target=lambda: made.append(grow(200_000)))
    thread.start()
    thread.join()
    assert 2 not in generations
    collector.over()


def test_without_a_run_the_collector_is_as_it_was(generations: list[int]) -> None:
    collector = Collector()
    collector.begin()
    collector.over()
    collector.over()
    made = grow(400_000)
    assert made and 2 in generations
    assert gc.get_freeze_count() == 0


def test_of_two_runs_the_last_one_ends_it() -> None:
    first, second = Collector(), Collector()
    first.begin()
    second.begin()
    first.over()
    assert gc.get_freeze_count() > 0
    second.over()
    assert gc.get_freeze_count() == 0


def test_a_run_that_is_tried_again_has_it_again(generations: list[int]) -> None:
    collector = Collector()
    collector.begin()
    collector.over()
    collector.begin()
    made = grow(200_000)
    assert made and 2 not in generations
    collector.over()


def test_what_a_window_has_set_aside_stays_so() -> None:
    gc.freeze()
    collector = Collector()
    collector.begin()
    collector.over()
    assert gc.get_freeze_count() > 0
