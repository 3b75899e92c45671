"""Chart 1, *Chambering*: an extension from installation to removal (seeds/000 section 1)."""

from __future__ import annotations

from typing import Final

from harmony.states.chart import END, added_arrow, draw


class ExtensionState:
    INSTALLED: Final = "Installed"
    LOADING: Final = "Loading"
    LOADED: Final = "Loaded"
    ACTIVATED: Final = "Activated"
    RUNNING: Final = "Running"
    ERROR: Final = "Error"
    UNINSTALLING: Final = "Uninstalling"


class ExtensionEvent:
    INSTALL: Final = "install"
    LOAD: Final = "load"
    SUCCESS: Final = "success"
    LOAD_FAILED: Final = "load_failed"
    ACTIVATE: Final = "activate"
    DEACTIVATE: Final = "deactivate"
    EXECUTE: Final = "execute"
    TASK_COMPLETE: Final = "task_complete"
    EXECUTION_ERROR: Final = "execution_error"
    RECOVER: Final = "recover"
    UNINSTALL: Final = "uninstall"
    CLEANUP_COMPLETE: Final = "cleanup_complete"
    FATAL_ERROR: Final = "fatal_error"


_State, _Event = ExtensionState, ExtensionEvent
_ANYWHERE: Final = "The text says that errors can occur from any state; the picture has no arrow."

CHART: Final = draw(
    name="extension_lifecycle",
    title="Extension Lifecycle (Chambering)",
    number=1,
    source="seeds/000 section 1",
    initial=_State.INSTALLED,
    initial_event=_Event.INSTALL,
    states=(
        _State.INSTALLED,
        _State.LOADING,
        _State.LOADED,
        _State.ACTIVATED,
        _State.RUNNING,
        _State.ERROR,
        _State.UNINSTALLING,
    ),
    transitions={
        (_State.INSTALLED, _Event.LOAD): _State.LOADING,
        (_State.LOADING, _Event.SUCCESS): _State.LOADED,
        (_State.LOADING, _Event.LOAD_FAILED): _State.ERROR,
        (_State.LOADED, _Event.ACTIVATE): _State.ACTIVATED,
        (_State.LOADED, _Event.UNINSTALL): _State.UNINSTALLING,
        (_State.ACTIVATED, _Event.EXECUTE): _State.RUNNING,
        (_State.ACTIVATED, _Event.DEACTIVATE): _State.LOADED,
        (_State.ACTIVATED, _Event.UNINSTALL): _State.UNINSTALLING,
        (_State.RUNNING, _Event.TASK_COMPLETE): _State.ACTIVATED,
        (_State.RUNNING, _Event.EXECUTION_ERROR): _State.ERROR,
        (_State.ERROR, _Event.RECOVER): _State.LOADED,
        (_State.ERROR, _Event.UNINSTALL): _State.UNINSTALLING,
        (_State.UNINSTALLING, _Event.CLEANUP_COMPLETE): END,
    },
    added=(
        added_arrow(
            _State.INSTALLED,
            _Event.UNINSTALL,
            _State.UNINSTALLING,
            "The text lists Installed among the states from which one can uninstall; "
            "the picture has no arrow.",
        ),
        added_arrow(_State.INSTALLED, _Event.FATAL_ERROR, _State.ERROR, _ANYWHERE),
        added_arrow(_State.LOADED, _Event.FATAL_ERROR, _State.ERROR, _ANYWHERE),
        added_arrow(_State.ACTIVATED, _Event.FATAL_ERROR, _State.ERROR, _ANYWHERE),
        added_arrow(_State.UNINSTALLING, _Event.FATAL_ERROR, _State.ERROR, _ANYWHERE),
    ),
)
