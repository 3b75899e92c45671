"""Is a stored workflow as it was written? Pure: from its rows to the workflow, or to what is wrong.

Every record's link of the chain, its place, its edge in the definition; the end of the chain; that
the row says the same as its records.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harmony.polyphony.chain import link
from harmony.workflow.context import NOTHING, Delta, checked_context
from harmony.workflow.core import Point, StateHistoryEntry
from harmony.workflow.definition import DEFAULT, WorkflowDefinition
from harmony.workflow.errors import RecoveryError, StateMachineError
from harmony.workflow.rows import Row
from harmony.workflow.serialized import (
    SerializedWorkflow,
    contradictions,
    entry_checked,
    pending_checked,
)


@dataclass(slots=True)
class _Reading:
    """What could be read of a workflow, and what could not."""

    workflow: str
    findings: list[StateMachineError]

    def wrong(self, code: str, **parameters: object) -> None:
        self.findings.append(RecoveryError(code, workflow=self.workflow, **parameters))

    def parsed(self, what: str, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            self.wrong("workflow.unreadable", what=what, reason=str(error))
            return None


def inspect(
    row: Row, texts: Sequence[tuple[int, bytes, str]]
) -> tuple[SerializedWorkflow, tuple[StateMachineError, ...]]:
    """The workflow that rows stand for, and everything that is wrong with it.

    With findings the workflow is not to be relied on.
    """
    reading = _Reading(row.workflow_id, [])
    definition = _definition(reading, row)
    base = _base(reading, row)
    entries = _entries(reading, row, texts)
    if not reading.findings:
        reading.findings.extend(contradictions(definition, base, entries, within=row.workflow_id))
    last = entries[-1] if entries else None
    state = last.to_state if last else base.state
    sequence = last.sequence if last else base.sequence
    if not reading.findings and (row.state, row.sequence) != (state, sequence):
        reading.wrong(
            "workflow.row_differs",
            state=row.state,
            sequence=row.sequence,
            expected=state,
            last=sequence,
        )
    pending = _pending(reading, row)
    workflow = SerializedWorkflow(
        row.workflow_id,
        definition,
        base,
        tuple(entries),
        pending,
        max(row.max_history, 1),
        row.created,
    )
    return workflow, tuple(reading.findings)


def _definition(reading: _Reading, row: Row) -> WorkflowDefinition:
    value = reading.parsed("definition", row.definition)
    if value is None:
        return DEFAULT
    try:
        return WorkflowDefinition.from_json(value)
    except StateMachineError as error:
        reading.findings.append(error)
        return DEFAULT


def _base(reading: _Reading, row: Row) -> Point:
    value = reading.parsed("context", row.base_context)
    try:
        context = {} if value is None else checked_context(value)
    except StateMachineError as error:
        reading.findings.append(error)
        context = {}
    return Point(row.base_sequence, row.base_state, context)


def _pending(reading: _Reading, row: Row) -> Delta:
    value = reading.parsed("pending", row.pending)
    if value is None:
        return NOTHING
    try:
        return pending_checked(value)
    except (ValueError, StateMachineError) as error:
        reading.wrong("workflow.unreadable", what="pending", reason=str(error))
        return NOTHING


def _entries(
    reading: _Reading, row: Row, texts: Sequence[tuple[int, bytes, str]]
) -> list[StateHistoryEntry]:
    entries: list[StateHistoryEntry] = []
    previous, expected = row.base_hash, row.base_sequence + 1
    for sequence, digest, text in texts:
        if sequence != expected:
            reading.wrong("workflow.records_missing", first=expected, last=sequence - 1)
        elif link(previous, text) != digest:
            reading.wrong("workflow.record_changed", sequence=sequence)
        previous, expected = digest, sequence + 1
        try:
            entry = entry_checked(json.loads(text))
        except (ValueError, RecursionError, StateMachineError) as error:
            reading.wrong("workflow.unreadable", what=f"record {sequence}", reason=str(error))
            continue
        if entry.sequence != sequence:
            reading.wrong("workflow.record_changed", sequence=sequence)
        entries.append(entry)
    if row.sequence >= expected:
        reading.wrong("workflow.records_missing", first=expected, last=row.sequence)
    elif row.head != previous:
        reading.wrong("workflow.head_changed", sequence=row.sequence)
    return entries
