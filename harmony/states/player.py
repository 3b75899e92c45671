"""Chart 2: a Player process in the pool, one machine a process (seeds/000 section 2).

The seed wants a warm process allocated in 50 to 100 nanoseconds: two to four calls of a function in
this language. A machine of the kernel spends far more on making the record of a move. So chart 2
has a machine of its own, `PlayerMachine`, which keeps what a record is made of and makes the record
when somebody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from harmony.foundation.clock import Clock
from harmony.states.chart import Arrow, added_arrow, draw
from harmony.states.errors import IllegalEvent
from harmony.states.kernel import Record


class PlayerState:
    UNLOADED: Final = "Unloaded"
    LOADING: Final = "Loading"
    WARMING: Final = "Warming"
    READY: Final = "Ready"
    ACTIVE: Final = "Active"
    COOLING: Final = "Cooling"


class PlayerEvent:
    ALLOCATE: Final = "allocate"
    PREDICTIVE_PREWARM: Final = "predictive_prewarm"
    LOAD_COMPLETE: Final = "load_complete"
    WARM_COMPLETE: Final = "warm_complete"
    DEALLOCATE: Final = "deallocate"
    IDLE_TIMEOUT: Final = "idle_timeout"
    EVICT_FROM_CACHE: Final = "evict_from_cache"
    ACCESS_DETECTED: Final = "access_detected"
    CONCURRENT_TASK: Final = "concurrent_task"
    START_FAILED: Final = "start_failed"
    PROCESS_LOST: Final = "process_lost"


_State, _Event = PlayerState, PlayerEvent
_NO_START: Final = "A process may fail to start; nothing of it is then in memory."
_LOST: Final = "A process may die at any time; nothing of it is then in memory."

CHART: Final = draw(
    name="player",
    title="Player Extension (Pool Manager)",
    number=2,
    source="seeds/000 section 2",
    initial=_State.UNLOADED,
    states=(
        _State.UNLOADED,
        _State.LOADING,
        _State.WARMING,
        _State.READY,
        _State.ACTIVE,
        _State.COOLING,
    ),
    transitions={
        (_State.UNLOADED, _Event.ALLOCATE): _State.LOADING,
        (_State.UNLOADED, _Event.PREDICTIVE_PREWARM): _State.LOADING,
        (_State.LOADING, _Event.LOAD_COMPLETE): _State.WARMING,
        (_State.WARMING, _Event.WARM_COMPLETE): _State.READY,
        (_State.READY, _Event.ALLOCATE): _State.ACTIVE,
        (_State.ACTIVE, _Event.DEALLOCATE): _State.READY,
        (_State.READY, _Event.IDLE_TIMEOUT): _State.COOLING,
        (_State.COOLING, _Event.EVICT_FROM_CACHE): _State.UNLOADED,
        (_State.COOLING, _Event.ACCESS_DETECTED): _State.READY,
        (_State.ACTIVE, _Event.CONCURRENT_TASK): _State.ACTIVE,
    },
    added=(
        added_arrow(_State.LOADING, _Event.START_FAILED, _State.UNLOADED, _NO_START),
        added_arrow(_State.WARMING, _Event.START_FAILED, _State.UNLOADED, _NO_START),
        added_arrow(_State.READY, _Event.PROCESS_LOST, _State.UNLOADED, _LOST),
        added_arrow(_State.ACTIVE, _Event.PROCESS_LOST, _State.UNLOADED, _LOST),
        added_arrow(_State.COOLING, _Event.PROCESS_LOST, _State.UNLOADED, _LOST),
    ),
)

_READY: Final = _State.READY
_ACTIVE: Final = _State.ACTIVE
_EACH_TASK: Final[dict[str, Arrow]] = {
    _ACTIVE: (_READY, _Event.ALLOCATE, _ACTIVE),
    _READY: (_ACTIVE, _Event.DEALLOCATE, _READY),
}
"""The two moves that every task makes, by where they lead."""


class PlayerMachine:
    """A machine of chart 2: moves by events as one of the kernel does, and tells the same records.

    A move costs its legality, one reading of the clock and one entry in the ring. The two moves
    that every task makes are methods, and of them the time alone is kept: which of them it was
    follows from the state that it led to. How long a state lasted is the distance of two entries.
    Wall time is worked out when `history` is asked for, from how the two clocks stand then.
    """

    __slots__ = ("_append", "_clock", "_monotonic", "_moves", "name", "state")

    def __init__(self, name: str, clock: Clock, history: int = 1000) -> None:
        self.name: Final = name
        self.state = CHART.initial
        """Read it; only events move a machine."""
        self._clock = clock
        self._monotonic: Callable[[], float] = clock.monotonic
        # One entry more than there are records: its time says how long the oldest of them took.
        self._moves: deque[float | tuple[Arrow, float]] = deque(maxlen=history + 1)
        self._append = self._moves.append
        self._append((("", "", self.state), self._monotonic()))

    def fire(self, event: str) -> None:
        """Move. Raises IllegalEvent when the chart has no arrow for the event from here."""
        state = self.state
        target = CHART.transitions.get((state, event))
        if target is None:
            raise self._illegal(event)
        self._append(((state, event, target), self._monotonic()))
        self.state = target

    def allocate(self) -> float:
        """Ready to Active: a task begins to use it. When; monotonic time. Raises IllegalEvent."""
        if self.state is not _READY:
            raise self._illegal(_Event.ALLOCATE)
        now = self._monotonic()
        self._append(now)
        self.state = _ACTIVE
        return now

    def deallocate(self) -> float:
        """Active to Ready: no task uses it now. When; monotonic time. Raises IllegalEvent."""
        if self.state is not _ACTIVE:
            raise self._illegal(_Event.DEALLOCATE)
        now = self._monotonic()
        self._append(now)
        self.state = _READY
        return now

    @property
    def since(self) -> float:
        """When it came into its state; monotonic time."""
        last = self._moves[-1]
        return last[1] if isinstance(last, tuple) else last

    @property
    def history(self) -> tuple[Record, ...]:
        """The last moves, oldest first."""
        state, told = self.state, list[tuple[Arrow, float]]()
        for move in reversed(self._moves):
            arrow, at = move if isinstance(move, tuple) else (_EACH_TASK[state], move)
            told.append((arrow, at))
            state = arrow[0]
        told.reverse()
        ahead = self._clock.wall() - self._monotonic()
        return tuple(
            Record(self.name, *arrow, "", at + ahead, at - before)
            for (_, before), (arrow, at) in pairwise(told)
        )

    def _illegal(self, event: str) -> IllegalEvent:
        return IllegalEvent(self.name, self.state, event, CHART.legal(self.state))

    def __repr__(self) -> str:
        return f"<PlayerMachine {self.name}: {self.state}>"
