"""What can go wrong with a run as a whole; a task's own failure is data, not an exception."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class ConductorError(HarmonyError):
    """The root of this room's errors."""


class RunBrokenError(ConductorError):
    """The run had to be stopped (its journal could not be written). It can be resumed later."""


class ResumeRefusedError(ConductorError):
    """A run is not gone on with unasked: what it needs has changed, or it has done harm."""


class CoherenceError(ConductorError):
    """A step of a run breaks a declared invariant. It is not written, and the run stops."""
