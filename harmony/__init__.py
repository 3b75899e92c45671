"""Harmony Board: build a workflow by drawing it, run it, watch it, find out why it failed.

Importing this package loads nothing but its version. Child processes import rooms of it at their
start, so all else waits behind `__getattr__`, which loads a room the first time it is named.
"""

from __future__ import annotations

__version__ = "0.1.0"

_ROOMS = frozenset(
    {
        "board",
        "bootstrap",
        "cli",
        "conductor",
        "foundation",
        "ipc",
        "melody",
        "orchestra",
        "pit",
        "players",
        "polyphony",
        "states",
        "symphony",
        "wire",
        "workflow",
    }
)


# What a script imports from here: name -> where it lies.
_NAMES = {
    "EntityReference": "harmony.symphony",
    "EntityRestorer": "harmony.symphony",
    "HierarchicalState": "harmony.workflow.hierarchy",
    "RecoveryReport": "harmony.workflow.recovery",
    "RestorationContext": "harmony.symphony",
    "RestoreManager": "harmony.symphony",
    "SerializedWorkflow": "harmony.workflow.serialized",
    "SqliteWorkflowStore": "harmony.workflow.store",
    "StateHandler": "harmony.workflow.handlers",
    "StateHistoryEntry": "harmony.workflow.core",
    "StateMachineError": "harmony.workflow.errors",
    "StateStoreConfig": "harmony.workflow.store",
    "Symphony": "harmony.symphony",
    "Transition": "harmony.workflow.handlers",
    "WorkflowDefinition": "harmony.workflow.definition",
    "WorkflowEvent": "harmony.workflow.events",
    "WorkflowMetadata": "harmony.workflow.machine",
    "WorkflowOrchestrator": "harmony.workflow.orchestrator",
    "WorkflowRecovery": "harmony.workflow.recovery",
    "WorkflowState": "harmony.states.workflow",
    "WorkflowStateMachine": "harmony.workflow.machine",
    "definition_from_toml": "harmony.workflow.definition_file",
    "definitions_from_toml": "harmony.workflow.definition_file",
    "read_definitions": "harmony.workflow.definition_file",
    "restore_manager": "harmony.symphony",
}


def __getattr__(name: str) -> object:
    """Load a room on first use, so that `harmony.melody` works after a plain `import harmony`."""
    if name in _NAMES:
        import importlib

        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _ROOMS:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_NAMES})
