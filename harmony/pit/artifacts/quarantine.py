"""Damaged content is put where nobody takes it for the artifact, and where a person can look at it.

First the content goes aside, then the store is told: a crash in between leaves an artifact whose
file is gone, which is a missing one, never a damaged one that counts as sound.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from harmony.foundation.clock import Clock
from harmony.foundation.durable import rename_durably, write_atomically
from harmony.foundation.words import render
from harmony.pit.artifacts.files import make_folder
from harmony.polyphony import quarantined
from harmony.polyphony.chunk_index import Chunk
from harmony.polyphony.records import ArtifactRow
from harmony.polyphony.store import Store


class Quarantine:
    """The folder of damaged content of one data folder. Nothing in it is ever deleted."""

    __slots__ = ("_clock", "_folder", "_store")

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock

    def take(
        self, row: ArtifactRow, path: Path | None, damaged_chunks: Collection[Chunk] = ()
    ) -> Path:
        """Put aside what an artifact has become, from its row or its file; where it lies now.

        Waits for the store. Raises OSError when the disk fails, StoreError.
        """
        if row.inline is not None:
            make_folder(self._folder)
            target = self._target(row)
            write_atomically(target, row.inline, mode=0o400)
        elif path is not None:
            target = self.put_file(row, path)
        else:
            target = self._target(row)
        at = self._clock.wall()
        reason = render("pit.content_not_its_hash")
        chunks = tuple(damaged_chunks)
        self._store.in_transaction(
            lambda c: quarantined.put_aside(c, row.hash, str(target), reason, at, chunks)
        )
        return target

    def put_file(self, row: ArtifactRow, path: Path) -> Path:
        """Put aside one file of an artifact, and say nothing to the store: another copy is right.

        Raises OSError.
        """
        make_folder(self._folder)
        target = self._target(row)
        if path.stat().st_dev == self._folder.stat().st_dev:
            rename_durably(path, target)
        else:
            shutil.move(path, target)
        return target

    def _target(self, row: ArtifactRow) -> Path:
        """A name of its own: the same content may be damaged a second time."""
        target = self._folder / f"{row.hash}{row.suffix}"
        count = 1
        while target.exists():
            count += 1
            target = self._folder / f"{row.hash}.{count}{row.suffix}"
        return target
