"""Writes chunks into packs: a file on this disk first, synced when full, then put in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from harmony.foundation.durable import sync_file
from harmony.pit.artifacts.files import make_folder
from harmony.pit.artifacts.pack_places import PackPlace
from harmony.polyphony.chunk_index import Chunk, Pack

ARRIVING: Final = ".arriving"
"""Behind the name of a pack that is being written."""

_FULL: Final = 64 << 20  # a pack that has grown to this is closed


@dataclass(slots=True)
class Packed:
    """Packs that lie in place, and what is to be noted in the store about them."""

    tier: str
    packs: list[Pack] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    recipes: dict[str, list[bytes]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    """Artifacts whose files turned out not to be what their hashes say."""


class PackWriter:
    """Packs for one tier. `close` when all is written; `abandon` when it cannot be."""

    def __init__(
        self, folder: Path, place: PackPlace, new_name: Callable[[], str], packed: Packed
    ) -> None:
        self._folder = folder
        self._place = place
        self._new_name = new_name
        self._packed = packed
        self._name = ""
        self._file: BinaryIO | None = None
        self._size = 0
        self.written: set[bytes] = set()

    def add(self, digest: bytes, stored: bytes, size: int, codec: str) -> None:
        """Append a chunk of `size` bytes of content, as it is stored. Raises OSError."""
        if self._file is None:
            make_folder(self._folder)
            self._name, self._size = self._new_name(), 0
            self._file = self._path().open("xb", buffering=1 << 20)
        self._file.write(stored)
        chunk = Chunk(digest, self._name, self._size, len(stored), size, codec)
        self._packed.chunks.append(chunk)
        self.written.add(digest)
        self._size += len(stored)
        if self._size >= _FULL:
            self.close()

    def close(self) -> None:
        """Sync the pack that is being written, if any, and put it in place."""
        if self._file is None:
            return
        with self._file as file:
            file.flush()
            sync_file(file.fileno())
        self._file = None
        self._place.put(self._name, self._path())
        self._packed.packs.append(Pack(self._name, self._size))

    def abandon(self) -> None:
        """Remove what was not put in place."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._name:
            self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        return self._folder / f"{self._name}{ARRIVING}"
