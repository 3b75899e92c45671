"""The program as a whole, from start to rest (seeds/003, *The Narrative of State*).

The seed tells eight states as a story and draws no arrow, so each arrow here is an addition with
the words it follows. Of its four phases it names one, *Commitment*; of its six kinds of trigger
one, *Event*. The other names are this program's, chosen to tell the same story.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from harmony.states.chart import added_arrow, draw


class SystemState:
    UNINITIALIZED: Final = "Uninitialized"
    BOOTSTRAPPING: Final = "Bootstrapping"
    READY: Final = "Ready"
    COMPUTING: Final = "Computing"
    DEGRADED: Final = "Degraded"
    COMMITTING: Final = "Committing"
    SHUTDOWN: Final = "Shutdown"
    TERMINATED: Final = "Terminated"


class SystemEvent:
    BOOTSTRAP: Final = "bootstrap"
    BOOTSTRAP_COMPLETE: Final = "bootstrap_complete"
    BOOTSTRAP_FAILED: Final = "bootstrap_failed"
    WORK_STARTED: Final = "work_started"
    WORK_FINISHED: Final = "work_finished"
    COMMITTED: Final = "committed"
    FAULT_DETECTED: Final = "fault_detected"
    FAULT_REPAIRED: Final = "fault_repaired"
    SHUTDOWN_REQUESTED: Final = "shutdown_requested"
    SHUTDOWN_COMPLETE: Final = "shutdown_complete"


class Phase(IntEnum):
    """How far one round of work is. Ordered, so that two parts of the program can be compared."""

    AWAKENING = 0
    PREPARATION = 1
    COMPUTATION = 2
    COMMITMENT = 3

    def distance(self, other: Phase) -> int:
        """How many phases lie between two parts; more than one means that they have lost step."""
        return abs(self - other)


class TriggerKind:
    """What made a transition happen, in front of the words of a record's trigger."""

    EVENT: Final = "Event"
    REQUEST: Final = "Request"
    TIMEOUT: Final = "Timeout"
    FAULT: Final = "Fault"
    REPAIR: Final = "Repair"
    RECOVERY: Final = "Recovery"


_State, _Event = SystemState, SystemEvent

PHASE_OF: Final = {
    _State.UNINITIALIZED: Phase.AWAKENING,
    _State.BOOTSTRAPPING: Phase.AWAKENING,
    _State.READY: Phase.PREPARATION,
    _State.COMPUTING: Phase.COMPUTATION,
    _State.DEGRADED: Phase.COMPUTATION,
    _State.COMMITTING: Phase.COMMITMENT,
}
"""The phase of each state in which there is one; none while shutting down."""

_DAMAGED: Final = "'Damaged but compensating': a part has failed and the rest goes on."
_LAND: Final = "'Folding wings, preparing for rest', from wherever the program is."

CHART: Final = draw(
    name="system",
    title="System",
    source="seeds/003",
    initial=_State.UNINITIALIZED,
    final=(_State.TERMINATED,),
    states=(
        _State.UNINITIALIZED,
        _State.BOOTSTRAPPING,
        _State.READY,
        _State.COMPUTING,
        _State.DEGRADED,
        _State.COMMITTING,
        _State.SHUTDOWN,
        _State.TERMINATED,
    ),
    transitions={},
    added=(
        added_arrow(
            _State.UNINITIALIZED,
            _Event.BOOTSTRAP,
            _State.BOOTSTRAPPING,
            "'The system sleeps, waiting to awaken.'",
        ),
        added_arrow(
            _State.BOOTSTRAPPING,
            _Event.BOOTSTRAP_COMPLETE,
            _State.READY,
            "'Components gather', then 'poised for flight'.",
        ),
        added_arrow(
            _State.BOOTSTRAPPING,
            _Event.BOOTSTRAP_FAILED,
            _State.SHUTDOWN,
            "A start that fails is rolled back and ends the program.",
        ),
        added_arrow(
            _State.READY, _Event.WORK_STARTED, _State.COMPUTING, "From 'poised' to 'in flight'."
        ),
        added_arrow(
            _State.COMPUTING,
            _Event.WORK_FINISHED,
            _State.COMMITTING,
            "'Landing together, ensuring all parts touch down.'",
        ),
        added_arrow(
            _State.COMMITTING,
            _Event.COMMITTED,
            _State.READY,
            "What was done is on disk; the program is ready for more.",
        ),
        added_arrow(_State.READY, _Event.FAULT_DETECTED, _State.DEGRADED, _DAMAGED),
        added_arrow(_State.COMPUTING, _Event.FAULT_DETECTED, _State.DEGRADED, _DAMAGED),
        added_arrow(_State.COMMITTING, _Event.FAULT_DETECTED, _State.DEGRADED, _DAMAGED),
        added_arrow(
            _State.DEGRADED,
            _Event.FAULT_REPAIRED,
            _State.READY,
            "The damage is mended; work that goes on is announced anew.",
        ),
        added_arrow(
            _State.DEGRADED,
            _Event.WORK_FINISHED,
            _State.COMMITTING,
            "'One wing beating harder' still lands what it carried.",
        ),
        *(
            added_arrow(state, _Event.SHUTDOWN_REQUESTED, _State.SHUTDOWN, _LAND)
            for state in (
                _State.UNINITIALIZED,
                _State.BOOTSTRAPPING,
                _State.READY,
                _State.COMPUTING,
                _State.DEGRADED,
                _State.COMMITTING,
            )
        ),
        added_arrow(_State.SHUTDOWN, _Event.SHUTDOWN_COMPLETE, _State.TERMINATED, "'At rest.'"),
    ),
)
