"""The library of melodies: every version that was saved, and every one that was run.

A version is a row that points at the melody's content by its hash; the content is kept once. Runs
bring their version with them in the same commit (`preparation.py`); a save comes through here.
Rows of one content that follow each other are one version to a person: saved once, run three times.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import apsw

from harmony.polyphony.preparation import snapshot_key
from harmony.polyphony.schema import fetch


@dataclass(frozen=True, slots=True)
class Version:
    """A melody as it was for a while.

    `number` tells it from every version of every melody. `at` is when it was first saved or run,
    `saved` whether it was saved at all, `runs` the ids of the runs that used it, oldest first.
    """

    number: int
    melody_id: str
    snapshot: str
    name: str
    path: str | None
    at: float
    saved: bool
    runs: tuple[str, ...]


def remember(
    connection: apsw.Connection,
    melody_id: str,
    melody_hash: str,
    content: bytes,
    name: str,
    path: str | None,
    at: float,
) -> None:
    """Keep a saved melody, unless it was saved last with the same content, name and place.

    A run in between makes no difference: its own row goes when the run is deleted.
    """
    snapshot = snapshot_key(content)
    newest = fetch(
        connection,
        "SELECT snapshot, name, path FROM melody_versions WHERE melody_id = ? AND run IS NULL"
        " ORDER BY number DESC LIMIT 1",
        melody_id,
    )
    if newest and tuple(newest[0]) == (snapshot, name, path):
        return
    connection.execute(
        "INSERT INTO melodies VALUES (?, ?) ON CONFLICT DO NOTHING", (snapshot, content)
    )
    connection.execute(
        "INSERT INTO melody_versions (melody_id, hash, snapshot, name, path, run, at)"
        " VALUES (?, ?, ?, ?, ?, NULL, ?)",
        (melody_id, melody_hash, snapshot, name, path, at),
    )


def versions_of(connection: apsw.Connection, melody_id: str, limit: int = 1000) -> list[Version]:
    """The versions of a melody, the newest first, made of at most `limit` saves and runs."""
    rows = fetch(
        connection,
        "SELECT number, snapshot, name, path, run, at FROM melody_versions"
        " WHERE melody_id = ? ORDER BY number DESC LIMIT ?",
        melody_id,
        limit,
    )
    found: list[Version] = []
    for snapshot, group in groupby(rows, key=lambda row: row[1]):
        members = list(group)
        number, _, name, path, _, at = members[-1]
        runs = tuple(row[4] for row in reversed(members) if row[4] is not None)
        saved = len(runs) < len(members)
        found.append(Version(number, melody_id, snapshot, name, path, at, saved, runs))
    return found


def version_numbered(connection: apsw.Connection, number: int) -> Version | None:
    """The version of this number; None when there is none."""
    rows = fetch(connection, "SELECT melody_id FROM melody_versions WHERE number = ?", number)
    if not rows:
        return None
    # The newest version that began at this row, or before it.
    found = versions_of(connection, rows[0][0], limit=-1)
    return next(version for version in found if version.number <= number)
