"""The history of a store with 10,000 runs of 2,000 melodies, as the window lists and searches it.

What is timed is all that the window's thread does: query, pauses, rows. The floor of each case is
the bare query of the same columns with the same words, in the same store.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from types import SimpleNamespace

import apsw
from measuring import row, seconds

from harmony.board.history.finding import runs_of
from harmony.board.history.runs_model import PAGE, RunsModel
from harmony.board.theme.tokens import DARK
from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import Store, open_store

RUNS = 10_000
MELODIES = 2_000
NODES = 20
SEEN = 30  # rows that a tall window shows
COLUMNS = (
    "SELECT id, name, melody_id, melody_hash, state, created, started, finished, total, completed,"
    " failed, reused, skipped, cause, parent, parent_task, path, base_folder FROM runs"
)
NEWEST = " ORDER BY created DESC, id DESC LIMIT ?"


def run() -> Iterable[dict[str, Any]]:
    """The first page, scrolling to the last, and four searches: many, few, by error, by node."""
    with full_store() as (store, bare):

        def ask(words: str) -> RunsModel:
            look: Any = SimpleNamespace(theme=DARK)
            model = RunsModel(look, runs_of(symphony_of(store)))
            model.search(words)
            for number in range(min(SEEN, len(model.runs))):
                model.row(number)
            return model

        yield timed("first page", lambda: ask(""), lambda: page(bare, "", PAGE))
        yield timed("all 10,000, page by page", lambda: to_the_end(ask("")), lambda: whole(bare))
        for case, words in (
            ("search: every fifth run", "quarterly"),
            ("search: nothing is found", "zebra"),
            ("search: by error", "station 4711"),
            ("search: by node", "thermometer 77"),
        ):
            yield timed(case, lambda w=words: ask(w), lambda w=words: page(bare, w, PAGE))


def timed(case: str, call: Any, floor: Any) -> dict[str, Any]:
    return row("history", case, seconds(call) * 1e3, "ms", seconds(floor) * 1e3)


def to_the_end(model: RunsModel) -> None:
    from PySide6.QtCore import QModelIndex

    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
    assert model.rowCount() == RUNS


def page(bare: apsw.Connection, words: str, limit: int) -> list[Any]:
    """The rows alone, by the columns that have an index or none."""
    conditions = " AND ".join("(name LIKE ? OR cause LIKE ?)" for _ in words.split())
    values = [f"%{word}%" for word in words.split() for _ in range(2)]
    where = f" WHERE {conditions}" if conditions else ""
    return bare.execute(COLUMNS + where + NEWEST, (*values, limit)).fetchall()


def whole(bare: apsw.Connection) -> list[Any]:
    return bare.execute(COLUMNS + NEWEST, (RUNS,)).fetchall()


def symphony_of(store: Store) -> Any:
    """As much of the program as the history asks for."""
    return SimpleNamespace(house=SimpleNamespace(store=store))


@contextmanager
def full_store() -> Iterator[tuple[Store, apsw.Connection]]:
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        with open_store(folder, SystemClock()) as store:
            for begin in range(0, RUNS, 500):
                store.commit_and_wait(commit(range(begin, begin + 500)))
            bare = apsw.Connection(str(folder.database), flags=apsw.SQLITE_OPEN_READWRITE)
            try:
                yield store, bare
            finally:
                bare.close()


def commit(numbers: range) -> Commit:
    runs, updates, records = [], [], []
    for number in numbers:
        name = f"run{number:028d}"
        failed = number % 7 == 0
        kind = "Quarterly" if number % 5 == 0 else "Daily"
        runs.append(
            RunRow(
                id=name,
                name=f"{kind} report {number % 40}",
                melody_id=f"m{number % 40}",
                melody_hash=f"h{number % MELODIES}",
                melody=melody(number % MELODIES),
                created=1.7e9 + number,
                path=f"/melodies/report-{number % 40}.melody",
            )
        )
        updates.append(
            RunUpdate(
                run=name,
                state="Failed" if failed else "Completed",
                started=1.7e9 + number,
                finished=1.7e9 + number + 30,
                total=NODES,
                completed=NODES - failed,
                failed=int(failed),
                cause=f"No data from station {number}" if failed else "",
            )
        )
        moves = [("Executing", "pause", "Paused"), ("Paused", "resume", "Executing")]
        for sequence, (before, event, after) in enumerate(moves, 1):
            at = 1.7e9 + number + sequence
            records.append(
                JournalRecord(name, sequence, "run", before, event, after, "", at, 0.0, {})
            )
    return Commit(runs=runs, updates=updates, records=records)


def melody(number: int) -> bytes:
    """A file of some kilobytes with a node of its own."""
    nodes = [
        {
            "id": f"n{place}",
            "player": "harmony/filter_rows",
            "title": f"Thermometer {number}" if place == 3 else f"Filter {place}",
            "x": 0,
            "y": 0,
            "parameters": {"condition": "temperature > 20 AND humidity < 0.5 AND place <> ''"},
        }
        for place in range(NODES)
    ]
    return json.dumps({"format": "harmony.melody", "version": 1, "nodes": nodes}).encode()


if __name__ == "__main__":
    for found in run():
        print(json.dumps(found))
