"""Which Player this user runs after which."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.habits import FADING, HALF_LIFE, HabitRow, HabitRows, learn_soon, read_habits
from harmony.polyphony.store import Store, open_store


def learn(store: Store, *players: str, now: float = 0.0) -> None:
    done: Future[BaseException | None] = Future()
    learn_soon(store, players, now, done.set_result)
    assert done.result() is None


def test_what_came_after_what_is_counted_and_outlives_a_restart(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path).ensure()
    with open_store(folder, ManualClock()) as store:
        assert read_habits(store, 0.0) == HabitRows((), "")
        learn(store, "a", "b", "c")
        learn(store, "a", "b")
    with open_store(folder, ManualClock()) as store:
        known = read_habits(store, 0.0)
    assert set(known.rows) == {
        HabitRow("a", "b", 1.0 + FADING),
        HabitRow("b", "c", 1.0),
        HabitRow("c", "a", 1.0),  # the first of a run came after the last of the run before
    }
    assert known.last == "b"


def test_a_habit_that_is_kept_no_more_loses_half_its_weight_in_its_half_life(
    tmp_path: Path,
) -> None:
    with open_store(DataFolder(tmp_path).ensure(), ManualClock()) as store:
        learn(store, "a", "b")
        learn(store, "a", "b", now=HALF_LIFE)
        rows = {(row.before, row.after): row.weight for row in read_habits(store, HALF_LIFE).rows}
        assert rows["a", "b"] == pytest.approx(1 + FADING / 2)
        later = {
            (row.before, row.after): row.weight for row in read_habits(store, 2 * HALF_LIFE).rows
        }
        assert later["a", "b"] == pytest.approx((1 + FADING / 2) / 2)


def test_a_run_of_nothing_teaches_nothing(tmp_path: Path) -> None:
    with open_store(DataFolder(tmp_path).ensure(), ManualClock()) as store:
        learn(store, "a")
        learn(store)
        assert read_habits(store, 0.0) == HabitRows((), "a")
