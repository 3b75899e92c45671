"""Artifacts by the words in them, and by where they came from.

The words lie in an index without the text (FTS5, contentless), so that nothing is stored twice. An
artifact that is deleted leaves the index in the same transaction, by a trigger in `migrations.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from harmony.polyphony.errors import UnknownArtifactError
from harmony.polyphony.schema import fetch

TEXTUAL: Final = ("text", "json", "view", "file")
"""Types whose artifacts may hold text that a person would look for."""

_HIGHEST: Final = "g"  # behind every hexadecimal digit
# At which output a task gave an artifact, where its result is kept for reuse; else NULL.
_PORT: Final = (
    "(SELECT output.key FROM results, json_each(outputs) AS output WHERE results.run = {1}.id"
    " AND results.task = {2}.task AND output.value->>'hash' = {0} LIMIT 1)"
)


@dataclass(frozen=True, slots=True)
class FoundArtifact:
    """An artifact that has all the words, and the newest task that names it, if there is one."""

    hash: str
    type: str
    size: int
    at: float
    tier: str
    run: str
    task: str
    melody: str


@dataclass(frozen=True, slots=True)
class Words:
    """The text of an artifact for the index. `whole` is false when only its beginning is given."""

    hash: str
    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier artifact of the same node: how large it was, and how its summary described it."""

    hash: str
    size: int
    summary: str | None


def not_indexed(connection: apsw.Connection, limit: int) -> list[str]:
    """Artifacts that may hold text and are near, but are not in the index yet; the newest first."""
    rows = fetch(
        connection,
        "SELECT hash FROM artifacts WHERE type IN (SELECT value FROM json_each(?))"
        " AND (tier = 'SSD_Hot' OR (inline IS NOT NULL AND tier <> 'Deleted'))"
        " AND NOT EXISTS (SELECT 1 FROM searchable WHERE searchable.hash = artifacts.hash)"
        " ORDER BY at DESC LIMIT ?",
        json.dumps(TEXTUAL),
        limit,
    )
    return [row[0] for row in rows]


def add_words(connection: apsw.Connection, entries: Sequence[Words], at: float) -> None:
    """Put texts into the index. What was deleted meanwhile, or is there already, is left out."""
    for entry in entries:
        connection.execute(
            "INSERT INTO searchable (hash, whole, at) SELECT hash, ?2, ?3 FROM artifacts"
            " WHERE hash = ?1 AND tier <> 'Deleted' ON CONFLICT DO NOTHING",
            (entry.hash, int(entry.whole), at),
        )
        if connection.changes():
            connection.execute(
                "INSERT INTO artifact_words (rowid, content)"
                " SELECT id, ?2 FROM searchable WHERE hash = ?1",
                (entry.hash, entry.text),
            )


def search(connection: apsw.Connection, words: str, limit: int) -> list[FoundArtifact]:
    """Artifacts with all of these words (the last may be a beginning), the best match first."""
    query = _query(words)
    if not query:
        return []
    rows = fetch(
        connection,
        "SELECT a.hash, a.type, a.size, a.at, a.tier, coalesce(r.id, ''), coalesce(u.task, ''),"
        " coalesce(r.name, '') FROM artifact_words JOIN searchable AS s"
        " ON s.id = artifact_words.rowid JOIN artifacts AS a ON a.hash = s.hash"
        " LEFT JOIN run_artifacts AS u ON (u.run, u.task) = (SELECT run, task FROM run_artifacts"
        "  JOIN runs ON id = run WHERE run_artifacts.hash = a.hash"
        "  ORDER BY created DESC, id DESC, task LIMIT 1) AND u.hash = a.hash"
        " LEFT JOIN runs AS r ON r.id = u.run"
        " WHERE artifact_words MATCH ? ORDER BY artifact_words.rank, a.at DESC LIMIT ?",
        query,
        limit,
    )
    return [FoundArtifact(*row) for row in rows]


def resolve(connection: apsw.Connection, text: str) -> str:
    """The artifact that is meant: its hash, or a unique beginning of four letters or more.

    Raises UnknownArtifactError.
    """
    start = text.strip().lower()
    rows = fetch(
        connection,
        "SELECT hash FROM artifacts WHERE hash >= ? AND hash < ? LIMIT 6",
        start,
        start + _HIGHEST,
    )
    if len(start) >= 4 and len(rows) == 1:
        return str(rows[0][0])
    if len(start) >= 4 and rows:
        candidates = ", ".join(row[0][:16] for row in rows)
        raise UnknownArtifactError(
            "polyphony.artifact_ambiguous", artifact=text, candidates=candidates
        )
    raise UnknownArtifactError("polyphony.artifact_unknown", artifact=text)


def runs_with(connection: apsw.Connection, artifact: str, limit: int) -> list[str]:
    """The newest runs that name an artifact."""
    rows = fetch(
        connection,
        "SELECT id FROM runs WHERE id IN (SELECT run FROM run_artifacts WHERE hash = ?)"
        " ORDER BY created DESC, id DESC LIMIT ?",
        artifact,
        limit,
    )
    return [row[0] for row in rows]


def maker_of(connection: apsw.Connection, artifact: str) -> tuple[str, str]:
    """The newest run that names an artifact, and a task of it that does; else empty texts."""
    rows = fetch(
        connection,
        "SELECT run, task FROM run_artifacts JOIN runs ON id = run WHERE hash = ?"
        " ORDER BY created DESC, id DESC, task LIMIT 1",
        artifact,
    )
    return (rows[0][0], rows[0][1]) if rows else ("", "")


def past_of_node(connection: apsw.Connection, artifact: str, limit: int) -> list[Past]:
    """Other artifacts of the same type that the same node of the same melody made, newest first.

    An item of a mapped node has the past of the whole node; where it is known at which output they
    came, only those of the same output count.
    """
    rows = fetch(
        connection,
        "WITH made AS (SELECT melody_id, task, created, "
        + _PORT.format("?1", "r", "u")
        + " AS port"
        "  FROM run_artifacts AS u JOIN runs AS r ON id = run WHERE hash = ?1"
        "  ORDER BY created DESC LIMIT 1)"
        " SELECT a.hash, a.size, a.summary FROM made"
        " JOIN runs AS r ON r.melody_id = made.melody_id AND r.created <= made.created"
        " JOIN run_artifacts AS u ON u.run = r.id"
        "  AND substr(u.task || '[', 1, instr(u.task || '[', '['))"
        "    = substr(made.task || '[', 1, instr(made.task || '[', '['))"
        " JOIN artifacts AS a ON a.hash = u.hash"
        " WHERE a.hash <> ?1 AND a.type = (SELECT type FROM artifacts WHERE hash = ?1)"
        "  AND coalesce(" + _PORT.format("a.hash", "r", "u") + " = made.port, true)"
        " GROUP BY a.hash ORDER BY max(r.created) DESC LIMIT ?2",
        artifact,
        limit,
    )
    return [Past(*row) for row in rows]


def _query(words: str) -> str:
    """What FTS5 is asked: each word as it stands, never as a part of its own language."""
    quoted = ['"' + word.replace('"', '""') + '"' for word in words.replace("\0", " ").split()]
    return f"{' '.join(quoted)}*" if quoted else ""
