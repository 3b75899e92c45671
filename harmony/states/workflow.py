"""The five states of a durable workflow (seeds/001, *State Model* and *Event Model*).

The seed gives the arrows without names and the events without arrows; the pairs follow from the
words. It says that the ends have no way out, and that *Failed* leads to *Running* by a retry: the
retry is kept, since it is named. The trigger of a record carries the message of a `Fail` and the
name of a `Custom` event.
"""

from __future__ import annotations

from typing import Final

from harmony.states.chart import added_arrow, draw


class WorkflowState:
    IDLE: Final = "Idle"
    RUNNING: Final = "Running"
    PAUSED: Final = "Paused"
    COMPLETED: Final = "Completed"
    FAILED: Final = "Failed"


class WorkflowEvent:
    START: Final = "Start"
    PAUSE: Final = "Pause"
    RESUME: Final = "Resume"
    COMPLETE: Final = "Complete"
    FAIL: Final = "Fail"
    RETRY: Final = "Retry"
    TIMEOUT: Final = "Timeout"
    ROLLBACK: Final = "Rollback"
    CUSTOM: Final = "Custom"


_State, _Event = WorkflowState, WorkflowEvent
_ROLLBACK: Final = (
    "The seed names Rollback without an arrow. It puts a workflow back at its checkpoint, where it "
    "waits to be resumed; as everywhere, that is a new record and rewrites nothing."
)
_CUSTOM: Final = (
    "The seed names Custom without an arrow. Handlers hear of it; the workflow stays where it is."
)

CHART: Final = draw(
    name="workflow",
    title="Durable Workflow",
    source="seeds/001",
    initial=_State.IDLE,
    final=(_State.COMPLETED, _State.FAILED),
    states=(
        _State.IDLE,
        _State.RUNNING,
        _State.PAUSED,
        _State.COMPLETED,
        _State.FAILED,
    ),
    transitions={
        (_State.IDLE, _Event.START): _State.RUNNING,
        (_State.RUNNING, _Event.PAUSE): _State.PAUSED,
        (_State.RUNNING, _Event.COMPLETE): _State.COMPLETED,
        (_State.RUNNING, _Event.FAIL): _State.FAILED,
        (_State.RUNNING, _Event.TIMEOUT): _State.FAILED,
        (_State.PAUSED, _Event.RESUME): _State.RUNNING,
        (_State.PAUSED, _Event.FAIL): _State.FAILED,
        (_State.PAUSED, _Event.TIMEOUT): _State.FAILED,
        (_State.FAILED, _Event.RETRY): _State.RUNNING,
    },
    added=(
        added_arrow(_State.RUNNING, _Event.ROLLBACK, _State.PAUSED, _ROLLBACK),
        added_arrow(_State.PAUSED, _Event.ROLLBACK, _State.PAUSED, _ROLLBACK),
        added_arrow(_State.FAILED, _Event.ROLLBACK, _State.PAUSED, _ROLLBACK),
        added_arrow(_State.IDLE, _Event.CUSTOM, _State.IDLE, _CUSTOM),
        added_arrow(_State.RUNNING, _Event.CUSTOM, _State.RUNNING, _CUSTOM),
        added_arrow(_State.PAUSED, _Event.CUSTOM, _State.PAUSED, _CUSTOM),
    ),
)
