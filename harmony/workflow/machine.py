"""A workflow's state machine: events in, one at a time; handlers told; each record kept first.

The pure core decides (`core.py`); this is the edge with its clock, handlers and storage. Seeds/001,
*WorkflowStateMachine*: coroutines there are coroutines here, under the same names.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, Self

from harmony.foundation.clock import Clock, SystemClock
from harmony.foundation.events import EventStream
from harmony.workflow import core
from harmony.workflow.context import (
    MOST_KEYS,
    Delta,
    checked_key,
    checked_value,
    copied,
)
from harmony.workflow.core import Point, StateHistoryEntry, When
from harmony.workflow.definition import DEFAULT, WorkflowDefinition
from harmony.workflow.errors import ContextError, HandlerError
from harmony.workflow.events import WorkflowEvent
from harmony.workflow.handlers import (
    HandlerFailure,
    Transition,
    check_handler,
    log_failure,
    tell,
)
from harmony.workflow.history import DEFAULT_SIZE, History
from harmony.workflow.serialized import SerializedWorkflow, checked_id
from harmony.workflow.turn import Turn


class Journal(Protocol):
    """Where an attached machine keeps its records. Each future is done when it is durable."""

    def keep_transition(self, workflow_id: str, entry: StateHistoryEntry) -> Future[Any]:
        """Keep a record, and that the workflow stands where it leads."""

    def keep_pending(self, workflow_id: str, sequence: int, pending: Delta) -> Future[Any]:
        """Keep what was set in the context since the record of that number."""


@dataclass(frozen=True, slots=True)
class TransitionMade:
    """Published when a workflow has moved, and the record is kept."""

    workflow_id: str
    entry: StateHistoryEntry


Happening = TransitionMade | HandlerFailure


@dataclass(frozen=True, slots=True)
class WorkflowMetadata:
    """A workflow in a few figures. Times are wall time in Unix seconds."""

    workflow_id: str
    definition: str
    current_state: str
    is_end: bool
    transitions: int
    history_size: int
    context_keys: tuple[str, ...]
    created_at: float
    updated_at: float
    seconds_in_state: float


class WorkflowStateMachine:
    """One workflow. Events, rollback and changes of the context wait for each other, in the order
    in which they came, whatever task, loop or thread they come from."""

    def __init__(
        self,
        workflow_id: str,
        definition: WorkflowDefinition = DEFAULT,
        *,
        max_history: int = DEFAULT_SIZE,
        clock: Clock | None = None,
        at_rest: SerializedWorkflow | None = None,
    ) -> None:
        """A new workflow; with `at_rest`, which was checked before, one that comes back."""
        clock = clock or SystemClock()
        from_ = at_rest or SerializedWorkflow(
            checked_id(workflow_id),
            definition,
            Point(0, definition.initial, {}),
            max_history=max_history,
            created=clock.wall(),
        )
        self._id = from_.workflow_id
        self._definition = from_.definition
        self._clock = clock
        self._created = from_.created
        self._history = History(from_.base, from_.history, from_.max_history)
        self._standing = core.fold(from_.base, from_.history, from_.pending)
        self._updated = from_.history[-1].at if from_.history else from_.created
        # How long a machine that comes back was in its state, only wall time can tell.
        self._entered = clock.monotonic() - max(0.0, clock.wall() - self._updated)
        self._guard = threading.Lock()
        self._turn = Turn()
        self._handlers: tuple[object, ...] = ()
        self._journal: Journal | None = None
        self._happenings: EventStream[Happening] = EventStream(_report)

    @classmethod
    def with_handler(
        cls, workflow_id: str, handler: object, definition: WorkflowDefinition = DEFAULT
    ) -> Self:
        """A machine with a handler. Raises HandlerError for an object that is none."""
        machine = cls(workflow_id, definition)
        machine.add_handler(handler)
        return machine

    def with_max_history(self, size: int) -> Self:
        """The same machine, keeping so many records in memory from now on."""
        with self._guard:
            self._history = History(self._history.base, self._history.all(), size)
        return self

    @property
    def workflow_id(self) -> str:
        return self._id

    @property
    def definition(self) -> WorkflowDefinition:
        return self._definition

    @property
    def state(self) -> str:
        """Where the workflow stands; what was said is kept already."""
        return self._standing.state

    @property
    def sequence(self) -> int:
        """How many records there were, those included that the history no longer keeps."""
        return self._standing.sequence

    def legal_events(self) -> tuple[str, ...]:
        """The events that the definition has an arrow for in this state."""
        return self._definition.legal(self.state)

    # Who hears of it

    def add_handler(self, handler: object) -> Callable[[], None]:
        """Tell `handler` of transitions until the function returned is called. HandlerError."""
        check_handler(handler)
        self._handlers = (*self._handlers, handler)

        def remove() -> None:
            self._handlers = tuple(other for other in self._handlers if other is not handler)

        return remove

    def watch(self, watcher: Callable[[Happening], None]) -> Callable[[], None]:
        """Call `watcher` with each transition that was made and each handler that failed.

        Until the function returned is called.
        """
        return self._happenings.subscribe(watcher)

    # Moving

    async def current_state(self) -> str:
        """Where the workflow stands."""
        return self.state

    async def process_event(self, event: WorkflowEvent | str) -> Transition:
        """Take an event; a text is the name of one.

        In this order: is the event legal? `on_event`, `on_exit`; the record is made, kept, and the
        state changes; `on_transition`, `on_enter`. Returns the record and the errors of handlers,
        none of which stops the transition. Raises IllegalEventError, NothingToRollBackError, and
        WorkflowStoreError when the record could not be kept; the workflow then stands where it was.
        """
        wanted = WorkflowEvent.named(event) if isinstance(event, str) else event
        return await self._move(wanted, lambda when: self._decide(wanted, when))

    async def rollback(self) -> Transition:
        """Take the last transition back: a new record leads to the state and context before it.

        A second call takes back the one before that. Raises NothingToRollBackError, and
        IllegalEventError at an end without a way out.
        """

        def decided(when: When) -> StateHistoryEntry:
            return core.decide_rollback(
                self._id,
                self._definition,
                self._standing,
                when,
                self._history.all(),
                self._history.base,
            )

        return await self._move(WorkflowEvent.ROLLBACK, decided)

    async def return_to(self, checkpoint: str, point: Point) -> Transition:
        """Go back to a checkpoint by a new record. `SqliteWorkflowStore.restore_checkpoint` asks
        for it. Raises IllegalEventError at an end without a way out."""

        def decided(when: When) -> StateHistoryEntry:
            return core.decide_return(
                self._id, self._definition, self._standing, checkpoint, point, when
            )

        return await self._move(WorkflowEvent.ROLLBACK, decided)

    def _decide(self, event: WorkflowEvent, when: When) -> StateHistoryEntry:
        rolling_back = event.kind == WorkflowEvent.ROLLBACK.kind
        kept = self._history.all() if rolling_back else ()
        base = self._history.base if rolling_back else None
        return core.decide(self._id, self._definition, self._standing, event, when, kept, base)

    async def _move(
        self, event: WorkflowEvent, decided: Callable[[When], StateHistoryEntry]
    ) -> Transition:
        self._refuse_own_handler()
        async with self._turn:
            intended = decided(When(0.0, 0.0))  # before anybody is told: is it legal?
            handlers = self._handlers
            before, after = intended.from_state, intended.to_state
            failures: list[HandlerFailure] = []
            if handlers:
                failures += await tell(self._id, handlers, "on_event", before, before, event)
                if before != after:
                    failures += await tell(self._id, handlers, "on_exit", before, before)
            entry = decided(When(self._clock.wall(), self._clock.monotonic() - self._entered))
            if self._journal is not None:
                await _settled(self._journal.keep_transition(self._id, entry), entry, self._take)
            else:
                self._take(entry)
            if handlers:
                failures += await tell(
                    self._id, handlers, "on_transition", after, before, after, event
                )
                if before != after:
                    failures += await tell(self._id, handlers, "on_enter", after, after)
            self._publish(entry, failures)
            return Transition(entry, tuple(failures))

    def _take(self, entry: StateHistoryEntry) -> None:
        with self._guard:
            self._standing = core.evolve(self._standing, entry)
            self._history.append(entry)
            self._entered = self._clock.monotonic()
            self._updated = entry.at

    def _publish(self, entry: StateHistoryEntry, failures: list[HandlerFailure]) -> None:
        watched = self._happenings.has_subscribers
        self._happenings.publish(TransitionMade(self._id, entry))
        for failure in failures:
            self._happenings.publish(failure)
            if not watched:
                log_failure(failure)

    def _refuse_own_handler(self) -> None:
        if self._turn.is_mine:
            raise HandlerError("workflow.own_handler", machine=self._id)

    # Context

    async def set_context(self, key: str, value: Any) -> None:
        """Put a JSON value under a name. It belongs to the next transition's record.

        A handler of this machine may call it. Raises ContextError; of an attached machine also
        WorkflowStoreError, and the context is as it was.
        """
        await self._change_context(Delta({checked_key(key): checked_value(value, key)}))

    async def update_context(self, **values: Any) -> None:
        """Put several values at once: all of them, or none. Raises as `set_context` does."""
        await self._change_context(
            Delta({checked_key(key): checked_value(value, key) for key, value in values.items()})
        )

    async def remove_context(self, key: str) -> None:
        """Take a name out of the context, if it is in there."""
        if key in self._standing.context:
            await self._change_context(Delta(removed=(key,)))

    async def get_context(self, key: str) -> Any:
        """A copy of the value under a name; None where there is none."""
        return copied(self._standing.context.get(key))

    async def get_all_context(self) -> dict[str, Any]:
        """A copy of the whole context."""
        return {key: copied(value) for key, value in self._standing.context.items()}

    async def _change_context(self, delta: Delta) -> None:
        if self._turn.is_mine:  # a handler: its own transition holds the turn, and waits for it
            await self._set(delta)
            return
        async with self._turn:
            await self._set(delta)

    async def _set(self, delta: Delta) -> None:
        standing = core.with_context(self._standing, delta)
        if len(standing.context) > MOST_KEYS:
            raise ContextError("workflow.context_form", limit=MOST_KEYS)

        def take(_: object) -> None:
            self._standing = standing

        if self._journal is None:
            take(None)
            return
        kept = self._journal.keep_pending(self._id, standing.sequence, standing.pending)
        await _settled(kept, None, take)

    # History

    async def get_history(self) -> list[StateHistoryEntry]:
        """The records that are kept, oldest first."""
        with self._guard:
            return list(self._history.all())

    async def get_history_tail(self, n: int) -> list[StateHistoryEntry]:
        """The last `n` records, oldest first."""
        with self._guard:
            return list(self._history.tail(n))

    async def context_at(self, sequence: int) -> dict[str, Any]:
        """The context as it was after a record that the history still keeps; 0 is the beginning.

        Raises ContextError for a record that is not kept.
        """
        with self._guard:
            base, entries = self._history.base, self._history.all()
        if not base.sequence <= sequence <= base.sequence + len(entries):
            raise ContextError(
                "workflow.context_not_kept",
                machine=self._id,
                sequence=sequence,
                first=base.sequence,
                last=base.sequence + len(entries),
            )
        found = core.context_at(base, entries, sequence)
        return {key: copied(value) for key, value in found.items()}

    async def get_metadata(self) -> WorkflowMetadata:
        """The workflow in a few figures."""
        with self._guard:
            standing = self._standing
            return WorkflowMetadata(
                self._id,
                self._definition.name,
                standing.state,
                self._definition.is_end(standing.state),
                standing.sequence,
                len(self._history),
                tuple(standing.context),
                self._created,
                self._updated,
                self._clock.monotonic() - self._entered,
            )

    # At rest

    async def serialize(self) -> SerializedWorkflow:
        """The workflow as plain data, consistent in itself, whatever is under way."""
        return self.snapshot()

    def snapshot(self) -> SerializedWorkflow:
        """The same without waiting."""
        with self._guard:
            standing = self._standing
            return SerializedWorkflow(
                self._id,
                self._definition,
                self._history.base,
                self._history.all(),
                standing.pending,
                self._history.size,
                self._created,
            )

    @classmethod
    async def deserialize(
        cls, serialized: SerializedWorkflow, *, clock: Clock | None = None
    ) -> Self:
        """The machine that was serialised. Handlers and store are given anew.

        Raises SerializedError when it contradicts itself.
        """
        return cls.revive(SerializedWorkflow.from_json(serialized.to_json()), clock=clock)

    @classmethod
    def revive(cls, checked: SerializedWorkflow, *, clock: Clock | None = None) -> Self:
        """The machine of a serialised workflow that was checked before."""
        return cls(checked.workflow_id, checked.definition, clock=clock, at_rest=checked)

    def attach(self, journal: Journal | None) -> None:
        """Keep each transition there from now on; with None, nowhere. A store calls this."""
        self._journal = journal

    def __repr__(self) -> str:
        return f"<WorkflowStateMachine {self._id} ({self._definition.name}): {self.state}>"


async def _settled(kept: Future[Any], entry: Any, take: Callable[[Any], None]) -> None:
    """Wait until it is known whether something was kept, also when the waiting task is cancelled.

    A machine must not forget what the store remembers.
    """
    waiting = asyncio.wrap_future(kept)
    cancelled: asyncio.CancelledError | None = None
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # noqa: BLE001 - raised below, by the future itself
            break
    waiting.result()
    take(entry)
    if cancelled is not None:
        raise cancelled


def _report(error: BaseException, _happening: Happening) -> None:
    """An error of a watcher lands where Python puts errors that nobody waits for."""
    sys.excepthook(type(error), error, error.__traceback__)
