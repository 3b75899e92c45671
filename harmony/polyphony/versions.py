"""The library of melodies: every version that was saved, and every one that was run.

A version is a row that points at the melody's content by its hash; the content is kept once. Runs
bring their version with them in the same commit (`preparation.py`); a save comes through here.
"""

from __future__ import annotations

import apsw

from harmony.polyphony.preparation import snapshot_key
from harmony.polyphony.schema import fetch


def remember(
    connection: apsw.Connection,
    melody_id: str,
    melody_hash: str,
    content: bytes,
    name: str,
    path: str | None,
    at: float,
) -> None:
    """Keep a saved melody, unless its newest version has the same content, name and place."""
    snapshot = snapshot_key(content)
    newest = fetch(
        connection,
        "SELECT snapshot, name, path FROM melody_versions WHERE melody_id = ?"
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
