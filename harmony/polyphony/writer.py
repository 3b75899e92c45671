"""The one thread that writes: everything that waits becomes one transaction.

Batching makes durability cheap: a synced commit costs the same for one record as for a thousand.
One `json_each(?)` statement a table and batch, so that the interpreter's lock is given up for the
whole of it (FACTS.md, Storage). Order: commit, high-water mark, acknowledgement; a process killed
anywhere in between has acknowledged nothing that is not on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

import apsw

from harmony.foundation.clock import Clock
from harmony.foundation.failpoints import failpoint
from harmony.polyphony.chain import canonical_of_checked, link, page_text
from harmony.polyphony.ends import Ends, Head, system_head
from harmony.polyphony.errors import CommitRefusedError, StoreWarning
from harmony.polyphony.high_water import HighWater, Mark
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.preparation import Prepared, Redacts, prepare
from harmony.polyphony.records import Commit, JournalRecord
from harmony.polyphony.schema import write_error
from harmony.polyphony.statements import HEAD, Page, write_rows

__all__ = ["FAILPOINTS", "Done", "Job", "Task", "Write", "Writer", "system_head"]

Done = Callable[[BaseException | None], None]
Job = Callable[[apsw.Connection], object]

FAILPOINTS: Final = ("store.before_commit", "store.after_commit", "store.after_high_water")
LARGEST_BATCH: Final = 1000  # commits; more waits for the next transaction
LARGEST_PAGE: Final = 250  # records; what one changed byte makes doubtful


@dataclass(frozen=True, slots=True)
class Write:
    """A commit that waits to be written, and whom to tell."""

    commit: Commit
    done: Done


@dataclass(frozen=True, slots=True)
class Task:
    """Something else to do in a transaction of its own; `finished` gets its result or error.

    A `chained` one gives its result and a fact, which becomes a row of the system chain.
    """

    job: Job
    finished: Callable[[object, BaseException | None], None]
    chained: bool = False


class Writer:
    """Takes what the queue holds and writes it. `run` is the body of the writer thread."""

    __slots__ = (
        "_clock",
        "_connection",
        "_ends",
        "_high_water",
        "_lock",
        "_path",
        "_redactor",
        "problems",
    )

    def __init__(
        self,
        path: Path,
        connection: apsw.Connection,
        lock: WriteLock,
        high_water: HighWater,
        clock: Clock,
        redactor: Redacts,
        problems: list[StoreWarning],
    ) -> None:
        self._path = path
        self._connection = connection
        self._lock = lock
        self._high_water = high_water
        self._clock = clock
        self._redactor = redactor
        self._ends = Ends(connection)
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
        try:
            self._write_together(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, its own commit is told
            if len(batch) == 1:
                outcomes[0] = self._named(error)
            else:
                # Each in a transaction of its own, so that only what cannot be written is refused.
                for place, write in enumerate(batch):
                    try:
                        self._write_together([write])
                    except Exception as its_own:  # noqa: BLE001 - told to whoever committed it
                        outcomes[place] = self._named(its_own)
        for write, outcome in zip(batch, outcomes, strict=True):
            _tell(write.done, outcome)

    def _write_together(self, batch: list[Write]) -> None:
        rows = prepare([write.commit for write in batch], self._redactor)
        with self._lock.held():
            mark = self._transaction(lambda: self._store(rows))
            self._ends.committed()
            self._acknowledge(mark)

    def _acknowledge(self, mark: Mark) -> None:
        failpoint("store.after_commit")
        try:
            self._high_water.write(mark)
        except OSError as error:
            # The commit itself is on disk; only the guard outside the database lags behind.
            self.problems.append(
                StoreWarning("polyphony.high_water_not_written", reason=str(error))
            )
        failpoint("store.after_high_water")

    def _named(self, error: BaseException) -> BaseException:
        if isinstance(error, (apsw.Error, OSError)):
            return write_error(self._path, error)
        return error

    def _do(self, task: Task) -> None:
        try:
            with self._lock.held():
                if task.chained:
                    result = self._do_chained(task.job)
                else:
                    result = self._transaction(lambda: task.job(self._connection))
        except (apsw.Error, OSError) as error:
            task.finished(None, write_error(self._path, error))
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
            task.finished(None, error)
        else:
            task.finished(result, None)

    def _do_chained(self, job: Job) -> object:
        def work() -> tuple[object, Mark]:
            done: Any = job(self._connection)
            result, fact = done
            return result, self._chain(system_head(self._connection), {"heads": [], **fact})

        result, mark = self._transaction(work)
        self._acknowledge(mark)
        return result

    def _chain(self, end: Head, content: dict[str, Any]) -> Mark:
        """Add a row to the system chain, which has this end; where it ends then."""
        number, previous = end
        text = canonical_of_checked({"at": self._clock.wall(), **content})
        mark = Mark(number + 1, link(previous, text))
        self._connection.execute(
            "INSERT INTO system_chain VALUES (?, ?, ?)", (mark.number, mark.hash, text)
        )
        return mark

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

    def _store(self, rows: Prepared) -> Mark:
        connection, ends = self._connection, self._ends
        ends.begin()
        chains = _Chains(ends, rows.records)
        for row in rows.runs:
            ends.states.pop(str(row[0]), None)  # whatever was told of it before it was there
        tombstones = write_rows(connection, rows, chains.pages, ends.states)
        mark = self._chain(
            ends.system(),
            {
                "heads": [[run, *chains.shown(run)] for run in sorted(chains.heads)],
                **({"tombstones": tombstones} if tombstones else {}),
            },
        )
        for run, head in chains.heads.items():
            connection.execute(HEAD, (run, *head, mark.number))
        ends.written((mark.number, mark.hash), chains.heads, rows)
        return mark


class _Chains:
    """The pages that a transaction adds to the journals, and the ends of their chains then.

    Raises CommitRefusedError when a record does not follow the one before it.
    """

    __slots__ = ("heads", "pages")

    def __init__(self, ends: Ends, records: Mapping[str, list[JournalRecord]]) -> None:
        self.heads: dict[str, Head] = {}
        self.pages: list[Page] = []
        for run, own in records.items():
            last, digest = ends.of_run(run)
            for first in range(0, len(own), LARGEST_PAGE):
                page = own[first : first + LARGEST_PAGE]
                for record in page:
                    last += 1
                    if record.sequence != last:
                        raise CommitRefusedError(
                            "polyphony.journal_gap",
                            run=run,
                            sequence=record.sequence,
                            expected=last,
                        )
                text = page_text(page)
                digest = link(digest, text)
                self.pages.append((run, last, digest, text))
            self.heads[run] = (last, digest)

    def shown(self, run: str) -> tuple[int, str]:
        sequence, digest = self.heads[run]
        return sequence, digest.hex()


def _tell(done: Done, outcome: BaseException | None) -> None:
    try:
        done(outcome)
    except Exception as error:  # noqa: BLE001 - the writer lives on; the error is shown like any
        threading.excepthook(
            threading.ExceptHookArgs(
                (type(error), error, error.__traceback__, threading.current_thread())
            )
        )
