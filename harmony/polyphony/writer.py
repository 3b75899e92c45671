"""The one thread that writes: everything that waits becomes one transaction.

Batching makes durability cheap: a synced commit costs the same for one record as for a thousand.
One `json_each(?)` statement a table and batch, so that the interpreter's lock is given up for the
whole of it (FACTS.md, Storage). Order: commit, high-water mark, acknowledgement; a process killed
anywhere in between has acknowledged nothing that is not on disk.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

import apsw

from harmony.foundation.clock import Clock
from harmony.foundation.failpoints import failpoint
from harmony.polyphony.chain import START, canonical, link
from harmony.polyphony.errors import CommitRefusedError, StoreWarning
from harmony.polyphony.high_water import HighWater, Mark
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.preparation import Prepared, Redact, prepare
from harmony.polyphony.records import Commit
from harmony.polyphony.schema import fetch, write_error
from harmony.polyphony.statements import HEADS, insert, write_rows

Done = Callable[[BaseException | None], None]
Job = Callable[[apsw.Connection], object]

FAILPOINTS: Final = ("store.before_commit", "store.after_commit", "store.after_high_water")
LARGEST_BATCH: Final = 1000  # commits; more waits for the next transaction


@dataclass(frozen=True, slots=True)
class Write:
    """A commit that waits to be written, and whom to tell."""

    commit: Commit
    done: Done


@dataclass(frozen=True, slots=True)
class Task:
    """Something else to do in a transaction of its own; `finished` gets its result or error."""

    job: Job
    finished: Callable[[object, BaseException | None], None]


class Writer:
    """Takes what the queue holds and writes it. `run` is the body of the writer thread."""

    __slots__ = ("_clock", "_connection", "_high_water", "_lock", "_path", "_redact", "problems")

    def __init__(
        self,
        path: Path,
        connection: apsw.Connection,
        lock: WriteLock,
        high_water: HighWater,
        clock: Clock,
        redact: Redact,
        problems: list[StoreWarning],
    ) -> None:
        self._path = path
        self._connection = connection
        self._lock = lock
        self._high_water = high_water
        self._clock = clock
        self._redact = redact
        self.problems = problems

    def run(self, queue: SimpleQueue[Write | Task | None]) -> None:
        """Write until None arrives and everything before it is written."""
        ended = False
        while not ended:
            item = queue.get()
            batch: list[Write] = []
            while item is not None:
                if isinstance(item, Write):
                    batch.append(item)
                else:
                    self._write(batch)
                    batch = []
                    self._do(item)
                if len(batch) >= LARGEST_BATCH:
                    break
                try:
                    item = queue.get_nowait()
                except Empty:
                    break
            else:
                ended = True
            self._write(batch)

    def _write(self, batch: list[Write]) -> None:
        if not batch:
            return
        outcomes: list[BaseException | None] = [None] * len(batch)
        ready: list[tuple[int, Prepared]] = []
        for place, write in enumerate(batch):
            try:
                ready.append((place, prepare(write.commit, self._redact)))
            except Exception as error:  # noqa: BLE001 - whatever it is, its own commit is told
                outcomes[place] = error
        try:
            self._write_together(ready, outcomes)
        except (apsw.Error, OSError) as error:
            if len(ready) == 1:
                outcomes[ready[0][0]] = write_error(self._path, error)
            else:
                self._write_apart(ready, outcomes)
        for write, outcome in zip(batch, outcomes, strict=True):
            _tell(write.done, outcome)

    def _write_apart(
        self, ready: list[tuple[int, Prepared]], outcomes: list[BaseException | None]
    ) -> None:
        """Each commit in its own transaction, so that only what cannot be written is refused."""
        for place, prepared in ready:
            if outcomes[place] is not None:
                continue
            try:
                self._write_together([(place, prepared)], outcomes)
            except (apsw.Error, OSError) as error:
                outcomes[place] = write_error(self._path, error)

    def _write_together(
        self, ready: list[tuple[int, Prepared]], outcomes: list[BaseException | None]
    ) -> None:
        if not ready:
            return
        with self._lock.held():
            refused: dict[int, BaseException] = {}
            mark = self._transaction(lambda: self._store(ready, refused))
            for place, error in refused.items():
                outcomes[place] = error
            if mark is None:
                return
            failpoint("store.after_commit")
            try:
                self._high_water.write(mark)
            except OSError as error:
                # The commit itself is on disk; only the guard outside the database lags behind.
                self.problems.append(
                    StoreWarning("polyphony.high_water_not_written", reason=str(error))
                )
            failpoint("store.after_high_water")

    def _do(self, task: Task) -> None:
        try:
            with self._lock.held():
                result = self._transaction(lambda: task.job(self._connection))
        except (apsw.Error, OSError) as error:
            task.finished(None, write_error(self._path, error))
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
            task.finished(None, error)
        else:
            task.finished(result, None)

    def _transaction(self, work: Callable[[], Any]) -> Any:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            failpoint("store.before_commit")
            connection.execute("COMMIT")
        except BaseException:
            # After a full disk SQLite may have rolled back by itself already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def _store(
        self, ready: list[tuple[int, Prepared]], refused: dict[int, BaseException]
    ) -> Mark | None:
        heads = _Heads(self._connection, {run for _, rows in ready for run, _, _ in rows.records})
        together = Prepared()
        journal: list[tuple[object, ...]] = []
        for place, rows in ready:
            try:
                journal.extend(heads.append(rows.records))
            except CommitRefusedError as error:
                refused[place] = error
            else:
                together.extend(rows)
        if len(refused) == len(ready):
            return None
        number, previous = system_head(self._connection)
        number += 1
        tombstones = write_rows(self._connection, together, journal)
        content = canonical(
            {
                "at": self._clock.wall(),
                "heads": [[run, *heads.shown(run)] for run in sorted(heads.changed)],
                **({"tombstones": tombstones} if tombstones else {}),
            }
        )
        digest = link(previous, content)
        self._connection.execute(
            "INSERT INTO system_chain VALUES (?, ?, ?)", (number, digest, content)
        )
        insert(self._connection, HEADS, [(*row, number) for row in heads.rows()])
        return Mark(number, digest)


class _Heads:
    """The ends of the chains that a transaction adds to."""

    __slots__ = ("_heads", "changed")

    def __init__(self, connection: apsw.Connection, runs: set[str]) -> None:
        self.changed: set[str] = set()
        self._heads: dict[str, tuple[int, bytes]] = {}
        if runs:
            found = fetch(
                connection,
                "SELECT run, sequence, hash FROM chain_heads"
                " WHERE run IN (SELECT value FROM json_each(?))",
                json.dumps(sorted(runs)),
            )
            self._heads = {run: (sequence, digest) for run, sequence, digest in found}

    def append(self, records: Iterable[tuple[str, int, str]]) -> list[tuple[object, ...]]:
        """Journal rows with their hashes. All of a commit's records, or CommitRefusedError."""
        heads = dict[str, tuple[int, bytes]]()
        rows: list[tuple[object, ...]] = []
        for run, sequence, text in records:
            last, previous = heads.get(run) or self._heads.get(run) or (0, START)
            if sequence != last + 1:
                raise CommitRefusedError(
                    "polyphony.journal_gap", run=run, sequence=sequence, expected=last + 1
                )
            digest = link(previous, text)
            heads[run] = (sequence, digest)
            rows.append((run, sequence, digest.hex(), text))
        self._heads.update(heads)
        self.changed.update(heads)
        return rows

    def shown(self, run: str) -> tuple[int, str]:
        sequence, digest = self._heads[run]
        return sequence, digest.hex()

    def rows(self) -> list[tuple[object, ...]]:
        return [(run, *self.shown(run)) for run in self.changed]


def system_head(connection: apsw.Connection) -> tuple[int, bytes]:
    """Number and hash of the last row of the system chain; 0 and zeros in a new store."""
    found = fetch(connection, "SELECT number, hash FROM system_chain ORDER BY number DESC LIMIT 1")
    return (found[0][0], found[0][1]) if found else (0, START)


def _tell(done: Done, outcome: BaseException | None) -> None:
    try:
        done(outcome)
    except Exception as error:  # noqa: BLE001 - the writer lives on; the error is shown like any
        threading.excepthook(
            threading.ExceptHookArgs(
                (type(error), error, error.__traceback__, threading.current_thread())
            )
        )
