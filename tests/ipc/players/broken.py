"""A file with a mistake in it: the Players of the other files still run."""

from __future__ import annotations

from harmony.players import Text, operator

value = undefined_name  # noqa: F821


@operator("Broken", category="Test")
def broken() -> Text:
    return "never"
