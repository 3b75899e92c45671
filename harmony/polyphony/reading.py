"""What the store answers: small queries over indexes, each a function of a connection.

They run on the thread that asks, the window's too, so none may walk a whole table of a store with
ten thousand runs, except the search by words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import apsw

from harmony.polyphony.chain import records_of_page
from harmony.polyphony.errors import StoreUnusableError, UnknownRunError
from harmony.polyphony.preparation import hashes_in
from harmony.polyphony.records import (
    ArtifactRow,
    JournalRecord,
    MelodyVersion,
    ResultRow,
    RunRow,
    RunSummary,
    StoredArtifact,
)
from harmony.polyphony.schema import fetch

_SUMMARY: Final = (
    "SELECT id, name, melody_id, melody_hash, state, created, started, finished, total, completed,"
    " failed, reused, skipped, cause, parent, parent_task, path, base_folder FROM runs"
)
_ARTIFACT: Final = (
    "SELECT hash, type, size, inline, summary, at, suffix, tier, accessed FROM artifacts"
)
UNFINISHED: Final = ("Draft", "Validating", "Ready", "Queued", "Executing", "Paused")
_UNFINISHED_JSON: Final = json.dumps(UNFINISHED)
_HIGHEST: Final = "\U0010ffff"
# Melodies with a node so called, among the last so many that were added. One whose text has the
# words nowhere is not parsed.
_MELODIES_SEARCHED: Final = 1_000
_WITH_NODE: Final = (
    "SELECT snapshot FROM (SELECT snapshot, CAST(content AS TEXT) AS text FROM melodies"
    f" ORDER BY rowid DESC LIMIT {_MELODIES_SEARCHED}) WHERE text LIKE ? ESCAPE '\\'"
    " AND EXISTS (SELECT 1 FROM json_each(text, '$.nodes')"
    " WHERE value ->> 'title' LIKE ? ESCAPE '\\' OR value ->> 'player' LIKE ? ESCAPE '\\')"
)
# Why an artifact must stay, or an empty text. Its one parameter is `_UNFINISHED_JSON`.
_PROTECTED: Final = (
    "CASE WHEN hash IN (SELECT subject FROM holds WHERE kind = 'artifact' AND lifted IS NULL)"
    "  OR hash IN (SELECT hash FROM run_artifacts WHERE run IN"
    "  (SELECT subject FROM holds WHERE kind = 'run' AND lifted IS NULL)) THEN 'on hold'"
    " WHEN hash IN (SELECT hash FROM pins) THEN 'pinned'"
    " WHEN hash IN (SELECT hash FROM run_artifacts WHERE run IN"
    "  (SELECT run FROM checkpoint_runs))"
    "  OR hash IN (SELECT hash FROM checkpoint_artifacts) THEN 'checkpoint'"
    " WHEN hash IN (SELECT hash FROM run_artifacts WHERE run IN (SELECT id FROM runs"
    "  WHERE state IN (SELECT value FROM json_each(?1)))) THEN 'unfinished run' ELSE '' END"
)


def runs(
    connection: apsw.Connection, limit: int, state: str | None, before: str | None
) -> list[RunSummary]:
    """The newest runs first; those in one state; those older than the run `before`."""
    conditions: list[str] = []
    values: list[object] = []
    if state is not None:
        conditions.append("state = ?")
        values.append(state)
    if before is not None:
        conditions.append("(created, id) < (SELECT created, id FROM runs WHERE id = ?)")
        values.append(resolve(connection, before))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return _summaries(connection, f"{where} ORDER BY created DESC, id DESC LIMIT ?", values, limit)


def search_runs(
    connection: apsw.Connection, words: str, limit: int, before: str | None = None
) -> list[RunSummary]:
    """The newest runs in whose name, file, state, cause or id, or in the name of one of whose
    nodes, each of the words stands; only those older than the run `before`."""
    conditions: list[str] = []
    values: list[object] = []
    for word in words.split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        fields = ("name", "path", "state", "cause", "id")
        conditions.append(
            "("
            + " OR ".join(f"{f} LIKE ? ESCAPE '\\'" for f in fields)
            + f" OR snapshot IN ({_WITH_NODE}))"
        )
        values.extend([pattern] * (len(fields) + 3))
    if before is not None:
        conditions.append("(created, id) < (SELECT created, id FROM runs WHERE id = ?)")
        values.append(resolve(connection, before))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return _summaries(connection, f"{where} ORDER BY created DESC, id DESC LIMIT ?", values, limit)


def resolve(connection: apsw.Connection, text: str) -> str:
    """The id of the run that is meant: an id, a short id, or the beginning of either.

    Raises UnknownRunError when there is none or more than one.
    """
    text = text.strip().lower()
    if fetch(connection, "SELECT 1 FROM runs WHERE id = ?", text):
        return text
    found: list[str] = []
    if text:
        rows = fetch(
            connection,
            "SELECT id FROM runs WHERE id >= ?1 AND id < ?2"
            " UNION SELECT id FROM runs WHERE short >= ?1 AND short < ?2 LIMIT 6",
            text,
            text + _HIGHEST,
        )
        found = [row[0] for row in rows]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownRunError("polyphony.run_ambiguous", run=text, candidates=found)
    raise UnknownRunError("polyphony.run_unknown", run=text)


def run(connection: apsw.Connection, text: str) -> RunSummary:
    """The run that is meant. Raises UnknownRunError."""
    return _summaries(connection, " WHERE id = ? LIMIT ?", [resolve(connection, text)], 1)[0]


def is_under_way(connection: apsw.Connection, run: str) -> bool:
    """Whether there is a run with this whole id that has not ended."""
    rows = fetch(connection, "SELECT state FROM runs WHERE id = ?", run)
    return bool(rows) and rows[0][0] in UNFINISHED


def run_row(connection: apsw.Connection, text: str) -> RunRow:
    """A run as it was started, with its melody. Raises UnknownRunError."""
    found = fetch(
        connection,
        "SELECT id, name, melody_id, melody_hash, content, base_folder, overrides, parent,"
        " parent_task, created, path, plan, parent_sequence"
        " FROM runs JOIN melodies USING (snapshot)"
        " WHERE id = ?",
        resolve(connection, text),
    )[0]
    fields: list[Any] = list(found)
    fields[6], fields[11] = json.loads(fields[6]), json.loads(fields[11])
    return RunRow(*fields)


def journal(connection: apsw.Connection, run: str, after: int) -> list[JournalRecord]:
    """A run's records whose sequence is above `after`, oldest first. The id must be whole."""
    rows = fetch(
        connection,
        "SELECT record FROM journal WHERE run = ? AND sequence > ? ORDER BY sequence",
        run,
        after,
    )
    try:
        return [
            record
            for (text,) in rows
            for record in records_of_page(text)
            if record.sequence > after
        ]
    except ValueError as error:
        raise StoreUnusableError("polyphony.journal_unreadable", run=run) from error


