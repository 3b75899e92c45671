"""Checkpoints: consistent cuts of the whole state, cheap because they refer to what is kept anyway.

One transaction sees every journal at a boundary of commits: the cut is the end of the system chain
and the highest number of a melody's version. Named one by one are only the runs that may have to
go on: those under way, each with the sequence that its journal has reached, and the run for which
the cut was made. Of all else, entities alone are stored, each state once under the hash of its text
(seeds/002).

What a checkpoint names stays: content of its runs never expires (`reading.py`), its runs are not
deleted (triggers in `migrations.py`), unless it was made automatically and goes with its run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import apsw
from blake3 import blake3

from harmony.foundation.failpoints import failpoint
from harmony.foundation.ids import short_id
from harmony.polyphony.chain import canonical
from harmony.polyphony.errors import StoreError, StoreWarning
from harmony.polyphony.preparation import hashes_in
from harmony.polyphony.reading import UNFINISHED
from harmony.polyphony.schema import fetch

MANUAL: Final = "manual"
START: Final = "start"
PROGRESS: Final = "progress"
ERROR: Final = "error"
END: Final = "end"
BEFORE_RESUME: Final = "before-resume"
AUTOMATIC: Final = (START, PROGRESS, ERROR, END, BEFORE_RESUME)

Fact = dict[str, Any]
"""What the system chain says of a change."""


class CheckpointError(StoreError):
    """A checkpoint is unknown, or not as it was written."""


class RunAt(NamedTuple):
    """A run in a cut: how far its journal had got, and its state of chart 3 then."""

    run: str
    sequence: int
    state: str


class StoredEntity(NamedTuple):
    """An entity in a cut: a JSON value. `masked` where what looked like a secret was taken out."""

    type: str
    id: str
    state: Any
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A cut. `at` is wall time, Unix seconds; `run` the one it was made for, if any.

    `system` is the last row of the system chain in it, `versions` the newest version of a melody.
    `entities` have no state where only the list of checkpoints was asked for.
    """

    id: str
    name: str
    kind: str
    at: float
    run: str | None
    system: int
    versions: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[RunAt, ...] = ()
    entities: tuple[StoredEntity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """It as a line of a list; `created_at` is ISO 8601, UTC."""
        made = datetime.fromtimestamp(self.at, UTC)
        return {
            "id": self.id,
            "name": self.name,
            "created_at": made.isoformat(timespec="milliseconds"),
            "kind": self.kind,
            "run": self.run,
            "runs": [at.run for at in self.runs],
            "entities": [f"{entity.type} {entity.id}" for entity in self.entities],
            "masked": [f"{entity.type} {entity.id}" for entity in self.entities if entity.masked],
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A checkpoint that is to be made: all that the store does not know by itself.

    Of the automatic ones the newest `keep` stay, this one among them.
    """

    id: str
    name: str
    kind: str
    at: float
    settings: Mapping[str, Any]
    entities: Sequence[StoredEntity]
    run: str | None = None
    keep: int = 20


def create(connection: apsw.Connection, draft: Draft) -> tuple[Checkpoint, Fact]:
    """Write a cut of the state as this transaction sees it. For `Store.in_chain`."""
    system, versions = fetch(
        connection,
        "SELECT (SELECT coalesce(max(number), 0) FROM system_chain),"
        " (SELECT coalesce(max(number), 0) FROM melody_versions)",
    )[0]
    runs = tuple(
        RunAt(*row)
        for row in fetch(
            connection,
            "SELECT id, coalesce(sequence, 0), state FROM runs AS a"
            " LEFT JOIN chain_heads ON chain_heads.run = id"
            " WHERE id = ?1 OR (state IN (SELECT value FROM json_each(?2)) AND NOT EXISTS"
            "  (SELECT 1 FROM runs WHERE parent = a.id AND parent_sequence IS NOT NULL))"
            " ORDER BY id",
            draft.run,
            json.dumps(UNFINISHED),
        )
    )
    cut = Checkpoint(
        draft.id,
        draft.name,
        draft.kind,
        draft.at,
        draft.run,
        system,
        versions,
        draft.settings,
        runs,
        tuple(draft.entities),
    )
    digest = _digest(cut)
    _write(connection, cut, digest)
    gone = _prune(connection, draft.keep) if draft.kind in AUTOMATIC else []
    failpoint("checkpoint.written")
    fact: Fact = {"checkpoint": [cut.id, digest]}
    return cut, {**fact, "checkpoints_gone": gone} if gone else fact


def listed(connection: apsw.Connection, limit: int = 1000) -> list[Checkpoint]:
    """The newest checkpoints first, their entities without states."""
    rows = fetch(connection, f"{_SELECT} ORDER BY number DESC LIMIT ?", limit)
    return [_assembled(connection, row, with_states=False) for row in rows]


def read(connection: apsw.Connection, identifier: str) -> Checkpoint:
    """A whole checkpoint. Raises CheckpointError when there is none, or it was damaged."""
    row = fetch(connection, f"{_SELECT} WHERE id = ?", resolve(connection, identifier))[0]
    cut = _whole(connection, row)
    if cut is None:
        raise CheckpointError("polyphony.checkpoint_damaged", checkpoint=row[0])
    return cut


def latest(connection: apsw.Connection) -> str | None:
    """The newest checkpoint, without those made only to be able to go back; None: there is none."""
    rows = fetch(
        connection,
        "SELECT id FROM checkpoints WHERE kind <> ? ORDER BY number DESC LIMIT 1",
        BEFORE_RESUME,
    )
    return rows[0][0] if rows else None


def resolve(connection: apsw.Connection, text: str) -> str:
    """The checkpoint that is meant by its id, the end of it, or a beginning. CheckpointError."""
    text = text.strip().lower()
    if text:
        rows = fetch(
            connection,
            "SELECT id FROM checkpoints WHERE id = ?1"
            " OR (length(?1) >= 4 AND (substr(id, 1, length(?1)) = ?1 OR substr(id, -8) = ?1))"
            " LIMIT 6",
            text,
        )
        found = [row[0] for row in rows]
        if text in found or len(found) == 1:
            return text if text in found else str(found[0])
        if found:
            names = ", ".join(map(short_id, found))
            raise CheckpointError(
                "polyphony.checkpoint_ambiguous", checkpoint=text, candidates=names
            )
    raise CheckpointError("polyphony.checkpoint_unknown", checkpoint=text)


def delete(connection: apsw.Connection, identifier: str) -> tuple[str, Fact]:
    """Forget a checkpoint; what only it kept may go. For `Store.in_chain`. CheckpointError."""
    whole = resolve(connection, identifier)
    forget(connection, whole)
    return whole, {"checkpoints_gone": [whole]}


def forget(connection: apsw.Connection, identifier: str) -> None:
    """Remove all rows of a checkpoint, and states that no other one has. The id must be whole."""
    connection.execute("DELETE FROM checkpoints WHERE id = ?", (identifier,))
    _drop_states(connection)


def continued_as(connection: apsw.Connection, run: str) -> str | None:
    """The newest run that was forked from this one, or from a fork of it, if there is one."""
    rows = fetch(
        connection,
        "WITH RECURSIVE line (id) AS (SELECT ?1 UNION SELECT runs.id FROM runs"
        "  JOIN line ON runs.parent = line.id WHERE runs.parent_sequence IS NOT NULL)"
        " SELECT id FROM line WHERE id <> ?1 ORDER BY id DESC LIMIT 1",
        run,
    )
    return rows[0][0] if rows else None


def forked_among(connection: apsw.Connection, runs: Sequence[str]) -> set[str]:
    """Those of these runs that were forked from a checkpoint: another run goes on with them."""
    rows = fetch(
        connection,
        "SELECT DISTINCT parent FROM runs WHERE parent IN (SELECT value FROM json_each(?))"
        " AND parent_sequence IS NOT NULL",
        json.dumps(list(runs)),
    )
    return {row[0] for row in rows}


def bring_back_versions(connection: apsw.Connection, upto: int, at: float) -> list[str]:
    """Save each melody again as it was at a cut, where it was saved differently since.

    A version is added, none is changed or removed. Returns the ids of those melodies.
    """
    rows = fetch(
        connection,
        "SELECT old.melody_id, old.hash, old.snapshot, old.name, old.path FROM"
        " (SELECT melody_id, max(number) AS number FROM melody_versions"
        "   WHERE run IS NULL GROUP BY melody_id HAVING max(number) > ?1) AS newest"
        " JOIN melody_versions AS now USING (number)"
        " JOIN melody_versions AS old ON old.number = (SELECT max(number) FROM melody_versions"
        "   WHERE melody_id = newest.melody_id AND run IS NULL AND number <= ?1)"
        " WHERE old.snapshot <> now.snapshot ORDER BY old.melody_id",
        upto,
    )
    for melody_id, digest, snapshot, name, path in rows:
        connection.execute(
            "INSERT INTO melody_versions (melody_id, hash, snapshot, name, path, run, at)"
            " VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (melody_id, digest, snapshot, name, path, at),
        )
    return [row[0] for row in rows]


def damaged(connection: apsw.Connection) -> list[StoreWarning]:
    """Which checkpoints are not as they were written. Reads every state: not for the window."""
    rows = fetch(connection, f"{_SELECT} ORDER BY number")
    return [
        StoreWarning("polyphony.checkpoint_changed", checkpoint=row[0], name=row[1])
        for row in rows
        if _whole(connection, row) is None
    ]


def rows_of(connection: apsw.Connection, identifier: str) -> list[Any]:
    """All that is stored of a checkpoint, whole or not, as rows. Its id must be whole."""
    rows = fetch(connection, "SELECT * FROM checkpoints WHERE id = ?", identifier)
    rows += fetch(connection, "SELECT * FROM checkpoint_runs WHERE checkpoint = ?", identifier)
    return rows + fetch(
        connection,
        "SELECT * FROM checkpoint_entities LEFT JOIN entity_states USING (hash)"
        " WHERE checkpoint = ? ORDER BY place",
        identifier,
    )


def drop_automatic_of(connection: apsw.Connection, run: str) -> None:
    """Forget the automatic checkpoints that name a run: they do not keep it from being deleted."""
    connection.execute(
        "DELETE FROM checkpoints WHERE kind <> ? AND id IN"
        " (SELECT checkpoint FROM checkpoint_runs WHERE run = ?)",
        (MANUAL, run),
    )
    _drop_states(connection)


_SELECT: Final = (
    "SELECT id, name, kind, at, run, system, versions, settings, digest FROM checkpoints"
)


def _write(connection: apsw.Connection, cut: Checkpoint, digest: str) -> None:
    connection.execute(
        "INSERT INTO checkpoints (id, name, kind, at, run, system, versions, settings, digest)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            cut.id,
            cut.name,
            cut.kind,
            cut.at,
            cut.run,
            cut.system,
            cut.versions,
            canonical(dict(cut.settings)),
            digest,
        ),
    )
    for run in cut.runs:
        connection.execute("INSERT INTO checkpoint_runs VALUES (?, ?, ?, ?)", (cut.id, *run))
    for place, entity in enumerate(cut.entities):
        text = canonical(entity.state)
        state = blake3(text.encode()).hexdigest()
        connection.execute(
            "INSERT INTO entity_states VALUES (?, ?) ON CONFLICT DO NOTHING", (state, text)
        )
        connection.execute(
            "INSERT INTO checkpoint_entities VALUES (?, ?, ?, ?, ?, ?)",
            (cut.id, place, entity.type, entity.id, state, entity.masked),
        )
        for artifact in hashes_in(entity.state) if isinstance(entity.state, (dict, list)) else ():
            connection.execute(
                "INSERT OR IGNORE INTO checkpoint_artifacts VALUES (?, ?)", (cut.id, artifact)
            )


def _assembled(connection: apsw.Connection, row: Any, *, with_states: bool) -> Checkpoint:
    runs = fetch(
        connection,
        "SELECT run, sequence, state FROM checkpoint_runs WHERE checkpoint = ? ORDER BY run",
        row[0],
    )
    entities = fetch(
        connection,
        "SELECT type, id, entity_states.state, masked FROM checkpoint_entities"
        " LEFT JOIN entity_states USING (hash) WHERE checkpoint = ? ORDER BY place",
        row[0],
    )
    return Checkpoint(
        id=row[0],
        name=row[1],
        kind=row[2],
        at=row[3],
        run=row[4],
        system=row[5],
        versions=row[6],
        settings=json.loads(row[7]),
        runs=tuple(RunAt(*run) for run in runs),
        entities=tuple(
            StoredEntity(kind, name, json.loads(state or "") if with_states else None, bool(masked))
            for kind, name, state, masked in entities
        ),
    )


def _whole(connection: apsw.Connection, row: Any) -> Checkpoint | None:
    """The checkpoint of a row of `_SELECT`; None when it is not as it was written."""
    try:
        cut = _assembled(connection, row, with_states=True)
    except ValueError:
        return None
    return cut if _digest(cut) == row[-1] else None


def _digest(cut: Checkpoint) -> str:
    """Over all that a checkpoint holds, so that a changed byte is never taken for the state."""
    text = canonical(
        [
            [cut.id, cut.name, cut.kind, cut.at, cut.run, cut.system, cut.versions],
            dict(cut.settings),
            [list(run) for run in cut.runs],
            [list(entity) for entity in cut.entities],
        ]
    )
    return str(blake3(text.encode()).hexdigest())


def _prune(connection: apsw.Connection, keep: int) -> list[str]:
    """Forget the oldest automatic checkpoints, those that a person made never."""
    rows = fetch(
        connection,
        "SELECT id FROM checkpoints WHERE kind <> ? ORDER BY number DESC LIMIT -1 OFFSET ?",
        MANUAL,
        max(1, keep),
    )
    for (identifier,) in rows:
        connection.execute("DELETE FROM checkpoints WHERE id = ?", (identifier,))
    if rows:
        _drop_states(connection)
    return [row[0] for row in rows]


def _drop_states(connection: apsw.Connection) -> None:
    connection.execute(
        "DELETE FROM entity_states WHERE hash NOT IN (SELECT hash FROM checkpoint_entities)"
    )
