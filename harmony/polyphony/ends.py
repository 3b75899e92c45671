"""Where the chains end, without asking the database while nobody else has written to it.

A commit continues the chains of its runs and the system chain, and mostly it follows one of the
same thread. SQLite counts every change of the database, by whom it may be; while that count is what
it was after the last commit, what was written then is still the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import apsw

from harmony.polyphony.chain import START
from harmony.polyphony.preparation import Prepared
from harmony.polyphony.schema import fetch

Head = tuple[int, bytes]
"""The number of a chain's last entry, and its hash."""

_MOST: Final = 64
"""Runs that are kept in mind; as many as ever run side by side."""


class Ends:
    """The ends of the chains, and the states that runs stand at. Used by the writer alone.

    `begin` comes first in each transaction, when the database is locked; `written` when all is
    written, and `committed` as soon as that holds.
    """

    __slots__ = ("_connection", "_next", "_runs", "_system", "_version", "states")

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._version = -1
        self._system: Head | None = None
        self._runs: dict[str, Head] = {}
        self.states: dict[str, object] = {}
        self._next: tuple[Head, Mapping[str, Head], Prepared] | None = None

    def begin(self) -> None:
        """Forget all, if anybody has changed the database since the last commit."""
        self._next = None
        if self._connection.data_version() != self._version:
            self._system = None
            self._runs.clear()
            self.states.clear()

    def system(self) -> Head:
        """The end of the system chain; 0 and zeros in a new store."""
        return system_head(self._connection) if self._system is None else self._system

    def of_run(self, run: str) -> Head:
        """The end of a run's chain; 0 and zeros for a new one."""
        known = self._runs.get(run)
        if known is not None:
            return known
        query = "SELECT sequence, hash FROM chain_heads WHERE run = ?"
        found = fetch(self._connection, query, run)
        return (found[0][0], found[0][1]) if found else (0, START)

    def written(self, system: Head, heads: Mapping[str, Head], rows: Prepared) -> None:
        """What the chains will end with when the transaction is committed."""
        self._next = system, heads, rows

    def committed(self) -> None:
        """The transaction is on disk; nobody else can have written yet."""
        if self._next is None:
            return
        self._system, heads, rows = self._next
        self._next = None
        if rows.deleted_runs or len(self._runs) > _MOST:
            self._runs.clear()
            self.states.clear()
        else:
            self._runs.update(heads)
            for run, update in rows.updates.items():
                self.states[run] = update[1]
        self._version = self._connection.data_version()


def system_head(connection: apsw.Connection) -> Head:
    """Number and hash of the last row of the system chain; 0 and zeros in a new store."""
    found = fetch(connection, "SELECT number, hash FROM system_chain ORDER BY number DESC LIMIT 1")
    return (found[0][0], found[0][1]) if found else (0, START)
