"""Each run belongs to one process. Only what belonged to a dead one may be taken over.

A process is named by its pid, its start time and the boot it lives in, so that a pid that was given
out again is never mistaken for the old owner. Taking is one transaction: of several processes that
want a dead one's run, exactly one gets it (DESIGN.md section 5, "Several programs").
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import apsw

from harmony.foundation.processes import boot_id, is_alive, process_start_time
from harmony.polyphony import checkpoints, reading
from harmony.polyphony.errors import LeaseError
from harmony.polyphony.records import LeaseRow, RunSummary
from harmony.polyphony.schema import fetch

if TYPE_CHECKING:
    from harmony.polyphony.store import Store

UNDER_WAY: Final = ("Queued", "Executing", "Paused")


@dataclass(frozen=True, slots=True)
class Owner:
    """One process of one boot of this machine."""

    pid: int
    start_time: str
    boot: str

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return self.boot == boot_id() and is_alive(self.pid, self.start_time)


def this_process() -> Owner:
    """The calling process as an owner."""
    return _owner_called(os.getpid())


@cache
def _owner_called(pid: int) -> Owner:
    # Asked twice a run, and the answer stays the same; a fork has a pid of its own.
    return Owner(pid, process_start_time(pid) or "", boot_id())


def lease_of_new(run: str) -> LeaseRow:
    """This process's lease of a run that is new, for the commit that tells of it first."""
    owner = this_process()
    return LeaseRow(run, owner.pid, owner.start_time, owner.boot)


Told = Callable[[BaseException | None], None]


class Leases:
    """Who runs what, in the store's `leases` table.

    `take` and `release` wait for their commit; `release_soon` does not, and tells the error, if
    any, on the writer thread. The lease of a new run is part of its first commit.
    """

    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, run: str, owner: Owner | None = None) -> Owner | None:
        """Make the run `owner`'s (by default this process's); the dead owner it had before.

        Taking one's own run again changes nothing. Raises LeaseError while its owner is alive.
        """
        wanted = owner or this_process()
        return self._store.in_transaction(lambda connection: _take(connection, run, wanted))

    def release(self, run: str, owner: Owner | None = None) -> bool:
        """Give the run up; False when it was not `owner`'s (by default this process's)."""
        holder = owner or this_process()
        return self._store.in_transaction(lambda connection: _release(connection, run, holder))

    def release_soon(self, run: str, told: Told) -> None:
        """Give the run up, without waiting. `told` gets None, or the error."""
        holder = this_process()
        self._store.submit(
            lambda connection: _release(connection, run, holder), lambda _, error: told(error)
        )

    def owner_of(self, run: str) -> Owner | None:
        """Whose the run is, dead or alive; None when nobody's."""
        return self._store.reading(lambda connection: _owner(connection, run))

    def interrupted(self) -> list[RunSummary]:
        """Runs that are under way by their state, but whose owner is gone. The newest first.

        One that goes on as a fork is none of them.
        """
        return self._store.reading(_interrupted)


def _take(connection: apsw.Connection, run: str, owner: Owner) -> Owner | None:
    held = _owner(connection, run)
    if held == owner:
        return None
    if held is not None and held.is_alive():
        raise LeaseError("polyphony.run_owned", run=run, pid=held.pid)
    connection.execute(
        "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, unixepoch('subsec'))",
        (run, owner.pid, owner.start_time, owner.boot),
    )
    return held


def _release(connection: apsw.Connection, run: str, holder: Owner) -> bool:
    connection.execute(
        "DELETE FROM leases WHERE run = ? AND pid = ? AND start_time = ? AND boot = ?",
        (run, holder.pid, holder.start_time, holder.boot),
    )
    return connection.changes() > 0


def _owner(connection: apsw.Connection, run: str) -> Owner | None:
    rows = fetch(connection, "SELECT pid, start_time, boot FROM leases WHERE run = ?", run)
    return Owner(*rows[0]) if rows else None


def _interrupted(connection: apsw.Connection) -> list[RunSummary]:
    alive = _remembering(Owner.is_alive)
    found: list[RunSummary] = []
    for state in UNDER_WAY:
        for run in reading.runs(connection, -1, state, None):
            owner = _owner(connection, run.id)
            if owner is None or not alive(owner):
                found.append(run)
    forked = checkpoints.forked_among(connection, [run.id for run in found])
    found = [run for run in found if run.id not in forked]
    return sorted(found, key=lambda run: (run.created, run.id), reverse=True)


def _remembering(question: Callable[[Owner], bool]) -> Callable[[Owner], bool]:
    """Ask about each owner once: a hundred runs may have had the same one."""
    answers: dict[Owner, bool] = {}

    def ask(owner: Owner) -> bool:
        if owner not in answers:
            answers[owner] = question(owner)
        return answers[owner]

    return ask
