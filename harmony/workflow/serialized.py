"""A workflow as plain data, whole: what goes through a file or a store and comes back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from harmony.workflow.context import NOTHING, Delta, checked_context
from harmony.workflow.core import Point, StateHistoryEntry
from harmony.workflow.definition import DEFAULT, WorkflowDefinition
from harmony.workflow.errors import SerializedError, StateMachineError
from harmony.workflow.events import is_name
from harmony.workflow.history import DEFAULT_SIZE

FORMAT: Final = 1
LARGEST_TEXT: Final = 256 * 1_048_576


@dataclass(frozen=True, slots=True)
class SerializedWorkflow:
    """A workflow at rest: where its history begins, the records, and what is set since the last.

    `created` is wall time in Unix seconds.
    """

    workflow_id: str
    definition: WorkflowDefinition = DEFAULT
    base: Point = field(default_factory=lambda: Point(0, DEFAULT.initial, {}))
    history: tuple[StateHistoryEntry, ...] = ()
    pending: Delta = NOTHING
    max_history: int = DEFAULT_SIZE
    created: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The workflow as a JSON value."""
        return {
            "format": FORMAT,
            "workflow_id": self.workflow_id,
            "definition": self.definition.to_json(),
            "base": {
                "sequence": self.base.sequence,
                "state": self.base.state,
                "context": dict(self.base.context),
            },
            "history": [entry.to_json() for entry in self.history],
            "pending": self.pending.to_json(),
            "max_history": self.max_history,
            "created": self.created,
        }

    def to_text(self) -> str:
        """The same as JSON text."""
        return json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_text(cls, text: str) -> SerializedWorkflow:
        """The workflow that `to_text` wrote. Raises SerializedError."""
        if len(text) > LARGEST_TEXT:
            raise SerializedError("workflow.serialized", reason="it is too large")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SerializedError("workflow.serialized", reason=str(error)) from error
        return cls.from_json(value)

    @classmethod
    def from_json(cls, value: Any) -> SerializedWorkflow:
        """The workflow that `to_json` wrote, checked in every part. Raises SerializedError."""
        if not isinstance(value, dict):
            raise SerializedError("workflow.serialized", reason="it is no object")
        if value.get("format") != FORMAT:
            raise SerializedError(
                "workflow.serialized_format", format=value.get("format"), known=FORMAT
            )
        try:
            return _read(value)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise SerializedError("workflow.serialized", reason=reason) from error
        except SerializedError:
            raise
        except StateMachineError as error:
            raise SerializedError("workflow.serialized", reason=str(error)) from error


def _read(value: dict[str, Any]) -> SerializedWorkflow:
    base = value["base"]
    read = SerializedWorkflow(
        checked_id(value["workflow_id"]),
        WorkflowDefinition.from_json(value["definition"]),
        Point(whole(base["sequence"]), str(base["state"]), checked_context(base["context"])),
        tuple(entry_checked(item) for item in value["history"]),
        pending_checked(value["pending"]),
        whole(value["max_history"], 1),
        float(value["created"]),
    )
    for finding in contradictions(
        read.definition, read.base, read.history, within=read.workflow_id
    ):
        raise finding
    return read


def contradictions(
    definition: WorkflowDefinition,
    base: Point,
    entries: Iterable[StateHistoryEntry],
    *,
    within: str,
) -> Iterable[StateMachineError]:
    """What is wrong with a history: a gap, a state that does not follow on, an illegal edge."""
    if base.state not in definition.states:
        yield SerializedError(
            "workflow.history_state", workflow=within, sequence=base.sequence, state=base.state
        )
    sequence, state = base.sequence, base.state
    standing: list[StateHistoryEntry] = []
    for entry in entries:
        if entry.sequence != sequence + 1:
            yield SerializedError(
                "workflow.history_gap",
                workflow=within,
                expected=sequence + 1,
                sequence=entry.sequence,
            )
        elif entry.from_state != state:
            yield SerializedError(
                "workflow.history_broken",
                workflow=within,
                sequence=entry.sequence,
                state=entry.from_state,
                expected=state,
            )
        if not _is_legal(definition, standing, entry):
            yield SerializedError(
                "workflow.history_illegal",
                workflow=within,
                sequence=entry.sequence,
                from_state=entry.from_state,
                event=entry.key,
                to_state=entry.to_state,
            )
        if entry.takes_back is None:
            standing.append(entry)
        elif standing and standing[-1].sequence == entry.takes_back:
            standing.pop()
        sequence, state = entry.sequence, entry.to_state


def _is_legal(
    definition: WorkflowDefinition, standing: list[StateHistoryEntry], entry: StateHistoryEntry
) -> bool:
    arrows = definition.arrows.get(entry.from_state, {})
    target = arrows.get(entry.key)
    if target is None and entry.name:
        target = arrows.get(entry.event)  # `Custom` takes every custom event
    if entry.restores is not None or entry.takes_back is not None:
        if not definition.may_roll_back(entry.from_state) or entry.event != "Rollback":
            return False
        if entry.restores is not None or entry.to_state == target:
            return entry.to_state in definition.states
        # What it takes back may have left the history already; then its state must exist at least.
        if standing and standing[-1].sequence == entry.takes_back:
            return entry.to_state == standing[-1].from_state
        return not standing and entry.to_state in definition.states
    return target == entry.to_state


def entry_checked(value: Any) -> StateHistoryEntry:
    """A record from outside, its context change checked. Raises ValueError, ContextError."""
    entry = StateHistoryEntry.from_json(value)
    return entry._replace(delta=_delta_checked(entry.delta))


def pending_checked(value: Any) -> Delta:
    """What was set since the last record. Raises ValueError, ContextError."""
    return _delta_checked(Delta.from_json(value))


def _delta_checked(delta: Delta) -> Delta:
    return Delta(checked_context(dict(delta.changed)), delta.removed)


def checked_id(value: Any) -> str:
    """The name of a workflow. Raises StateMachineError."""
    if not is_name(value):
        raise StateMachineError("workflow.bad_id", name=str(value)[:100])
    return str(value)


def whole(value: Any, least: int = 0) -> int:
    """A whole number of at least so much. Raises ValueError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{value!r} is no whole number of {least} or more")
    return value
