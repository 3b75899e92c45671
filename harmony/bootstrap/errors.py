"""What can go wrong at start-up."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class BootstrapError(HarmonyError):
    """A part of the program did not start; what had started was stopped again."""
