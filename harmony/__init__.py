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
    "RestorationContext": "harmony.symphony",
    "RestoreManager": "harmony.symphony",
    "Symphony": "harmony.symphony",
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
