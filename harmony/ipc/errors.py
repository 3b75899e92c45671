"""What can go wrong around a Player process, apart from its own failures."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class IpcError(HarmonyError):
    """The root of this room's errors."""


class HostClosedError(IpcError):
    """A process was to be started after its host was closed."""
