"""A store of ten thousand runs, one of them with a million records: how long each list takes.

The floor of a list is a bare SELECT of the same rows on an SQLite connection of its own. Everything
that a window asks for has to answer within 100 ms.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import apsw
from measuring import cpu_seconds, row

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import Store, open_store

RUNS = 10_000
RECORDS = 1_000_000
LARGE = "run-009999"
STATES = ("Completed", "Completed", "Failed", "Cancelled")


def run() -> Iterable[dict[str, Any]]:
    """Lists of runs, a search, the interrupted ones, and the end of a journal of a million."""
    with tempfile.TemporaryDirectory() as place:
        folder = DataFolder(Path(place) / "data").ensure()
        with open_store(folder, SystemClock()) as store:
            fill(store)
            bare = apsw.Connection(str(folder.database), flags=apsw.SQLITE_OPEN_READWRITE)
            newest = "SELECT * FROM runs ORDER BY created DESC, id DESC LIMIT 100"
            tail = (
                "SELECT record FROM journal WHERE run = 'run-009999' AND sequence > 999900"
                " ORDER BY sequence"
            )
            cases: tuple[tuple[str, Callable[[], object], str], ...] = (
                ("the newest 100 runs", lambda: store.runs(100), newest),
                (
                    "the newest 100 that failed",
                    lambda: store.runs(100, "Failed"),
                    (
                        "SELECT * FROM runs WHERE state = 'Failed'"
                        " ORDER BY created DESC, id DESC LIMIT 100"
                    ),
                ),
                (
                    "100 runs older than one in the middle",
                    lambda: store.runs(100, None, "run-005000"),
                    (
                        "SELECT * FROM runs WHERE (created, id) < (5000.0, 'run-005000')"
                        " ORDER BY created DESC, id DESC LIMIT 100"
                    ),
                ),
                (
                    "a search by words that 100 runs have",
                    lambda: store.search_runs("weather 77", 100),
                    (
                        "SELECT * FROM runs WHERE name LIKE '%weather%' AND name LIKE '%77%'"
                        " ORDER BY created DESC, id DESC LIMIT 100"
                    ),
                ),
                (
                    "the interrupted runs",
                    store.leases.interrupted,
                    "SELECT * FROM runs WHERE state IN ('Queued', 'Executing', 'Paused')",
                ),
                ("one run", lambda: store.run(LARGE), f"SELECT * FROM runs WHERE id = '{LARGE}'"),
                (
                    "the last 100 records of a million",
                    lambda: store.journal(LARGE, RECORDS - 100),
                    tail,
                ),
            )
            for case, ask, statement in cases:
                floor = cpu_seconds(lambda text=statement: bare.execute(text).fetchall())  # type: ignore[misc]
                yield row("store_size", case, cpu_seconds(ask) * 1000, "ms", floor * 1000)
            bare.close()


def fill(store: Store) -> None:
    """The runs, some of them under way, and the records of the large one."""
    for first in range(0, RUNS, 500):
        runs, updates, records = [], [], []
        for number in range(first, min(first + 500, RUNS)):
            name = f"run-{number:06}"
            runs.append(RunRow(name, f"weather {number}", "m", "h", b"{}", created=float(number)))
            state = "Paused" if number % 500 == 0 else STATES[number % len(STATES)]
            updates.append(RunUpdate(name, state, started=1.0, finished=2.0, total=10))
            records.append(JournalRecord(name, 1, "run", "Draft", "submit", "Validating"))
        store.commit_and_wait(Commit(runs=runs, updates=updates, records=records))
    for first in range(2, RECORDS + 1, 5000):
        last = min(first + 5000, RECORDS + 1)
        store.commit_and_wait(
            Commit(
                records=[
                    JournalRecord(LARGE, number, "task:a", "Ready", "x", "Done", at=1.0)
                    for number in range(first, last)
                ]
            )
        )
