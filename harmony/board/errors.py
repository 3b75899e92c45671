"""What the Board itself may refuse or fail at; one root for the room."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class BoardError(HarmonyError):
    """The root of the Board's errors."""


class CommandError(BoardError):
    """A command is unknown, registered twice, or may not run now."""


class DocumentError(BoardError):
    """A melody cannot be opened, saved or closed."""


class LayoutError(BoardError):
    """The file that remembers the window cannot be read."""


class ViewError(BoardError):
    """A value cannot be drawn."""
