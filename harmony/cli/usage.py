"""Arguments that the parser took and that mean nothing here: exit status 2, as for a typo."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class UsageError(HarmonyError):
    """The command line has to be written in another way; nothing was done."""
