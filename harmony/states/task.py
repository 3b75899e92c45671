"""Chart 9: one task of a run, from waiting for others to its end (seeds/000 §9, DESIGN.md §3).

An interruption is the end of the program, not of the task: what it held goes back to *Ready* and is
done again. A retry waits its turn like any other task.
"""

from __future__ import annotations

from typing import Final

from harmony.states.chart import END, Composite, added_arrow, added_state, draw


class TaskState:
    PENDING: Final = "Pending"
    READY: Final = "Ready"
    ALLOCATED: Final = "Allocated"
    EXECUTING: Final = "Executing"
    STORING: Final = "Storing"
    COMPLETED: Final = "Completed"
    FAILED: Final = "Failed"
    RETRYING: Final = "Retrying"
    SKIPPED: Final = "Skipped"
    REUSED: Final = "Reused"
    CANCELLED: Final = "Cancelled"


class TaskEvent:
    DEPENDENCIES_COMPLETE: Final = "dependencies_complete"
    ALLOCATE_PLAYER: Final = "allocate_player"
    PLAYER_READY: Final = "player_ready"
    EXECUTION_SUCCESS: Final = "execution_success"
    ARTIFACT_STORED: Final = "artifact_stored"
    EXECUTION_ERROR: Final = "execution_error"
    RETRY_POLICY_ACTIVE: Final = "retry_policy_active"
    RETRY_ATTEMPT: Final = "retry_attempt"
    MAX_RETRIES_EXCEEDED: Final = "max_retries_exceeded"
    PLAYER_LOST: Final = "player_lost"
    STORAGE_ERROR: Final = "storage_error"
    RETRY_DUE: Final = "retry_due"
    INTERRUPTED: Final = "interrupted"
    SKIPPED: Final = "skipped"
    RESULT_REUSED: Final = "result_reused"
    CANCEL: Final = "cancel"
    UPSTREAM_RETRIED: Final = "upstream_retried"
    INPUTS_INVALID: Final = "inputs_invalid"
    REQUEST_REFUSED: Final = "request_refused"
    STATE_SAVED: Final = "state_saved"
    FAILURE_ACCEPTED: Final = "failure_accepted"


_State, _Event = TaskState, TaskEvent
_INTERRUPTED: Final = "The program ended under it; recovery lets the task be done again."
_SKIPPED: Final = "What it depends on failed, or a condition took the other branch."
_CANCEL: Final = "A person may cancel a run at any time; every task that is not done ends with it."
_UNDONE: Final = (
    _State.PENDING,
    _State.READY,
    _State.ALLOCATED,
    _State.EXECUTING,
    _State.STORING,
    _State.RETRYING,
)

CHART: Final = draw(
    name="task",
    title="DAG Task Execution",
    number=9,
    source="seeds/000 section 9",
    initial=_State.PENDING,
    final=(_State.COMPLETED, _State.FAILED, _State.REUSED, _State.SKIPPED, _State.CANCELLED),
    states=(
        _State.PENDING,
        _State.READY,
        _State.ALLOCATED,
        _State.EXECUTING,
        _State.STORING,
        _State.COMPLETED,
        _State.FAILED,
        _State.RETRYING,
    ),
    transitions={
        (_State.PENDING, _Event.DEPENDENCIES_COMPLETE): _State.READY,
        (_State.READY, _Event.ALLOCATE_PLAYER): _State.ALLOCATED,
        (_State.ALLOCATED, _Event.PLAYER_READY): _State.EXECUTING,
        (_State.EXECUTING, _Event.EXECUTION_SUCCESS): _State.STORING,
        (_State.STORING, _Event.ARTIFACT_STORED): _State.COMPLETED,
        (_State.EXECUTING, _Event.EXECUTION_ERROR): _State.FAILED,
        (_State.FAILED, _Event.RETRY_POLICY_ACTIVE): _State.RETRYING,
        (_State.RETRYING, _Event.RETRY_ATTEMPT): _State.ALLOCATED,
        (_State.RETRYING, _Event.MAX_RETRIES_EXCEEDED): _State.FAILED,
    },
    composites={
        _State.EXECUTING: Composite(
            initial="ValidateInputs",
            states=("ValidateInputs", "RunPlayer", "ValidateOutputs"),
            transitions=(
                ("ValidateInputs", "", "RunPlayer"),
                ("RunPlayer", "", "ValidateOutputs"),
                ("ValidateOutputs", "", END),
            ),
        ),
    },
    added=(
        added_state(_State.SKIPPED, _SKIPPED),
        added_state(_State.REUSED, "The same work was done before; its result is taken."),
        added_state(_State.CANCELLED, _CANCEL),
        added_arrow(
            _State.ALLOCATED,
            _Event.PLAYER_LOST,
            _State.FAILED,
            "The process may fail to start, or die before the task has begun.",
        ),
        added_arrow(
            _State.STORING,
            _Event.STORAGE_ERROR,
            _State.FAILED,
            "The disk may be full, or the staged output not what was announced.",
        ),
        added_arrow(
            _State.RETRYING,
            _Event.RETRY_DUE,
            _State.READY,
            "A retry waits its turn for a slot like any other task.",
        ),
        added_arrow(_State.ALLOCATED, _Event.INTERRUPTED, _State.READY, _INTERRUPTED),
        added_arrow(_State.EXECUTING, _Event.INTERRUPTED, _State.READY, _INTERRUPTED),
        added_arrow(_State.STORING, _Event.INTERRUPTED, _State.READY, _INTERRUPTED),
        added_arrow(_State.PENDING, _Event.SKIPPED, _State.SKIPPED, _SKIPPED),
        added_arrow(_State.READY, _Event.SKIPPED, _State.SKIPPED, _SKIPPED),
        added_arrow(
            _State.READY,
            _Event.RESULT_REUSED,
            _State.REUSED,
            "Same Player, parameters and content of inputs and files: nothing runs for nothing.",
        ),
        added_arrow(
            _State.READY,
            _Event.INPUTS_INVALID,
            _State.FAILED,
            "A file it reads is gone, a secret is not set, or its lists do not match: "
            "no Player need start to know that.",
        ),
        added_arrow(
            _State.READY,
            _Event.REQUEST_REFUSED,
            _State.FAILED,
            "What it needs can never be had: a budget of the run is used up, or it wants more "
            "than there is.",
        ),
        added_arrow(
            _State.EXECUTING,
            _Event.STATE_SAVED,
            _State.EXECUTING,
            "A long task keeps a checkpoint inside itself; its next attempt receives it.",
        ),
        added_arrow(
            _State.FAILED,
            _Event.FAILURE_ACCEPTED,
            _State.SKIPPED,
            "The node is not essential: its failure is reported, and the run goes on without it.",
        ),
        added_arrow(
            _State.RETRYING,
            _Event.SKIPPED,
            _State.SKIPPED,
            "Another node failed that halts the run: what waited to be tried again is not.",
        ),
        *(added_arrow(state, _Event.CANCEL, _State.CANCELLED, _CANCEL) for state in _UNDONE),
        added_arrow(
            _State.SKIPPED,
            _Event.UPSTREAM_RETRIED,
            _State.PENDING,
            "A retry of what failed gives what hangs on it another chance.",
        ),
    ),
)
