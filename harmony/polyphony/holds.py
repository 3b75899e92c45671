"""Legal holds, pins and what people think of artifacts.

A hold keeps an artifact, or a run with everything it names, until it is lifted: nothing else ends
it, no age, no budget, no deletion (triggers in `migrations.py` see to that in the database itself).
Lifted holds stay on record. A pin is a user's wish to keep something, without that weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import apsw

from harmony.polyphony.schema import fetch

ARTIFACT: Final = "artifact"
RUN: Final = "run"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a run or an artifact. Times are Unix seconds; `lifted` is None while in force."""

    kind: str
    subject: str
    name: str
    reason: str
    at: float
    lifted: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person thought of an artifact: -1 bad, 0 neither, 1 good."""

    score: int
    note: str
    at: float


def place(
    connection: apsw.Connection, kind: str, subject: str, name: str, reason: str, at: float
) -> bool:
    """Put a run or artifact on hold under a name; False when it already is under this one."""
    connection.execute(
        "INSERT INTO holds (kind, subject, name, reason, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (kind, subject, name, reason, at),
    )
    return connection.changes() > 0


def lift(connection: apsw.Connection, kind: str, subject: str, name: str, at: float) -> bool:
    """End a hold; False when there is none of this name. Its record stays."""
    connection.execute(
        "UPDATE holds SET lifted = ? WHERE kind = ? AND subject = ? AND name = ?"
        " AND lifted IS NULL",
        (at, kind, subject, name),
    )
    return connection.changes() > 0


def holds(connection: apsw.Connection, subject: str | None = None) -> list[Hold]:
    """Every hold there was, the oldest first; of one run or artifact, or of all."""
    rows = fetch(
        connection,
        "SELECT kind, subject, name, reason, at, lifted FROM holds"
        " WHERE ?1 IS NULL OR subject = ?1 ORDER BY number",
        subject,
    )
    return [Hold(*row) for row in rows]


def pins_of(connection: apsw.Connection, artifact: str) -> list[str]:
    """Who has pinned an artifact."""
    rows = fetch(connection, "SELECT holder FROM pins WHERE hash = ? ORDER BY at", artifact)
    return [row[0] for row in rows]


def rate(connection: apsw.Connection, artifact: str, score: int, note: str, at: float) -> None:
    """Remember what a person thinks of an artifact. `score` is -1, 0 or 1."""
    connection.execute(
        "INSERT INTO feedback (hash, score, note, at) VALUES (?, ?, ?, ?)",
        (artifact, max(-1, min(1, score)), note, at),
    )


def feedback(connection: apsw.Connection, artifact: str) -> list[Feedback]:
    """What people thought of an artifact, the oldest first."""
    rows = fetch(
        connection, "SELECT score, note, at FROM feedback WHERE hash = ? ORDER BY number", artifact
    )
    return [Feedback(*row) for row in rows]
