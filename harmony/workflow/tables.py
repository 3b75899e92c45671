"""The tables of a workflow database, as the steps that made them. A published step never changes.

A workflow's row holds where its history begins (`base_…`) and where it ends; a transition's row the
record's text and its link of the chain, so that whatever was changed is noticed.
"""

from __future__ import annotations

from typing import Final

from harmony.polyphony.schema import Form

_APPLICATION_ID: Final = 0x48524D57  # "HRMW"

_WORKFLOWS: Final = """
    CREATE TABLE workflows (
        id TEXT PRIMARY KEY, state TEXT NOT NULL, sequence INTEGER NOT NULL, head BLOB NOT NULL,
        count INTEGER NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
        max_history INTEGER NOT NULL, base_sequence INTEGER NOT NULL, base_state TEXT NOT NULL,
        base_hash BLOB NOT NULL, definition TEXT NOT NULL, pending TEXT NOT NULL,
        base_context TEXT NOT NULL) STRICT;
    CREATE TABLE transitions (
        workflow TEXT NOT NULL, sequence INTEGER NOT NULL, at REAL NOT NULL, hash BLOB NOT NULL,
        record TEXT NOT NULL, PRIMARY KEY (workflow, sequence)) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoints (
        id TEXT PRIMARY KEY, workflow TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL,
        sequence INTEGER NOT NULL, state TEXT NOT NULL, hash BLOB NOT NULL, content TEXT NOT NULL)
        STRICT;
    CREATE INDEX checkpoints_by_workflow ON checkpoints (workflow, at);
    CREATE TABLE commits (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL,
        hash BLOB NOT NULL) STRICT;
    """

FORM: Final = Form(_APPLICATION_ID, (_WORKFLOWS,))
