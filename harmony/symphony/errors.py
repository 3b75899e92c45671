"""What can go wrong in the facade, in checkpoints and in restoring from them."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class SymphonyError(HarmonyError):
    """The root of this room's errors."""
