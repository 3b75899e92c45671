"""Records a second that become durable: chained, redacted, indexed, acknowledged, with context.

The floor of a rate is the same number of rows in one plain table of SQLite, as many a transaction;
that of the delay is such a transaction of one row and one synced file beside it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import tempfile
import threading
import time
from concurrent.futures import Future

import apsw
from measuring import row, seconds

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow
from harmony.polyphony.store import Store, open_store

RECORDS = 40_000
DELAYS = 1_000
ROUNDS = 3
WINDOW_INTERVAL = 0.0002  # `sys.setswitchinterval` of the Board


def run() -> Iterable[dict[str, Any]]:
    """100 records a commit and one, alone and beside a busy thread; the delay of a lone commit."""
    floor = max(bare_rate(RECORDS, 100) for _ in range(ROUNDS))
    for case, size, beside in (
        ("100 a commit", 100, quiet),
        ("100 a commit, busy main thread", 100, busy),
        ("one a commit", 1, quiet),
        ("one a commit, busy main thread", 1, busy),
    ):
        with beside():
            value = max(rate(size) for _ in range(ROUNDS))
        yield row("journal", case, value, "records/s", floor)
    ours, bare = delays(), bare_delays()
    for name, place in (("p50", 0.5), ("p99", 0.99)):
        at = int(DELAYS * place)
        yield row("journal", f"one acknowledged commit, {name}", ours[at], "ms", bare[at])


def rate(size: int) -> float:
    """Records a second from the first commit to the last acknowledgement."""
    with new_store() as store:
        return RECORDS / seconds(lambda: write(store, size), 1)


def write(store: Store, size: int) -> None:
    """A run with so many records a commit, each commit given over at once."""
    done: Future[None] = Future()
    for first in range(1, RECORDS + 1, size):
        commit = Commit(records=[record(number) for number in range(first, first + size)])
        last = first + size > RECORDS
        store.commit(commit, lambda _, last=last: done.set_result(None) if last else None)  # type: ignore[misc]
    done.result()


def delays() -> list[float]:
    """Milliseconds from a commit of one record to its acknowledgement, sorted."""
    taken = []
    with new_store() as store:
        for number in range(1, DELAYS + 1):
            commit = Commit(records=[record(number)])
            started = time.perf_counter()
            store.commit_and_wait(commit)
            taken.append((time.perf_counter() - started) * 1e3)
    return sorted(taken)


@contextmanager
def new_store() -> Iterator[Store]:
    """A store with one run."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        with open_store(DataFolder(Path(home)).ensure(), SystemClock()) as store:
            one = RunRow(id="r" * 32, name="r", melody_id="m", melody_hash="h", melody=b"{}")
            store.commit_and_wait(Commit(runs=[one]))
            yield store


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing beside it."""
    yield


@contextmanager
def busy() -> Iterator[None]:
    """A thread that runs Python all the time, as a window does that is being painted."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            sum(number * number for number in range(200))

    before = sys.getswitchinterval()
    sys.setswitchinterval(WINDOW_INTERVAL)
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(before)


def record(number: int) -> JournalRecord:
    """What a task leaves on its way: five records, of which the last holds its output and key."""
    task, place = divmod(number, len(MOVES))
    from_state, event, to_state, data = MOVES[place]
    if event == "artifact_stored":
        output = {"type": "text", "hash": f"{number:064x}", "size": 5, "value": "hello"}
        data = {"outputs": {"text": output}, "key": f"{number:064x}", "seconds": 0.5}
    return JournalRecord(
        "r" * 32, number, f"task:n{task}", from_state, event, to_state, "", 1.0, 0.1, data
    )


MOVES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Pending", "dependencies_complete", "Ready", {}),
    ("Ready", "allocate_player", "Allocated", {"attempt": 1}),
    ("Allocated", "player_ready", "Executing", {"process": "player-1", "pid": 4711}),
    ("Executing", "execution_success", "Storing", {"seconds": 0.5}),
    ("Storing", "artifact_stored", "Completed", {}),
)


@contextmanager
def bare_table() -> Iterator[tuple[apsw.Connection, Path]]:
    """SQLite alone, as durable."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        connection = apsw.Connection(str(Path(home, "bare.sqlite3")))
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT)")
        yield connection, Path(home)
        connection.close()


def bare_rate(count: int, size: int) -> float:
    """Rows a second."""
    rows = [(number, "x" * 340) for number in range(count)]

    with bare_table() as (connection, _):

        def fill() -> None:
            for first in range(0, count, size):
                with connection:
                    connection.executemany(
                        "INSERT INTO records VALUES (?, ?)", rows[first : first + size]
                    )

        return count / seconds(fill, 1)


def bare_delays() -> list[float]:
    """Milliseconds of a transaction of one row and a synced write into another file, sorted."""
    taken = []
    with bare_table() as (connection, home):
        beside = os.open(home / "beside", os.O_RDWR | os.O_CREAT, 0o600)
        for number in range(DELAYS):
            started = time.perf_counter()
            connection.execute("INSERT INTO records VALUES (?, ?)", (number, "x" * 340))
            os.pwrite(beside, b"%d" % number, 0)
            os.fsync(beside)
            taken.append((time.perf_counter() - started) * 1e3)
        os.close(beside)
    return sorted(taken)
