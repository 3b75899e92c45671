"""A user's own folders of Players, as a part of the settings: added and removed, never changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony.foundation.settings import Settings
from harmony.orchestra.errors import FolderError


def add_folder(settings: Settings, folder: Path) -> Settings:
    """Settings with one more folder of Players.

    Raises FolderError when it does not exist, holds no Python file, or is in the list already.
    """
    place = folder.expanduser().resolve()
    if not place.is_dir():
        raise FolderError("orchestra.folder_missing", folder=str(place))
    if not any(place.glob("*.py")):
        raise FolderError("orchestra.folder_empty", folder=str(place))
    if str(place) in settings.players_folders:
        raise FolderError("orchestra.folder_known", folder=str(place))
    return replace(settings, players_folders=(*settings.players_folders, str(place)))


def remove_folder(settings: Settings, folder: Path) -> Settings:
    """Settings without a folder of Players; its files stay. Raises FolderError for an unknown one.

    The folder need not exist any more.
    """
    place = str(folder.expanduser().resolve())
    if place not in settings.players_folders:
        known = ", ".join(settings.players_folders) or "none"
        raise FolderError("orchestra.folder_unknown", folder=place, known=known)
    kept = tuple(known for known in settings.players_folders if known != place)
    return replace(settings, players_folders=kept)
