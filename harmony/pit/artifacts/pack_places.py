"""Where packs lie: a folder of this machine here; a cold target elsewhere (`cold.py`).

A pack is a file of chunks one after the other. It is written once, whole, and never changed; its
name is an id that says when it was made.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from harmony.foundation.durable import rename_durably, sync_folder
from harmony.pit.artifacts.errors import PackUnreadableError
from harmony.pit.artifacts.files import make_folder

SUFFIX: Final = ".pack"

Range = tuple[int, int]
"""Offset and length in a pack."""


class PackPlace(Protocol):
    """What holds packs. Every method may take long, and raises PackUnreadableError or OSError."""

    @property
    def is_near(self) -> bool:
        """Whether reading costs no more than the disk's time."""

    def put(self, name: str, source: Path) -> None:
        """Take a finished, synced file as a pack. It lies there durably on return."""

    def read(self, name: str, ranges: Sequence[Range]) -> list[bytes]:
        """Parts of a pack; a part that reaches behind its end comes short."""

    def remove(self, name: str) -> None:
        """Remove a pack; one that is not there is none to remove."""

    def names(self) -> list[str]:
        """Every pack that lies there."""


class LocalPacks:
    """Packs in a folder of this machine."""

    is_near = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, source: Path) -> None:
        """Rename the file, which must lie on the same disk."""
        make_folder(self._folder)
        source.chmod(0o400)
        rename_durably(source, self._path(name))

    def read(self, name: str, ranges: Sequence[Range]) -> list[bytes]:
        """Read the parts."""
        try:
            descriptor = os.open(self._path(name), os.O_RDONLY)
        except OSError as error:
            raise PackUnreadableError(
                "pit.pack_unreadable", pack=name, place=str(self._folder), reason=str(error)
            ) from error
        try:
            return [os.pread(descriptor, length, offset) for offset, length in ranges]
        finally:
            os.close(descriptor)

    def remove(self, name: str) -> None:
        """Remove the file."""
        path = self._path(name)
        if path.exists():
            path.unlink()
            sync_folder(self._folder)

    def names(self) -> list[str]:
        """The names of all packs in the folder."""
        return [path.stem for path in self._folder.glob(f"*{SUFFIX}")]

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"
