"""What an event does to a workflow, decided purely: a standing and an event give a record.

No clock, no handlers, no storage. The same two functions serve live machines, loading and recovery:
`decide…` makes the record, `evolve` folds it in (DESIGN.md section 5, "The run core is pure").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from harmony.states.workflow import WorkflowEvent as Kind
from harmony.workflow.context import NOTHING, Context, Delta, applied, difference, merged
from harmony.workflow.definition import WorkflowDefinition
from harmony.workflow.errors import IllegalEventError, NothingToRollBackError
from harmony.workflow.events import WorkflowEvent


class StateHistoryEntry(NamedTuple):
    """One transition, as it is kept.

    `at` is wall time in Unix seconds, `duration` the seconds that the workflow was in `from_state`.
    `delta` is how the context changed since the record before. `takes_back` names the record that a
    rollback took back; `restores` the checkpoint that was gone back to.
    """

    sequence: int
    from_state: str
    event: str
    to_state: str
    trigger: str = ""
    at: float = 0.0
    duration: float = 0.0
    delta: Delta = NOTHING
    name: str = ""
    data: Any = None
    takes_back: int | None = None
    restores: str | None = None

    @property
    def key(self) -> str:
        """What the definition's table knows the event by: a custom event by its own name."""
        return self.name or self.event

    def to_json(self) -> list[Any]:
        """The record as a list, in the order of the fields."""
        return [*self[:7], self.delta.to_json(), *self[8:]]

    @classmethod
    def from_json(cls, value: Any) -> StateHistoryEntry:
        """The record that `to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(value, list) or len(value) != len(cls._fields):
            raise ValueError("a record is a list of its fields")
        fields = dict(zip(cls._fields, value, strict=True))
        fields["delta"] = Delta.from_json(fields["delta"])
        for field, kinds in _KINDS.items():
            if not isinstance(fields[field], kinds) or isinstance(fields[field], bool):
                raise ValueError(f"the field {field} of a record has another type")
        return cls(**fields)


_NUMBER: Final = (int, float)
_NAME: Final = (str,)
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "sequence": (int,),
    "from_state": _NAME,
    "event": _NAME,
    "to_state": _NAME,
    "trigger": _NAME,
    "at": _NUMBER,
    "duration": _NUMBER,
    "name": _NAME,
    "takes_back": (int, type(None)),
    "restores": (str, type(None)),
}


@dataclass(frozen=True, slots=True)
class Point:
    """Where a workflow stood after a record: number 0 is before the first one."""

    sequence: int
    state: str
    context: Context


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a workflow stands. `recorded` is the context as of the last record; `pending` was set
    since then, and `context` is both together."""

    sequence: int
    state: str
    recorded: Context
    context: Context
    pending: Delta = NOTHING


class When(NamedTuple):
    """The times of a record: wall time in Unix seconds, and seconds in the state that is left."""

    at: float
    duration: float


def with_context(standing: Standing, delta: Delta) -> Standing:
    """The standing after a change of the context; the next record will carry it."""
    return replace(
        standing,
        context=applied(standing.context, delta),
        pending=merged(standing.pending, delta),
    )


def decide(
    workflow: str,
    definition: WorkflowDefinition,
    standing: Standing,
    event: WorkflowEvent,
    when: When,
    kept: Sequence[StateHistoryEntry] = (),
    base: Point | None = None,
) -> StateHistoryEntry:
    """The record of an event. Raises IllegalEventError.

    The event Rollback follows the definition's own arrow where there is one (the seed's chart leads
    to Paused), and takes the last transition back where there is none; the context goes back
    either way. For that `kept` is the history and `base` where it begins.
    """
    target = definition.target(standing.state, event)
    if event.kind == Kind.ROLLBACK:
        if target is None and not definition.may_roll_back(standing.state):
            raise IllegalEventError.at(
                workflow, standing.state, str(event), definition.legal(standing.state)
            )
        return decide_rollback(workflow, definition, standing, when, kept, base, target)
    if target is None:
        raise IllegalEventError.at(
            workflow, standing.state, str(event), definition.legal(standing.state)
        )
    return StateHistoryEntry(
        standing.sequence + 1,
        standing.state,
        event.kind,
        target,
        event.trigger,
        when.at,
        when.duration,
        standing.pending,
        event.name,
        event.data,
    )


