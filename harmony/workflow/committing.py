"""The one thread that writes: what waits becomes one transaction, and is told when it is durable.

Each job has a savepoint, so that one that is refused takes no other with it. Order: commit, mark
outside the database, acknowledgement (DESIGN.md section 5, "The store is SQLite"; the mark lets the
next opening say that acknowledged commits are gone).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

import apsw

from harmony.foundation.clock import Clock
from harmony.foundation.failpoints import failpoint
from harmony.polyphony.chain import START, canonical, link
from harmony.polyphony.errors import StoreError
from harmony.polyphony.high_water import HighWater, Mark
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.schema import fetch, write_error
from harmony.workflow.errors import StateMachineError, WorkflowStoreError

LARGEST_BATCH: Final = 500
_Result = TypeVar("_Result")
Job = Callable[[apsw.Connection], _Result]


@dataclass(frozen=True, slots=True)
class _Waiting:
    job: Job[Any]
    told: Future[Any]


class Committer:
    """Owns the connection that writes, and its thread."""

    def __init__(
        self,
        path: Path,
        connection: apsw.Connection,
        lock: WriteLock,
        high_water: HighWater,
        clock: Clock,
    ) -> None:
        self._path = path
        self._connection = connection
        self._lock = lock
        self._high_water = high_water
        self._clock = clock
        self.problems: list[StateMachineError] = []
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._entering = threading.Lock()
        self._closed = False
        # A daemon: a program that ends without closing loses only what was never acknowledged.
        self._thread = threading.Thread(target=self._run, name="workflow-store", daemon=True)
        self._thread.start()

    def submit(self, job: Job[_Result]) -> Future[_Result]:
        """Do a job in a transaction; the future is done when its work is durable, in order.

        Raises WorkflowStoreError when the store is closed.
        """
        waiting = _Waiting(job, Future())
        with self._entering:
            if self._closed:
                raise WorkflowStoreError("workflow.store_closed", path=str(self._path))
            self._queue.put(waiting)
        return waiting.told

    def close(self) -> None:
        """Write what waits, then end. A second call does nothing."""
        with self._entering:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        for owned in (self._connection, self._high_water, self._lock):
            owned.close()

    def _run(self) -> None:
        ended = False
        while not ended:
            item = self._queue.get()
            batch: list[_Waiting] = []
            while item is not None:
                # From here on nobody can cancel it: what is told is what happened.
                if item.told.set_running_or_notify_cancel():
                    batch.append(item)
                if len(batch) >= LARGEST_BATCH:
                    break
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
            else:
                ended = True
            if batch:
                self._write(batch)

    def _write(self, batch: list[_Waiting]) -> None:
        outcomes: list[tuple[Any, BaseException | None]] = []
        try:
            with self._lock.held():
                mark = self._transaction(batch, outcomes)
                failpoint("store.after_commit")
                if mark is not None:
                    self._note(mark)
                failpoint("store.after_high_water")
        except Exception as error:  # noqa: BLE001 - told to everybody who waits for this commit
            outcomes = [(None, self._named(error))] * len(batch)
        for waiting, (result, refused) in zip(batch, outcomes, strict=True):
            if refused is None:
                waiting.told.set_result(result)
            else:
                waiting.told.set_exception(refused)

    def _transaction(
        self, batch: list[_Waiting], outcomes: list[tuple[Any, BaseException | None]]
    ) -> Mark | None:
        """Every job in its savepoint, in one transaction. The mark of it; None when all failed."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            alone = len(batch) == 1
            outcomes.extend(self._one(waiting.job, alone=alone) for waiting in batch)
            mark = None
            if any(refused is None for _, refused in outcomes):
                mark = self._numbered()
            failpoint("store.before_commit")
            connection.execute("COMMIT" if mark else "ROLLBACK")
        except BaseException:
            # After a full disk SQLite may have rolled back by itself already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return mark

    def _one(self, job: Job[Any], *, alone: bool) -> tuple[Any, BaseException | None]:
        connection = self._connection
        try:
            if alone:
                return job(connection), None  # the transaction itself is taken back
            connection.execute("SAVEPOINT job")
            try:
                result = job(connection)
            except BaseException:
                connection.execute("ROLLBACK TO job")
                raise
            finally:
                if connection.in_transaction:
                    connection.execute("RELEASE job")
        except (apsw.FullError, apsw.IOError):
            raise  # the disk: nothing of this transaction can be relied on
        except Exception as error:  # noqa: BLE001 - told to whoever asked for this job
            return None, self._named(error)
        return result, None

    def _numbered(self) -> Mark:
        number, previous = last_commit(self._connection)
        number += 1
        digest = link(previous, canonical({"number": number, "at": self._clock.wall()}))
        self._connection.execute(
            "INSERT OR REPLACE INTO commits VALUES (1, ?, ?)", (number, digest)
        )
        return Mark(number, digest)

    def _note(self, mark: Mark) -> None:
        try:
            self._high_water.write(mark)
        except OSError as error:
            # The commit itself is on disk; only the guard outside the database lags behind.
            self.problems.append(WorkflowStoreError("workflow.mark_not_written", reason=str(error)))

    def _named(self, error: BaseException) -> BaseException:
        if isinstance(error, (apsw.Error, OSError)):
            return translated(write_error(self._path, error))
        return error


def last_commit(connection: apsw.Connection) -> tuple[int, bytes]:
    """Number and hash of the last commit; 0 and zeros in a new database."""
    found = fetch(connection, "SELECT number, hash FROM commits")
    return (found[0][0], found[0][1]) if found else (0, START)


def missing(connection: apsw.Connection, mark: Mark | None) -> StateMachineError | None:
    """Whether acknowledged commits are gone: the mark outside names one that is not here."""
    if mark is None:
        return None
    number, digest = last_commit(connection)
    if number < mark.number:
        return WorkflowStoreError(
            "workflow.commits_missing", missing=mark.number - number, acknowledged=mark.number
        )
    if number == mark.number and digest != mark.hash:
        return WorkflowStoreError("workflow.other_history", number=number)
    return None


def translated(error: StoreError) -> WorkflowStoreError:
    """The same refusal in this room's words: the advice for a data folder does not fit here."""
    code = "workflow." + error.code.partition(".")[2]
    return WorkflowStoreError(code, **error.parameters)
