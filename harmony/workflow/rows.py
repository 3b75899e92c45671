"""Workflows as rows: what is written in a transaction, and what is read back.

Functions over a connection, nothing else; the store calls them on its threads. A record follows the
one before it, or it is refused: so two programs cannot both write one workflow's history.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import apsw

from harmony.polyphony.chain import START, canonical, link
from harmony.polyphony.schema import fetch
from harmony.workflow.context import NOTHING, Delta
from harmony.workflow.core import Point, StateHistoryEntry, fold
from harmony.workflow.errors import ConflictError, UnknownWorkflowError
from harmony.workflow.serialized import SerializedWorkflow

_NO_CHANGE: Final = "{}"


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    """A stored workflow, as a list shows it. Times are wall time in Unix seconds."""

    workflow_id: str
    definition: str
    state: str
    sequence: int
    history_size: int
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Row:
    """A workflow's row as it is stored: texts are not read yet, since they may be damaged."""

    workflow_id: str
    state: str
    sequence: int
    head: bytes
    count: int
    created: float
    max_history: int
    base_sequence: int
    base_state: str
    base_hash: bytes
    definition: str
    pending: str
    base_context: str


_COLUMNS: Final = (
    "id, state, sequence, head, count, created, max_history, base_sequence, base_state,"
    " base_hash, definition, pending, base_context"
)


def row_of(connection: apsw.Connection, workflow: str) -> Row:
    """A workflow's row. Raises UnknownWorkflowError."""
    found = fetch(connection, f"SELECT {_COLUMNS} FROM workflows WHERE id = ?", workflow)
    if not found:
        raise UnknownWorkflowError("workflow.unknown", workflow=workflow)
    return Row(*found[0])


def texts_of(connection: apsw.Connection, workflow: str) -> list[tuple[int, bytes, str]]:
    """Number, link of the chain and text of each stored record, oldest first."""
    return fetch(
        connection,
        "SELECT sequence, hash, record FROM transitions WHERE workflow = ? ORDER BY sequence",
        workflow,
    )


def entries_of(
    connection: apsw.Connection, workflow: str, limit: int | None = None
) -> list[StateHistoryEntry]:
    """The stored records, oldest first; only the last `limit`."""
    row_of(connection, workflow)
    found = fetch(
        connection,
        "SELECT record FROM transitions WHERE workflow = ? ORDER BY sequence DESC LIMIT ?",
        workflow,
        -1 if limit is None else limit,
    )
    return [StateHistoryEntry.from_json(json.loads(text)) for (text,) in reversed(found)]


def records(connection: apsw.Connection) -> list[WorkflowRecord]:
    """Every workflow, the one that changed last first."""
    return [
        WorkflowRecord(*row)
        for row in fetch(
            connection,
            "SELECT id, iif(json_valid(definition), definition ->> '$.name', ''), state, sequence,"
            " count, created, updated FROM workflows ORDER BY updated DESC, id",
        )
    ]


def append(
    connection: apsw.Connection, workflow: str, entry: StateHistoryEntry, count: int = 1
) -> int:
    """Put a record at the end of a workflow's history; how many are stored then.

    Raises UnknownWorkflowError, and ConflictError for a record that does not follow.
    """
    found = fetch(
        connection, "SELECT state, sequence, head, count FROM workflows WHERE id = ?", workflow
    )
    if not found:
        raise UnknownWorkflowError("workflow.unknown", workflow=workflow)
    state, sequence, head, stored = found[0]
    if entry.sequence != sequence + 1 or entry.from_state != state:
        raise ConflictError(
            "workflow.conflict",
            workflow=workflow,
            sequence=entry.sequence,
            from_state=entry.from_state,
            stored=sequence,
            state=state,
        )
    text = canonical(entry.to_json())
    digest = link(head, text)
    connection.execute(
        "INSERT INTO transitions VALUES (?, ?, ?, ?, ?)",
        (workflow, entry.sequence, entry.at, digest, text),
    )
    connection.execute(
        "UPDATE workflows SET state = ?2, sequence = ?3, head = ?4, count = ?5, updated = ?6,"
        " pending = '{}' WHERE id = ?1",
        (workflow, entry.to_state, entry.sequence, digest, stored + count, entry.at),
    )
    return int(stored) + count


def set_pending(connection: apsw.Connection, workflow: str, sequence: int, pending: Delta) -> None:
    """Keep what was set since the last record. Raises ConflictError when there is a newer one."""
    row = row_of(connection, workflow)
    if row.sequence != sequence:
        raise ConflictError(
            "workflow.conflict",
            workflow=workflow,
            sequence=sequence,
            from_state=row.state,
            stored=row.sequence,
            state=row.state,
        )
    connection.execute(
        "UPDATE workflows SET pending = ? WHERE id = ?", (canonical(pending.to_json()), workflow)
    )


