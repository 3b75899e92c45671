"""What is remembered of Players that crash."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.breakers import BreakerRow, read_breakers, write_breaker_soon
from harmony.polyphony.store import Store, open_store


def write(store: Store, row: BreakerRow) -> BaseException | None:
    done: Future[BaseException | None] = Future()
    write_breaker_soon(store, row, done.set_result)
    return done.result()


def test_a_breaker_is_known_again_after_a_restart(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path).ensure()
    row = BreakerRow("notes/split", "Open", 1000.5, 2, (990.0, 995.0, 1000.5))
    with open_store(folder, ManualClock()) as store:
        assert read_breakers(store) == []
        assert write(store, BreakerRow("notes/split", "Closed", 990.0, 0, (990.0,))) is None
        assert write(store, row) is None
    with open_store(folder, ManualClock()) as store:
        assert read_breakers(store) == [row]
