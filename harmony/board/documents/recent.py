"""The files that were opened last, newest first, kept in the settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from harmony.foundation.settings import Settings

MOST: Final = 20


def with_recent(settings: Settings, path: Path) -> Settings:
    """The settings with a file at the front of the list."""
    text = str(path.absolute())
    rest = tuple(other for other in settings.recent_files if other != text)
    return replace(settings, recent_files=(text, *rest)[:MOST])


def without_recent(settings: Settings, path: Path) -> Settings:
    """The settings without a file, since it is gone."""
    text = str(path.absolute())
    return replace(settings, recent_files=tuple(o for o in settings.recent_files if o != text))