def last_sequence(connection: apsw.Connection, run: str) -> int:
    """The sequence of a run's last record; 0 when it has none."""
    rows = fetch(connection, "SELECT sequence FROM chain_heads WHERE run = ?", run)
    return int(rows[0][0]) if rows else 0


def last_commit(connection: apsw.Connection) -> int:
    """The number of the last row of the system chain; 0 in a new store."""
    return int(fetch(connection, "SELECT coalesce(max(number), 0) FROM system_chain")[0][0])


def changed_runs(connection: apsw.Connection, after: int) -> tuple[int, tuple[str, ...]]:
    """The end of the system chain, and the runs whose journals grew since the row `after`."""
    last = last_commit(connection)
    if last <= after:
        return last, ()
    rows = fetch(
        connection,
        "SELECT DISTINCT head.value ->> 0 FROM system_chain, json_each(content, '$.heads') AS head"
        " WHERE number > ? AND number <= ?",
        after,
        last,
    )
    return last, tuple(row[0] for row in rows)


def results(connection: apsw.Connection, key: str) -> list[ResultRow]:
    """All results with this reuse key, the newest first."""
    rows = fetch(
        connection,
        "SELECT key, run, task, outputs, at FROM results WHERE key = ? ORDER BY number DESC",
        key,
    )
    return [
        ResultRow(key=k, run=r, task=task, outputs=json.loads(outputs), at=at)
        for k, r, task, outputs, at in rows
    ]


