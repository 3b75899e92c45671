"""What a checkpoint costs, beside the floor: one synced commit of one record.

The store holds 1,000 runs that have ended and 10 under way with 200 records each; there are 20
entities of 2 KB, of which one has changed since the checkpoint before.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row, seconds

from harmony.foundation.clock import SystemClock
from harmony.foundation.ids import new_id
from harmony.foundation.paths import DataFolder
from harmony.foundation.randomness import Randomness
from harmony.polyphony import checkpoints
from harmony.polyphony.checkpoints import MANUAL, Draft, StoredEntity
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import Store, open_store

ENDED, UNDER_WAY, RECORDS, ENTITIES = 1000, 10, 200, 20


def _run(name: str, state: str, records: int) -> Commit:
    row = RunRow(name, name, "m", "h", b"{}", created=1.0)
    journal = [_record(name, number) for number in range(1, records + 1)]
    return Commit(runs=[row], records=journal, updates=[RunUpdate(name, state)])


def _record(run: str, number: int) -> JournalRecord:
    return JournalRecord(run, number, "task:n", "Ready", "allocate_player", "Allocated")


def run() -> Iterator[dict[str, Any]]:
    """A row a case."""
    with tempfile.TemporaryDirectory() as folder:
        with open_store(DataFolder(Path(folder)).ensure(), SystemClock()) as store:
            yield from _measure(store)


def _measure(store: Store) -> Iterator[dict[str, Any]]:
    for number in range(ENDED):
        store.commit_and_wait(_run(f"ended{number}", "Completed", 1))
    for number in range(UNDER_WAY):
        store.commit_and_wait(_run(f"going{number}", "Executing", RECORDS))
    sequence, change = count(RECORDS + 1), count()
    floor = seconds(
        lambda: store.commit_and_wait(Commit(records=[_record("going0", next(sequence))])), 200
    )

    def entities() -> list[StoredEntity]:
        changed = {"history": ["x" * 2000], "turn": next(change)}
        same = [
            StoredEntity("Agent", str(n), {"history": ["y" * 2000]}) for n in range(1, ENTITIES)
        ]
        return [StoredEntity("Agent", "0", changed), *same]

    def create() -> str:
        identifier = new_id(SystemClock(), Randomness())
        draft = Draft(identifier, "bench", MANUAL, 1.0, {}, entities())
        store.in_chain(lambda c: checkpoints.create(c, draft))
        return identifier

    made = create()
    read: Callable[[Any], object] = lambda c: checkpoints.read(c, made)  # noqa: E731
    yield row("checkpoints", "create", seconds(create, 50) * 1e3, "ms", floor * 1e3)
    reading = seconds(lambda: store.reading(read), 20)
    yield row("checkpoints", "read", reading * 1e3, "ms", floor * 1e3)
    yield row("checkpoints", "list 50", seconds(store.checkpoints, 20) * 1e3, "ms", floor * 1e3)
