"""Records a second that become durable: chained, redacted, indexed, acknowledged.

The floor is the same number of rows in one table, one synced commit for as many records.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import tempfile
from concurrent.futures import Future

import apsw
from measuring import row, seconds

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow
from harmony.polyphony.store import Store, open_store

RECORDS = 2_000


def run() -> Iterable[dict[str, Any]]:
    """One record a commit and waited for, one a commit in a stream, a hundred a commit."""
    for case, size, waits in (("one a commit, waited for", 1, True), ("one a commit", 1, False),
                              ("100 a commit", 100, False)):  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
            with open_store(DataFolder(Path(home)).ensure(), SystemClock()) as store:
                count = RECORDS // 4 if waits else RECORDS
                taken = seconds(lambda: write(store, count, size, waits), 1)  # noqa: B023
            floor = bare(Path(home, "bare.sqlite3"), count, 1 if waits else 100)
        yield row("journal", case, count / taken, "records/s", floor)


def write(store: Store, count: int, size: int, waits: bool) -> None:
    """A run with so many records."""
    row_ = RunRow(id="r", name="r", melody_id="m", melody_hash="h", melody=b"{}")
    store.commit_and_wait(Commit(runs=[row_]))
    done: Future[None] = Future()
    for first in range(1, count + 1, size):
        records = [record(number) for number in range(first, first + size)]
        if waits:
            store.commit_and_wait(Commit(records=records))
        else:
            last = first + size > count
            store.commit(
                Commit(records=records),
                lambda _, last=last: done.set_result(None) if last else None,
            )
    if not waits:
        done.result()


def record(number: int) -> JournalRecord:
    """What a task that completed leaves."""
    output = {"type": "text", "hash": f"{number:064x}", "size": 5, "value": "hello"}
    data = {"outputs": {"text": output}, "key": f"{number:064x}", "seconds": 0.5}
    return JournalRecord(
        "r",
        number,
        f"task:n{number}",
        "Storing",
        "artifact_stored",
        "Completed",
        "",
        1.0,
        0.1,
        data,
    )


def bare(path: Path, count: int, size: int) -> float:
    """Rows a second of SQLite alone."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE records (record TEXT)")

    def fill() -> None:
        for _ in range(0, count, size):
            with connection:
                for _ in range(size):
                    connection.execute("INSERT INTO records VALUES (?)", ("x" * 300,))

    taken = seconds(fill, 1)
    connection.close()
    return count / taken
