"""Chart 10: what a document tab is for at the moment (seeds/000 section 10, DESIGN.md §3).

One machine a tab. The first edit enters *Editing*; autosave is no *Saving*. A run works on a
snapshot, so that editing may go on beside it.
"""

from __future__ import annotations

from typing import Final

from harmony.states.chart import END, Composite, added_arrow, draw


class CanvasState:
    VIEWING: Final = "Viewing"
    EDITING: Final = "Editing"
    VALIDATING: Final = "Validating"
    SAVING: Final = "Saving"
    EXECUTING: Final = "Executing"
    DEBUGGING: Final = "Debugging"


class CanvasEvent:
    EDIT_MODE: Final = "edit_mode"
    CONNECTION_CHANGED: Final = "connection_changed"
    NODE_ADDED: Final = "node_added"
    VALIDATION_SUCCESS: Final = "validation_success"
    VALIDATION_FAILED: Final = "validation_failed"
    SAVE: Final = "save"
    SAVE_SUCCESS: Final = "save_success"
    SAVE_FAILED: Final = "save_failed"
    SAVE_SUCCESS_EDITING: Final = "save_success_editing"
    EXECUTE_MELODY: Final = "execute_melody"
    ERROR_DETECTED: Final = "error_detected"
    PAUSE: Final = "pause"
    RESUME: Final = "resume"
    EXECUTION_COMPLETE: Final = "execution_complete"
    INSPECT_RUN: Final = "inspect_run"
    CLOSE_RUN: Final = "close_run"


_State, _Event = CanvasState, CanvasEvent

CHART: Final = draw(
    name="canvas",
    title="Harmony Board Canvas",
    number=10,
    source="seeds/000 section 10",
    initial=_State.VIEWING,
    states=(
        _State.VIEWING,
        _State.EDITING,
        _State.VALIDATING,
        _State.SAVING,
        _State.EXECUTING,
        _State.DEBUGGING,
    ),
    transitions={
        (_State.VIEWING, _Event.EDIT_MODE): _State.EDITING,
        (_State.EDITING, _Event.CONNECTION_CHANGED): _State.VALIDATING,
        (_State.EDITING, _Event.NODE_ADDED): _State.VALIDATING,
        (_State.VALIDATING, _Event.VALIDATION_SUCCESS): _State.EDITING,
        (_State.VALIDATING, _Event.VALIDATION_FAILED): _State.EDITING,
        (_State.EDITING, _Event.SAVE): _State.SAVING,
        (_State.SAVING, _Event.SAVE_SUCCESS): _State.VIEWING,
        (_State.SAVING, _Event.SAVE_FAILED): _State.EDITING,
        (_State.VIEWING, _Event.EXECUTE_MELODY): _State.EXECUTING,
        (_State.EXECUTING, _Event.ERROR_DETECTED): _State.DEBUGGING,
        (_State.EXECUTING, _Event.PAUSE): _State.DEBUGGING,
        (_State.DEBUGGING, _Event.RESUME): _State.EXECUTING,
        (_State.EXECUTING, _Event.EXECUTION_COMPLETE): _State.VIEWING,
    },
    composites={
        _State.EDITING: Composite(
            initial="DragDrop",
            states=("DragDrop", "ConnectNodes", "ConfigureParams"),
            transitions=(
                ("DragDrop", "", "ConnectNodes"),
                ("ConnectNodes", "", "ConfigureParams"),
                ("ConfigureParams", "", END),
            ),
        ),
        _State.EXECUTING: Composite(
            initial="MonitorProgress",
            states=("MonitorProgress", "VisualizeDataFlow", "TrackMetrics"),
            transitions=(
                ("MonitorProgress", "", "VisualizeDataFlow"),
                ("VisualizeDataFlow", "", "TrackMetrics"),
                ("TrackMetrics", "", END),
            ),
        ),
    },
    added=(
        added_arrow(
            _State.SAVING,
            _Event.SAVE_SUCCESS_EDITING,
            _State.EDITING,
            "Who saves while editing wants to go on editing.",
        ),
        added_arrow(
            _State.EDITING,
            _Event.EXECUTE_MELODY,
            _State.EXECUTING,
            "A run takes a snapshot, so that a melody can be run as it stands.",
        ),
        added_arrow(
            _State.EXECUTING,
            _Event.EDIT_MODE,
            _State.EDITING,
            "The run has its snapshot; editing beside it is safe and marked on the canvas.",
        ),
        added_arrow(
            _State.DEBUGGING,
            _Event.EDIT_MODE,
            _State.EDITING,
            "What failed is mended where it stands.",
        ),
        added_arrow(
            _State.VIEWING,
            _Event.INSPECT_RUN,
            _State.DEBUGGING,
            "A run of the past is opened on the canvas.",
        ),
        added_arrow(
            _State.DEBUGGING,
            _Event.CLOSE_RUN,
            _State.VIEWING,
            "The run that was looked at is put away.",
        ),
    ),
)
