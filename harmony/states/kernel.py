"""The one way in which a state changes: a machine takes an event, moves, and tells what it did.

`Machine.fire` checks the event against the chart, asks the guards, moves, keeps a record and tells
the listeners (DESIGN.md section 6; the record follows seeds/003, the history of 1,000 seeds/001).
Nobody assigns a state. What only needs the table, such as the pure run core, uses `Chart.next`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from harmony.foundation.clock import Clock
from harmony.states.chart import (
    END,
    Addition,
    Arrow,
    Chart,
    Composite,
    added_arrow,
    added_state,
    draw,
)
from harmony.states.errors import (
    IllegalEvent,
    InvalidChartError,
    StatesError,
    TransitionRefusedError,
    UnknownStateError,
)

__all__ = [
    "END",
    "Addition",
    "Arrow",
    "Chart",
    "Composite",
    "Guard",
    "IllegalEvent",
    "InvalidChartError",
    "Listener",
    "Machine",
    "Record",
    "StatesError",
    "TransitionRefusedError",
    "UnknownStateError",
    "added_arrow",
    "added_state",
    "draw",
]


class Record(NamedTuple):
    """One move of one machine.

    `trigger` says in words what caused the event; `at` is wall time in Unix seconds; `duration` is
    how long the machine was in `from_state`, in seconds of the monotonic clock.
    """

    machine: str
    from_state: str
    event: str
    to_state: str
    trigger: str
    at: float
    duration: float


Listener = Callable[[Record], None]
"""Told of a move after it was made."""

Guard = Callable[["Machine", str, str], str | None]
"""Asked before a legal move: machine, event, target state. A text is the reason to refuse."""

_Item = TypeVar("_Item")
_make_record = tuple.__new__  # the constructor that NamedTuple generates takes twice as long


class Machine:
    """A machine that moves through a chart and remembers its last `history` moves.

    `state` is where it starts, the chart's initial state when not given: a machine that is brought
    back after a restart begins where it stood. Made for one thread.
    """

    __slots__ = (
        "_arrows",
        "_chart",
        "_entered",
        "_guards",
        "_history",
        "_listeners",
        "_monotonic",
        "_name",
        "_state",
        "_wall",
    )

    def __init__(
        self, name: str, chart: Chart, clock: Clock, history: int = 1000, state: str | None = None
    ) -> None:
        if state is not None and state != END and state not in chart.states:
            raise UnknownStateError(
                "states.unknown_state", machine=name, state=state, chart=chart.name
            )
        self._name = name
        self._chart = chart
        self._state = chart.initial if state is None else state
        self._arrows = chart.arrows[self._state]
        # The functions themselves: to look them up at each move takes as long as to call them.
        self._monotonic = clock.monotonic
        self._wall = clock.wall
        self._entered = self._monotonic()
        # A deque costs 760 bytes even when empty; machines by the ten thousand keep no history.
        self._history: deque[Record] | None = deque(maxlen=history) if history > 0 else None
        self._listeners: tuple[Listener, ...] = ()
        self._guards: tuple[Guard, ...] = ()

    @property
    def name(self) -> str:
        return self._name

    @property
    def chart(self) -> Chart:
        return self._chart

    @property
    def state(self) -> str:
        return self._state

    @property
    def is_final(self) -> bool:
        """Whether the machine may rest for good where it is."""
        return self._chart.is_final(self._state)

    @property
    def history(self) -> tuple[Record, ...]:
        """The last moves, oldest first."""
        return tuple(self._history or ())

    @property
    def seconds_in_state(self) -> float:
        """How long the machine has been in its state."""
        return self._monotonic() - self._entered

    def legal(self) -> tuple[str, ...]:
        """The events that can be fired now, guards aside."""
        return self._chart.legal(self._state)

    def can(self, event: str) -> bool:
        """Whether the chart has an arrow for the event from here, guards aside."""
        return self._chart.can(self._state, event)

    def fire(self, event: str, trigger: str = "") -> Record:
        """Move, and return what was done. `trigger` says what caused it, for the record.

        Raises IllegalEvent when the chart has no arrow for the event, and TransitionRefusedError
        when a guard gives a reason; the machine then stays where it was. An error that a listener
        raises passes through to the caller: the move stands, later listeners are not told.
        """
        from_state = self._state
        to_state = self._arrows.get(event)
        if to_state is None:
            raise IllegalEvent(self._name, from_state, event, self._chart.legal(from_state))
        for guard in self._guards:
            reason = guard(self, event, to_state)
            if reason is not None:
                raise self._refused(event, reason)
        now = self._monotonic()
        record: Record = _make_record(
            Record,
            (self._name, from_state, event, to_state, trigger, self._wall(), now - self._entered),
        )
        self._state = to_state
        self._arrows = self._chart.arrows[to_state]
        self._entered = now
        if self._history is not None:
            self._history.append(record)
        for listener in self._listeners:
            listener(record)
        return record

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of each move from now on, until the function returned is called."""
        self._listeners = (*self._listeners, listener)

        def stop() -> None:
            self._listeners = _without(self._listeners, listener)

        return stop

    def guard(self, guard: Guard) -> Callable[[], None]:
        """Ask `guard` before each move from now on, until the function returned is called."""
        self._guards = (*self._guards, guard)

        def stop() -> None:
            self._guards = _without(self._guards, guard)

        return stop

    def __repr__(self) -> str:
        return f"<Machine {self._name} ({self._chart.name}): {self._state}>"

    def _refused(self, event: str, reason: str) -> TransitionRefusedError:
        return TransitionRefusedError(
            "states.transition_refused",
            machine=self._name,
            state=self._state,
            event=event,
            reason=reason,
        )


def _without(items: tuple[_Item, ...], item: _Item) -> tuple[_Item, ...]:
    return tuple(other for other in items if other is not item)
