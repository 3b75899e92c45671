"""Runs come and go, the file is compacted, the store is closed and opened: every chain stays whole.

Random histories; the seed of one that breaks something is in its name.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import apsw
import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.inspection import inspect_database
from harmony.polyphony.records import Commit, JournalRecord
from harmony.polyphony.store import Store, open_store

STEPS = 40


@pytest.mark.parametrize("seed", range(6))
def test_no_history_of_deletions_and_compactions_breaks_a_chain(
    folder: DataFolder, clock: ManualClock, new_run: Callable[..., Commit], seed: int
) -> None:
    chance = random.Random(seed)
    lengths: dict[str, int] = {}
    store = open_store(folder, clock)
    try:
        for step in range(STEPS):
            what = chance.choice(("begin", "begin", "grow", "grow", "grow", "delete", "tidy"))
            if what == "begin":
                store.commit_and_wait(new_run(f"run-{step}", state="Draft"))
                lengths[f"run-{step}"] = 0
            elif what == "grow" and lengths:
                run = chance.choice(sorted(lengths))
                first, count = lengths[run] + 1, chance.randrange(1, 600)
                records = [
                    JournalRecord(run, number, "note", "a", "b", "c")
                    for number in range(first, first + count)
                ]
                store.commit_and_wait(Commit(records=records))
                lengths[run] += count
            elif what == "delete" and lengths:
                gone = chance.sample(sorted(lengths), chance.randrange(1, len(lengths) + 1))[:2]
                store.commit_and_wait(Commit(deleted_runs=gone))
                for run in gone:
                    del lengths[run]
            elif what == "tidy":
                store = compacted(store, folder, clock)
            assert {run.id: store.last_sequence(run.id) for run in store.runs()} == lengths
            assert [warning for run in lengths for warning in store.verify_run(run)] == []
            assert store.verify_system() == []
    finally:
        store.close()
    broken = [each for each in inspect_database(folder) if "chain" in each.code]
    assert broken == []
    with open_store(folder, clock) as again:
        assert again.problems == []


def compacted(store: Store, folder: DataFolder, clock: ManualClock) -> Store:
    """Closed, compacted and opened again."""
    store.reading(lambda c: c.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall())
    store.close()
    connection = apsw.Connection(str(folder.database))
    connection.execute("VACUUM")
    connection.close()
    return open_store(folder, clock)
