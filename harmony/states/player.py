"""Chart 2: a Player process in the pool, one machine a process (seeds/000 section 2)."""

from __future__ import annotations

from typing import Final

from harmony.states.chart import added_arrow, draw


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
