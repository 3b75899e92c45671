"""The store of a data folder: what goes in is durable, what comes out was durable.

`commit` may be called from any thread and returns at once; one writer thread (`writer.py`) batches,
writes and acknowledges. Reading goes through a connection of its own, under a lock that is held for
one small query, and may be done from the window's thread (DESIGN.md section 5, "The store").
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import apsw

from harmony.foundation.clock import Clock
from harmony.foundation.failpoints import failpoint
from harmony.foundation.paths import DataFolder
from harmony.foundation.redaction import Redactor
from harmony.polyphony import checkpoints, reading, verification
from harmony.polyphony.chain import canonical, link
from harmony.polyphony.checkpoints import Checkpoint
from harmony.polyphony.errors import StoreClosedError, StoreUnusableError, StoreWarning
from harmony.polyphony.high_water import HighWater, Mark, read_mark
from harmony.polyphony.leases import Leases
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.preparation import Redacts
from harmony.polyphony.records import (
    ArtifactRow,
    Commit,
    JournalRecord,
    MelodyVersion,
    ResultRow,
    RunRow,
    RunSummary,
    StoredArtifact,
)
from harmony.polyphony.schema import open_for_reading, open_for_writing, unusable
from harmony.polyphony.versions import remember
from harmony.polyphony.writer import Done, Task, Write, Writer, system_head

_Result = TypeVar("_Result")
_Arguments = ParamSpec("_Arguments")


def open_store(data_folder: DataFolder, clock: Clock, redactor: Redacts | None = None) -> Store:
    """Open the store of a data folder, creating it when there is none.

    `redactor` takes secrets out of journal, results, summaries and causes before they are chained;
    by default what looks like a secret. Raises StoreError when the file is damaged, foreign or
    newer; it is then left as it is. What was found wrong with a store that works stands in
    `problems`.
    """
    path = data_folder.database
    redactor = Redactor() if redactor is None else redactor
    problems: list[StoreWarning] = []
    try:
        lock = WriteLock(data_folder.home / "store.lock")
    except OSError as error:
        raise unusable(path, error) from error
    try:
        with lock.held():
            _refuse_emptied(path, read_mark(data_folder.high_water))
            connection = open_for_writing(path)
            try:
                high_water = HighWater(data_folder.high_water)
                _compare(connection, high_water, clock, problems)
                failpoint("store.opened")
                reader = open_for_reading(path)
            except BaseException:
                connection.close()
                raise
    except (apsw.Error, OSError) as error:
        lock.close()
        raise unusable(path, error) from error
    except BaseException:
        lock.close()
        raise
    writer = Writer(path, connection, lock, high_water, clock, redactor, problems)
    return Store(path, reader, writer, clock, (connection, lock, high_water))


class Store:
    """An open store. Close it, or use it in a `with` block."""

    def __init__(
        self,
        path: Path,
        reader: apsw.Connection,
        writer: Writer,
        clock: Clock,
        owned: tuple[apsw.Connection, WriteLock, HighWater],
    ) -> None:
        self._path = path
        self._reader = reader
        self._reading = threading.Lock()
        self._clock = clock
        self._owned = owned
        self._queue: SimpleQueue[Write | Task | None] = SimpleQueue()
        self._entering = threading.Lock()
        self._closed = False
        self.problems: list[StoreWarning] = writer.problems
        self.leases = Leases(self)
        # A daemon: a program that ends without closing loses only what was never acknowledged.
        self._thread = threading.Thread(
            target=writer.run, args=(self._queue,), name="store-writer", daemon=True
        )
        self._thread.start()

    def commit(self, commit: Commit, done: Done) -> None:
        """Make this durable, then call `done(None)` on the writer thread; from any thread.

        When it could not be kept, none of it was, and `done` gets the StoreError. Commits are
        written and told in the order in which they were given. `done` must not wait for the store.
        Raises StoreClosedError.
        """
        self._put(Write(commit, done))

    def commit_and_wait(self, commit: Commit) -> None:
        """The same, but return when it is durable. Raises the StoreError."""
        future: Future[None] = Future()
        self.commit(
            commit,
            lambda error: future.set_result(None) if error is None else future.set_exception(error),
        )
        future.result()

    def in_transaction(self, job: Callable[[apsw.Connection], _Result]) -> _Result:
        """Run a small job in a transaction of its own on the writer thread; wait for its result.

        It sees all that was committed before, by any process. Raises what the job raises.
        """
        future: Future[Any] = Future()

        def finished(result: object, error: BaseException | None) -> None:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.submit(job, finished)
        result: _Result = future.result()
        return result

    def in_chain(self, job: Callable[[apsw.Connection], tuple[_Result, dict[str, Any]]]) -> _Result:
        """The same for a job that belongs to the history: it gives its result and a fact.

        The fact becomes a row of the system chain in that transaction, and the high-water mark is
        on disk before this returns: a later loss of it is noticed.
        """
        future: Future[Any] = Future()

        def finished(result: object, error: BaseException | None) -> None:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self._put(Task(job, finished, chained=True))
        result: _Result = future.result()
        return result

    def submit(
        self,
        job: Callable[[apsw.Connection], object],
        finished: Callable[[Any, BaseException | None], None],
    ) -> None:
        """The same without waiting: `finished` gets the result or the error on the writer thread.

        Raises StoreClosedError.
        """
        self._put(Task(job, finished))

    def close(self) -> None:
        """Write what waits, then close. A second call does nothing."""
        with self._entering:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        with self._reading:
            self._close_one(self._reader)
        for owned in self._owned:
            self._close_one(owned)

    def _close_one(self, owned: apsw.Connection | WriteLock | HighWater) -> None:
        try:
            owned.close()
        except (apsw.Error, OSError) as error:
            # On a full disk the log cannot be carried into the database. It stays beside it, whole.
            self.problems.append(StoreWarning("polyphony.not_tidied", reason=str(error)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Reading

    def runs(
        self, limit: int = 100, state: str | None = None, before: str | None = None
    ) -> list[RunSummary]:
        """The newest runs first; only those in `state`; only those older than the run `before`."""
        return self._read(reading.runs, limit, state, before)

    def search_runs(
        self, words: str, limit: int = 100, before: str | None = None
    ) -> list[RunSummary]:
        """The newest runs in whose name, file, state, cause, id or names of nodes each of the words
        stands; only those older than the run `before`."""
        return self._read(reading.search_runs, words, limit, before)

    def run(self, run: str) -> RunSummary:
        """A run by its id, its short id, or a unique beginning of either. UnknownRunError."""
        return self._read(reading.run, run)

    def is_under_way(self, run: str) -> bool:
        """Whether there is a run with this whole id that has not ended."""
        return self._read(reading.is_under_way, run)

    def run_row(self, run: str) -> RunRow:
        """A run as it was started: snapshot, overrides, plan. Raises UnknownRunError."""
        return self._read(reading.run_row, run)

    def melody_of(self, run: str) -> bytes:
        """The snapshot of the melody that a run executes. Raises UnknownRunError."""
        return self.run_row(run).melody

    def journal(self, run: str, after: int = 0) -> list[JournalRecord]:
        """A run's records above the sequence `after`, oldest first. `run` is a whole id."""
        return self._read(reading.journal, run, after)

    def last_sequence(self, run: str) -> int:
        """The sequence of a run's last record; 0 when it has none."""
        return self._read(reading.last_sequence, run)

    def results(self, key: str) -> list[ResultRow]:
        """All results with a reuse key, the newest first."""
        return self._read(reading.results, key)

    def result(self, key: str) -> ResultRow | None:
        """The newest result with a reuse key whose artifacts have not been deleted."""
        return self._read(reading.valid_result, key)

    def artifact(self, digest: str) -> ArtifactRow | None:
        """An artifact by its hash. One whose content expired has the tier `Deleted`."""
        return self.artifacts((digest,)).get(digest)

    def artifacts(self, hashes: Iterable[str]) -> dict[str, ArtifactRow]:
        """Several artifacts by their hashes; unknown ones are left out."""
        return self._read(reading.artifacts, hashes)

    def artifacts_of(self, run: str) -> list[ArtifactRow]:
        """Every artifact that a run's journal refers to. `run` is a whole id."""
        return self._read(reading.artifacts_of, run)

    def stored_artifacts(self) -> list[StoredArtifact]:
        """All artifacts whose content exists, the longest unread first. Not for the window."""
        return self._read_apart(reading.stored_artifacts)

    def checkpoints(self, limit: int = 1000) -> list[Checkpoint]:
        """The newest checkpoints first; their entities are named, without what they hold."""
        return self._read(checkpoints.listed, limit)

    def melody_versions(self, melody_id: str, limit: int = 100) -> list[MelodyVersion]:
        """How a melody looked each time it was saved or run, the newest first."""
        return self._read(reading.melody_versions, melody_id, limit)

    def melody_content(self, snapshot: str) -> bytes | None:
        """The melody of a version (`MelodyVersion.snapshot`); None when the store has none."""
        return self._read(reading.melody_content, snapshot)

    def verify_run(self, run: str) -> list[StoreWarning]:
        """What is wrong with a run's journal; empty when all is as it was written."""
        return self._read_apart(verification.verify_run, run)

    def verify_system(self) -> list[StoreWarning]:
        """What is wrong with the system chain. Walks all of it: not for the window."""
        return self._read_apart(verification.verify_system)

    def changed_runs(self, after: int) -> tuple[int, tuple[str, ...]]:
        """What any program committed after a place in the system chain: its end, and whose runs.

        Ask with the place that the answer before gave; 0 stands for the beginning.
        """
        return self._read(reading.changed_runs, after)

    def last_commit(self) -> int:
        """The end of the system chain, from which `changed_runs` can go on."""
        return self._read(reading.last_commit)

    # Versions

    def remember_version(
        self, melody_id: str, melody_hash: str, content: bytes, name: str, path: str | None = None
    ) -> None:
        """Keep a melody as it was just saved; nothing is added when it has not changed since."""
        at = self._clock.wall()
        self.in_transaction(lambda c: remember(c, melody_id, melody_hash, content, name, path, at))

    def reading(self, query: Callable[[apsw.Connection], _Result]) -> _Result:
        """The answer of a small query of another module of this room."""
        return self._read(query)

    def _put(self, item: Write | Task) -> None:
        with self._entering:
            if self._closed:
                raise StoreClosedError("polyphony.store_closed")
            self._queue.put(item)

    def _read(
        self,
        query: Callable[Concatenate[apsw.Connection, _Arguments], _Result],
        *arguments: _Arguments.args,
        **named: _Arguments.kwargs,
    ) -> _Result:
        with self._reading:
            if self._closed:
                raise StoreClosedError("polyphony.store_closed")
            try:
                return query(self._reader, *arguments, **named)
            except apsw.Error as error:
                raise unusable(self._path, error) from error

    def _read_apart(
        self,
        query: Callable[Concatenate[apsw.Connection, _Arguments], _Result],
        *arguments: _Arguments.args,
        **named: _Arguments.kwargs,
    ) -> _Result:
        """A long walk, on a connection of its own: it never makes the window wait for its turn."""
        if self._closed:
            raise StoreClosedError("polyphony.store_closed")
        connection = open_for_reading(self._path)
        try:
            return query(connection, *arguments, **named)
        except apsw.Error as error:
            raise unusable(self._path, error) from error
        finally:
            connection.close()


def _refuse_emptied(path: Path, mark: Mark | None) -> None:
    # SQLite takes an empty file for a new database. Here commits are known to have been in it.
    if mark is not None and path.exists() and path.stat().st_size == 0:
        raise StoreUnusableError(
            "polyphony.store_damaged", path=str(path), reason="the file is empty"
        )


def _compare(
    connection: apsw.Connection,
    high_water: HighWater,
    clock: Clock,
    problems: list[StoreWarning],
) -> None:
    """Compare the database with the mark outside. A loss is chained, so that it stays known."""
    problem = verification.missing_commits(connection, high_water.read())
    if problem is None:
        return
    problems.append(problem)
    number, previous = system_head(connection)
    content = canonical({"at": clock.wall(), "loss": problem.to_json()})
    mark = Mark(number + 1, link(previous, content))
    connection.execute(
        "INSERT INTO system_chain VALUES (?, ?, ?)", (mark.number, mark.hash, content)
    )
    high_water.restart(mark)
