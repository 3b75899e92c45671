"""Chart 3: a melody from draft to result, one machine a run (seeds/000 section 3, DESIGN.md §3).

An automatic checkpoint does not pause: the event `checkpoint` is for one that a person asked for.
After a failure, branches that do not hang on it finish before the run is *Failed*.
"""

from __future__ import annotations

from typing import Final

from harmony.states.chart import added_arrow, draw


class RunState:
    DRAFT: Final = "Draft"
    VALIDATING: Final = "Validating"
    READY: Final = "Ready"
    QUEUED: Final = "Queued"
    EXECUTING: Final = "Executing"
    PAUSED: Final = "Paused"
    COMPLETED: Final = "Completed"
    FAILED: Final = "Failed"
    CANCELLED: Final = "Cancelled"


class RunEvent:
    CREATE_MELODY: Final = "create_melody"
    SUBMIT: Final = "submit"
    VALIDATION_SUCCESS: Final = "validation_success"
    VALIDATION_FAILED: Final = "validation_failed"
    EXECUTE: Final = "execute"
    RESOURCES_ALLOCATED: Final = "resources_allocated"
    PAUSE: Final = "pause"
    CHECKPOINT: Final = "checkpoint"
    RESUME: Final = "resume"
    CANCEL: Final = "cancel"
    ALL_TASKS_COMPLETE: Final = "all_tasks_complete"
    TASK_ERROR: Final = "task_error"
    RETRY: Final = "retry"


_State, _Event = RunState, RunEvent
_NOT_YET: Final = "A person may change their mind before the first task has started."

CHART: Final = draw(
    name="melody_execution",
    title="Melody Execution Workflow",
    number=3,
    source="seeds/000 section 3",
    initial=_State.DRAFT,
    initial_event=_Event.CREATE_MELODY,
    final=(_State.COMPLETED, _State.FAILED, _State.CANCELLED),
    states=(
        _State.DRAFT,
        _State.VALIDATING,
        _State.READY,
        _State.QUEUED,
        _State.EXECUTING,
        _State.PAUSED,
        _State.COMPLETED,
        _State.FAILED,
        _State.CANCELLED,
    ),
    transitions={
        (_State.DRAFT, _Event.SUBMIT): _State.VALIDATING,
        (_State.VALIDATING, _Event.VALIDATION_SUCCESS): _State.READY,
        (_State.VALIDATING, _Event.VALIDATION_FAILED): _State.DRAFT,
        (_State.READY, _Event.EXECUTE): _State.QUEUED,
        (_State.QUEUED, _Event.RESOURCES_ALLOCATED): _State.EXECUTING,
        (_State.EXECUTING, _Event.PAUSE): _State.PAUSED,
        (_State.EXECUTING, _Event.CHECKPOINT): _State.PAUSED,
        (_State.PAUSED, _Event.RESUME): _State.EXECUTING,
        (_State.PAUSED, _Event.CANCEL): _State.CANCELLED,
        (_State.EXECUTING, _Event.ALL_TASKS_COMPLETE): _State.COMPLETED,
        (_State.EXECUTING, _Event.TASK_ERROR): _State.FAILED,
        (_State.EXECUTING, _Event.CANCEL): _State.CANCELLED,
        (_State.FAILED, _Event.RETRY): _State.READY,
    },
    added=(
        added_arrow(_State.READY, _Event.CANCEL, _State.CANCELLED, _NOT_YET),
        added_arrow(_State.QUEUED, _Event.CANCEL, _State.CANCELLED, _NOT_YET),
    ),
)
