"""Content that was not what its hash said: put aside as a file, never deleted, never used again.

The artifact counts as gone (chart 5: Deleted), so that no look-up of results takes it, until a task
makes the same content again. Who made it stays known, so that the task can be offered for a re-run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from harmony.polyphony import artifact_moves, chunk_index
from harmony.polyphony.artifact_moves import ArtifactMove
from harmony.polyphony.chunk_index import Chunk
from harmony.polyphony.schema import fetch
from harmony.states.artifact import ArtifactEvent, ArtifactState


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Damaged content: where it was put, when and why, and the newest task that had made it.

    `run` and `task` are empty when the run was deleted; `path` is the melody's file, if it had one.
    """

    hash: str
    type: str
    size: int
    at: float
    file: str
    reason: str
    run: str
    task: str
    melody: str


def put_aside(
    connection: apsw.Connection,
    artifact: str,
    file: str,
    reason: str,
    at: float,
    damaged_chunks: Iterable[Chunk] = (),
) -> None:
    """Note that an artifact is damaged and lies in `file` now."""
    found = fetch(connection, "SELECT tier, at FROM artifacts WHERE hash = ?", artifact)
    tier, made = found[0] if found else ("", at)
    # A clock that was set back must not make it older than what it is about.
    at = max(at, made)
    connection.execute(
        "INSERT INTO quarantine (hash, at, path, reason) VALUES (?, ?, ?, ?)",
        (artifact, at, file, reason),
    )
    chunk_index.mark_damaged(connection, tier, damaged_chunks)
    artifact_moves.make(
        connection,
        [
            ArtifactMove(
                artifact, tier, ArtifactEvent.DAMAGE_FOUND, ArtifactState.DELETED, reason, at
            )
        ],
    )


def quarantined(connection: apsw.Connection, run: str | None = None) -> list[Quarantined]:
    """What is damaged and was not made again since, the newest first; of one run, or of all."""
    rows = fetch(
        connection,
        "SELECT found.hash, type, size, found.at, found.path, reason, coalesce(maker.run, ''),"
        " coalesce(maker.task, ''), coalesce(runs.path, '')"
        " FROM (SELECT hash, max(at) AS at, path, reason FROM quarantine GROUP BY hash) AS found"
        " JOIN artifacts ON artifacts.hash = found.hash"
        " LEFT JOIN run_artifacts AS maker ON maker.hash = found.hash AND maker.run = coalesce(?1,"
        "  (SELECT id FROM run_artifacts JOIN runs ON id = run"
        "   WHERE run_artifacts.hash = found.hash ORDER BY created DESC, id DESC LIMIT 1))"
        " LEFT JOIN runs ON id = maker.run"
        " WHERE tier = 'Deleted' AND found.at >= artifacts.at"
        " AND (?1 IS NULL OR maker.run IS NOT NULL) ORDER BY 4 DESC, 1, 8",
        run,
    )
    return [Quarantined(*row) for row in rows]


def is_quarantined(connection: apsw.Connection, artifact: str) -> bool:
    """Whether an artifact whose content is gone was put aside, rather than expired."""
    return bool(
        fetch(
            connection,
            "SELECT 1 FROM quarantine JOIN artifacts USING (hash)"
            " WHERE hash = ? AND tier = 'Deleted' AND quarantine.at >= artifacts.at LIMIT 1",
            artifact,
        )
    )