def save(connection: apsw.Connection, workflow: SerializedWorkflow) -> int:
    """Store a workflow, or the records that it has and the store lacks; how many are stored then.

    Raises ConflictError when the store has another history under this name.
    """
    found = fetch(
        connection, f"SELECT {_COLUMNS} FROM workflows WHERE id = ?", workflow.workflow_id
    )
    if not found:
        insert(connection, workflow)
        stored = 0
        last = workflow.base.sequence
    else:
        row = Row(*found[0])
        _refuse_other(connection, workflow, row)
        stored, last = row.count, row.sequence
        if workflow.base.sequence > last:
            # Records left the memory before they were stored: history begins anew where it can.
            _rebase(connection, workflow, row)
            stored, last = 0, workflow.base.sequence
    for entry in workflow.history:
        if entry.sequence > last:
            stored = append(connection, workflow.workflow_id, entry)
    set_pending(
        connection,
        workflow.workflow_id,
        workflow.base.sequence + len(workflow.history),
        workflow.pending,
    )
    connection.execute(
        "UPDATE workflows SET max_history = ? WHERE id = ?",
        (workflow.max_history, workflow.workflow_id),
    )
    return stored


def insert(connection: apsw.Connection, workflow: SerializedWorkflow) -> None:
    """The row of a new workflow that stands at its base."""
    base = workflow.base
    connection.execute(
        "INSERT INTO workflows VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            workflow.workflow_id,
            base.state,
            base.sequence,
            START,
            workflow.created,
            workflow.created,
            workflow.max_history,
            base.sequence,
            base.state,
            START,
            canonical(workflow.definition.to_json()),
            _NO_CHANGE,
            canonical(dict(base.context)),
        ),
    )


def _rebase(connection: apsw.Connection, workflow: SerializedWorkflow, row: Row) -> None:
    base = workflow.base
    context = canonical(dict(base.context))
    digest = link(row.head, canonical([base.sequence, base.state, context]))
    connection.execute("DELETE FROM transitions WHERE workflow = ?", (workflow.workflow_id,))
    connection.execute(
        "UPDATE workflows SET state = ?2, sequence = ?3, head = ?4, count = 0, base_sequence = ?3,"
        " base_state = ?2, base_hash = ?4, base_context = ?5 WHERE id = ?1",
        (workflow.workflow_id, base.state, base.sequence, digest, context),
    )


def _refuse_other(connection: apsw.Connection, workflow: SerializedWorkflow, row: Row) -> None:
    """The store's last record must be one of the machine's, where that still has it."""
    last = workflow.base.sequence + len(workflow.history)
    known = {entry.sequence: entry for entry in workflow.history}.get(row.sequence)
    kept = known is None or _text_at(connection, workflow.workflow_id, row.sequence) in (
        None,
        canonical(known.to_json()),
    )
    same = row.definition == canonical(workflow.definition.to_json())
    if row.sequence > last or not kept or not same:
        raise ConflictError(
            "workflow.other_workflow", workflow=workflow.workflow_id, stored=row.sequence, last=last
        )


def _text_at(connection: apsw.Connection, workflow: str, sequence: int) -> str | None:
    found = fetch(
        connection,
        "SELECT record FROM transitions WHERE workflow = ? AND sequence = ?",
        workflow,
        sequence,
    )
    return found[0][0] if found else None


def delete(connection: apsw.Connection, workflow: str) -> None:
    """Remove a workflow with all that belongs to it. Raises UnknownWorkflowError."""
    row_of(connection, workflow)
    connection.execute("DELETE FROM transitions WHERE workflow = ?", (workflow,))
    connection.execute("DELETE FROM checkpoints WHERE workflow = ?", (workflow,))
    connection.execute("DELETE FROM workflows WHERE id = ?", (workflow,))


def prune(
    connection: apsw.Connection, workflow: str, most: int | None, older_than: float | None
) -> int:
    """Fold the oldest records into the base: those beyond `most`, and those older than a time.

    How many went. Base and records lead where they led before, so recovery loses nothing but what
    rollback and `get_history` could have shown.
    """
    row = row_of(connection, workflow)
    going: list[tuple[int, bytes, StateHistoryEntry]] = []
    for sequence, digest, text in texts_of(connection, workflow):
        entry = StateHistoryEntry.from_json(json.loads(text))
        too_many = most is not None and row.count - len(going) > most
        too_old = older_than is not None and entry.at < older_than
        if not (too_many or too_old):
            break
        going.append((sequence, digest, entry))
    if not going:
        return 0
    base = Point(row.base_sequence, row.base_state, json.loads(row.base_context))
    point = fold(base, (entry for *_, entry in going))
    last, digest, _ = going[-1]
    connection.execute(
        "DELETE FROM transitions WHERE workflow = ? AND sequence <= ?", (workflow, last)
    )
    connection.execute(
        "UPDATE workflows SET count = ?2, base_sequence = ?3, base_state = ?4, base_hash = ?5,"
        " base_context = ?6 WHERE id = ?1",
        (
            workflow,
            row.count - len(going),
            last,
            point.state,
            digest,
            canonical(dict(point.context)),
        ),
    )
    return len(going)


def ids(connection: apsw.Connection) -> list[str]:
    """The names of all workflows, in alphabetical order."""
    return [name for (name,) in fetch(connection, "SELECT id FROM workflows ORDER BY id")]


def standing_of(connection: apsw.Connection, workflow: str) -> tuple[Row, Point, Delta]:
    """A workflow's row, the point after its last record, and what was set since."""
    row = row_of(connection, workflow)
    base = Point(row.base_sequence, row.base_state, json.loads(row.base_context))
    entries: Iterable[StateHistoryEntry] = entries_of(connection, workflow)
    standing = fold(base, entries)
    pending: Any = json.loads(row.pending)
    return (
        row,
        Point(standing.sequence, standing.state, standing.context),
        Delta.from_json(pending) if pending else NOTHING,
    )