def valid_result(connection: apsw.Connection, key: str) -> ResultRow | None:
    """The newest result with this key, all of whose artifacts still have their content."""
    for result in results(connection, key):
        needed = set(hashes_in(result.outputs))
        rows = fetch(
            connection,
            "SELECT count(*) FROM artifacts WHERE tier <> 'Deleted'"
            " AND hash IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(needed)),
        )
        if rows[0][0] == len(needed):
            return result
    return None


def artifacts(connection: apsw.Connection, hashes: Iterable[str]) -> dict[str, ArtifactRow]:
    """The rows of several artifacts by hash; unknown ones are left out."""
    rows = fetch(
        connection,
        _ARTIFACT + " WHERE hash IN (SELECT value FROM json_each(?))",
        json.dumps(sorted(set(hashes))),
    )
    return {row[0]: _artifact(row) for row in rows}


def artifacts_of(connection: apsw.Connection, run: str) -> list[ArtifactRow]:
    """Every artifact that a run's journal refers to, the oldest first."""
    rows = fetch(
        connection,
        _ARTIFACT + " WHERE hash IN (SELECT hash FROM run_artifacts WHERE run = ?)"
        " ORDER BY at, hash",
        run,
    )
    return [_artifact(row) for row in rows]


def stored_artifacts(connection: apsw.Connection) -> list[StoredArtifact]:
    """All artifacts whose content exists, the longest unread first, with why each must stay."""
    rows = fetch(
        connection,
        "WITH uses AS (SELECT chunk, count(*) AS times FROM artifact_chunks GROUP BY chunk),"
        " shares AS (SELECT artifact, sum(length * 1.0 / times) AS share FROM artifact_chunks"
        "  JOIN uses USING (chunk) JOIN chunks ON id = chunk GROUP BY artifact)"
        " SELECT hash, size, tier, at, accessed, suffix, inline IS NOT NULL,"
        f" {_PROTECTED}, type,"
        " CASE WHEN inline IS NOT NULL THEN size WHEN tier = 'Cloud_Cold' THEN 0"
        "  ELSE coalesce(round(share), size) END"
        " FROM artifacts LEFT JOIN shares ON artifact = hash"
        " WHERE tier <> 'Deleted' ORDER BY accessed, hash",
        _UNFINISHED_JSON,
    )
    return [
        StoredArtifact(
            digest, size, tier, at, accessed, suffix, bool(inline), why, kind, int(taken)
        )
        for digest, size, tier, at, accessed, suffix, inline, why, kind, taken in rows
    ]


def protected_among(connection: apsw.Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Those of these artifacts that must stay, and why."""
    rows = fetch(
        connection,
        f"SELECT hash, {_PROTECTED} AS why FROM artifacts"
        " WHERE hash IN (SELECT value FROM json_each(?2)) AND why <> ''",
        _UNFINISHED_JSON,
        json.dumps(list(hashes)),
    )
    return dict(rows)


def melody_versions(connection: apsw.Connection, melody_id: str, limit: int) -> list[MelodyVersion]:
    """How a melody looked when it was saved or run, the newest first."""
    rows = fetch(
        connection,
        "SELECT melody_id, hash, snapshot, name, path, run, at FROM melody_versions"
        " WHERE melody_id = ? ORDER BY number DESC LIMIT ?",
        melody_id,
        limit,
    )
    return [MelodyVersion(*row) for row in rows]


def melody_content(connection: apsw.Connection, snapshot: str) -> bytes | None:
    """The melody of a version; None when the store has none."""
    rows = fetch(connection, "SELECT content FROM melodies WHERE snapshot = ?", snapshot)
    return bytes(rows[0][0]) if rows else None


def _summaries(
    connection: apsw.Connection, clauses: str, values: list[object], limit: int
) -> list[RunSummary]:
    rows = fetch(connection, _SUMMARY + clauses, *values, limit)
    return [RunSummary(*row) for row in rows]


def _artifact(row: Any) -> ArtifactRow:
    digest, kind, size, inline, summary, at, suffix, tier, accessed = row
    return ArtifactRow(
        hash=digest,
        type=kind,
        size=size,
        inline=inline,
        summary=None if summary is None else json.loads(summary),
        at=at,
        suffix=suffix,
        tier=tier,
        accessed=accessed,
    )
