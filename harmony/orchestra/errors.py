"""What can go wrong with packages of Players; one root."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class OrchestraError(HarmonyError):
    """The root of this room's errors."""


class FolderError(OrchestraError):
    """A folder of Players cannot be added or removed."""


class DescribeError(OrchestraError):
    """The child that describes a package did not do so."""