def decide_rollback(
    workflow: str,
    definition: WorkflowDefinition,
    standing: Standing,
    when: When,
    kept: Sequence[StateHistoryEntry],
    base: Point | None,
    target: str | None = None,
) -> StateHistoryEntry:
    """The record that takes the last transition back which still stands: its state and context.

    Nothing is erased: two transitions and two rollbacks are four records. What was set in the
    context since the last transition goes, too. With `target` the
    workflow comes to rest there instead of in the state before. Raises IllegalEventError at an end
    without a way out, NothingToRollBackError where no transition is left.
    """
    if not definition.may_roll_back(standing.state):
        raise IllegalEventError.at(
            workflow, standing.state, Kind.ROLLBACK, definition.legal(standing.state)
        )
    standing_ones = still_standing(kept)
    if not standing_ones or base is None:
        raise NothingToRollBackError(
            "workflow.nothing_to_roll_back",
            machine=workflow,
            state=standing.state,
            first=base.sequence + 1 if base else 1,
        )
    last = standing_ones[-1]
    before = context_at(base, kept, last.sequence - 1)
    return StateHistoryEntry(
        standing.sequence + 1,
        standing.state,
        Kind.ROLLBACK,
        last.from_state if target is None else target,
        f"{last.sequence}",
        when.at,
        when.duration,
        difference(standing.recorded, before),
        takes_back=last.sequence,
    )


def decide_return(
    workflow: str,
    definition: WorkflowDefinition,
    standing: Standing,
    checkpoint: str,
    to: Point,
    when: When,
) -> StateHistoryEntry:
    """The record that goes back to a checkpoint. Raises IllegalEventError at an end."""
    if not definition.may_roll_back(standing.state):
        raise IllegalEventError.at(
            workflow, standing.state, Kind.ROLLBACK, definition.legal(standing.state)
        )
    return StateHistoryEntry(
        standing.sequence + 1,
        standing.state,
        Kind.ROLLBACK,
        to.state,
        checkpoint,
        when.at,
        when.duration,
        difference(standing.recorded, to.context),
        restores=checkpoint,
    )


def evolve(standing: Standing, entry: StateHistoryEntry) -> Standing:
    """The standing after a record, which was decided on this very standing."""
    if entry.delta is standing.pending:
        context = standing.context  # worked out already, when it was set
    else:
        context = applied(standing.recorded, entry.delta)
    return Standing(entry.sequence, entry.to_state, context, context)


def fold(base: Point, entries: Iterable[StateHistoryEntry], pending: Delta = NOTHING) -> Standing:
    """Where records lead from a point; `pending` was set after the last of them."""
    point = base
    for entry in entries:
        point = after(point, entry)
    standing = Standing(point.sequence, point.state, point.context, point.context)
    return with_context(standing, pending) if pending else standing


def after(point: Point, entry: StateHistoryEntry) -> Point:
    """The point after one more record."""
    return Point(entry.sequence, entry.to_state, applied(point.context, entry.delta))


def context_at(base: Point, kept: Iterable[StateHistoryEntry], sequence: int) -> Context:
    """The context after a record; that of the base where the record is older."""
    context = base.context
    for entry in kept:
        if entry.sequence > sequence:
            break
        context = applied(context, entry.delta)
    return context


def still_standing(kept: Iterable[StateHistoryEntry]) -> list[StateHistoryEntry]:
    """The transitions that were not taken back, oldest first; rollbacks are none of them."""
    standing: list[StateHistoryEntry] = []
    for entry in kept:
        if entry.takes_back is None:
            standing.append(entry)
        elif standing and standing[-1].sequence == entry.takes_back:
            standing.pop()
    return standing
