"""Garbage is collected in the main thread, whichever thread makes the objects."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harmony.board.collecting import Collecting


@pytest.fixture
def collecting(qapp: Any) -> Iterator[Collecting]:
    made = Collecting()
    yield made
    made.stop()


class Cycle:
    """Only a collection finds it. It stands for a widget: with one, this test could crash."""

    def __init__(self, ended_in: list[int]) -> None:
        self.itself, self.ended_in = self, ended_in

    def __del__(self) -> None:
        self.ended_in.append(threading.get_ident())


def make_many() -> None:
    many: list[list[int]] = [[] for _ in range(50_000)]
    assert many


def test_a_thread_that_makes_many_objects_collects_nothing(
    collecting: Collecting, qtbot: Any
) -> None:
    ended_in: list[int] = []
    Cycle(ended_in)
    thread = threading.Thread(target=make_many)
    thread.start()
    thread.join()
    assert ended_in == []
    kept = [[] for _ in range(2_000)]  # what the thread made is gone again; these are due
    qtbot.waitUntil(lambda: bool(ended_in), timeout=60_000)
    assert ended_in == [threading.get_ident()]
    assert kept


def test_what_has_grown_old_is_collected_too(collecting: Collecting) -> None:
    ended_in: list[int] = []
    Cycle(ended_in).ended_in.append(0)
    kept: list[list[int]] = []
    old = Cycle(ended_in)
    gc.collect(1)  # it lives, and is old by now
    ended_in.clear()
    del old
    for _ in range(200):
        kept.extend([] for _ in range(1_000))
        collecting.look()
    assert ended_in == [threading.get_ident()]


def test_little_is_not_worth_a_look(collecting: Collecting) -> None:
    gc.collect(0)
    ended_in: list[int] = []
    Cycle(ended_in)
    collecting.look()
    assert ended_in == []
    gc.collect(0)


def test_python_collects_by_itself_again_afterwards(qapp: Any) -> None:
    assert gc.isenabled()
    made = Collecting()
    assert not gc.isenabled()
    made.stop()
    assert gc.isenabled()
