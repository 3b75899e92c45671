"""What can go wrong with a run as a whole; a task's own failure is data, not an exception."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class ConductorError(HarmonyError):
    """The root of this room's errors."""


class RunBrokenError(ConductorError):
    """The run's journal could not be written: the run stops here and can be resumed later."""
