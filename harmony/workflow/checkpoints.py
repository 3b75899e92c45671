"""Named points to which a workflow can go back, or from which another one can begin.

A checkpoint holds its state and context itself, so that retention takes nothing away from it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import apsw

from harmony.polyphony.chain import START, canonical, link
from harmony.polyphony.schema import fetch
from harmony.workflow.context import applied, checked_context
from harmony.workflow.core import Point
from harmony.workflow.definition import WorkflowDefinition
from harmony.workflow.errors import RecoveryError, StateMachineError, UnknownWorkflowError
from harmony.workflow.rows import insert, row_of, standing_of
from harmony.workflow.serialized import SerializedWorkflow


@dataclass(frozen=True, slots=True)
class WorkflowCheckpoint:
    """A checkpoint, as a list shows it. `created_at` is wall time in Unix seconds."""

    id: str
    workflow_id: str
    name: str
    created_at: float
    sequence: int
    state: str


def create(
    connection: apsw.Connection, checkpoint: str, workflow: str, name: str, at: float
) -> WorkflowCheckpoint:
    """Keep where a stored workflow stands now. Raises UnknownWorkflowError."""
    row, point, pending = standing_of(connection, workflow)
    content = canonical(dict(applied(point.context, pending)))
    made = WorkflowCheckpoint(checkpoint, workflow, name, at, row.sequence, row.state)
    connection.execute(
        "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (checkpoint, workflow, name, at, row.sequence, row.state, _seal(made, content), content),
    )
    return made


def listed(connection: apsw.Connection, workflow: str | None) -> list[WorkflowCheckpoint]:
    """The checkpoints of a workflow, or of all; the newest first."""
    return [
        WorkflowCheckpoint(*row)
        for row in fetch(
            connection,
            "SELECT id, workflow, name, at, sequence, state FROM checkpoints"
            " WHERE ?1 IS NULL OR workflow = ?1 ORDER BY at DESC, id DESC",
            workflow,
        )
    ]


def remove(connection: apsw.Connection, checkpoint: str) -> None:
    """Delete a checkpoint. Raises UnknownWorkflowError."""
    find(connection, checkpoint)
    connection.execute("DELETE FROM checkpoints WHERE id = ?", (checkpoint,))


def find(connection: apsw.Connection, checkpoint: str) -> tuple[WorkflowCheckpoint, bytes, str]:
    """A checkpoint, its seal and its content as stored. Raises UnknownWorkflowError."""
    found = fetch(
        connection,
        "SELECT id, workflow, name, at, sequence, state, hash, content FROM checkpoints"
        " WHERE id = ?",
        checkpoint,
    )
    if not found:
        raise UnknownWorkflowError("workflow.unknown_checkpoint", checkpoint=checkpoint)
    return WorkflowCheckpoint(*found[0][:6]), found[0][6], found[0][7]


def point_of(connection: apsw.Connection, checkpoint: str) -> tuple[WorkflowCheckpoint, Point]:
    """A checkpoint and where it leads. Raises UnknownWorkflowError, RecoveryError when damaged."""
    found, seal, content = find(connection, checkpoint)
    if _seal(found, content) != seal:
        raise RecoveryError(
            "workflow.checkpoint_changed", checkpoint=checkpoint, workflow=found.workflow_id
        )
    return found, Point(found.sequence, found.state, checked_context(json.loads(content)))


def fork(
    connection: apsw.Connection, checkpoint: str, workflow: str, at: float
) -> SerializedWorkflow:
    """Begin another workflow where a checkpoint stood; the old one is left as it is.

    Raises UnknownWorkflowError, RecoveryError, and StateMachineError when the name is taken.
    """
    found, point = point_of(connection, checkpoint)
    if fetch(connection, "SELECT 1 FROM workflows WHERE id = ?", workflow):
        raise StateMachineError("workflow.id_taken", workflow=workflow)
    row = row_of(connection, found.workflow_id)
    forked = SerializedWorkflow(
        workflow,
        WorkflowDefinition.from_json(json.loads(row.definition)),
        Point(0, point.state, point.context),
        max_history=row.max_history,
        created=at,
    )
    insert(connection, forked)
    return forked


def _seal(checkpoint: WorkflowCheckpoint, content: str) -> bytes:
    return link(
        START,
        canonical(
            [checkpoint.id, checkpoint.workflow_id, checkpoint.sequence, checkpoint.state, content]
        ),
    )
