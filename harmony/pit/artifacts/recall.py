"""Content that lies in packs becomes a file again when someone asks for it (chart 5: access).

From the warm tier it goes to the hot folder, from the cold one to the warm folder. First the file
is whole, verified, synced and in place; then the store is told that it moved.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import apsw

from harmony.foundation.clock import Clock
from harmony.foundation.durable import rename_durably
from harmony.pit.artifacts.chunks import ChunkStore
from harmony.pit.artifacts.errors import (
    ArtifactDamagedError,
    ArtifactMissingError,
    ChunksDamagedError,
    ColdTargetError,
)
from harmony.pit.artifacts.files import file_of
from harmony.pit.artifacts.pack_writer import ARRIVING
from harmony.pit.artifacts.quarantine import Quarantine
from harmony.polyphony import artifact_moves, chunk_index
from harmony.polyphony.artifact_moves import ArtifactMove
from harmony.polyphony.records import ArtifactRow
from harmony.polyphony.store import Store
from harmony.states.artifact import CHART, ArtifactEvent, ArtifactState


class Recall:
    """Brings artifacts of one data folder back from packs. Not on the main thread."""

    __slots__ = ("_chunks", "_clock", "_hot", "_quarantine", "_store", "_warm")

    def __init__(
        self,
        store: Store,
        chunks: ChunkStore,
        hot: Path,
        warm: Path,
        quarantine: Quarantine,
        clock: Clock,
    ) -> None:
        self._store = store
        self._chunks = chunks
        self._hot = hot
        self._warm = warm
        self._quarantine = quarantine
        self._clock = clock

    def can_bring(self, row: ArtifactRow) -> bool:
        """Whether an artifact that has no file lies in packs that can be asked."""
        return self._chunks.holds(row.tier) and self._store.reading(
            lambda c: chunk_index.is_packed(c, row.hash)
        )

    def put_together(self, row: ArtifactRow, target: Path) -> None:
        """The content of an artifact that lies in packs as a new file, verified and read-only.

        What is damaged is put aside. Raises ArtifactError, OSError.
        """
        try:
            self._chunks.restore(row.hash, row.tier, target)
        except ChunksDamagedError as error:
            aside = self._quarantine.take(row, target, error.chunks)
            raise ArtifactDamagedError(
                "pit.artifact_damaged", hash=row.hash, path=str(aside)
            ) from error
        target.chmod(0o400)

    def bring(self, row: ArtifactRow) -> Path:
        """The artifact's file, made from its packs. Raises ArtifactError, OSError."""
        if not self._store.reading(lambda c: chunk_index.is_packed(c, row.hash)):
            raise ArtifactMissingError("pit.artifact_file_gone", hash=row.hash)
        if not self._chunks.holds(row.tier):
            raise ColdTargetError("pit.cold_not_configured", hash=row.hash)
        to_tier = CHART.next(row.tier, ArtifactEvent.ACCESS_DETECTED)
        folder = self._hot if to_tier == ArtifactState.SSD_HOT else self._warm
        target = file_of(folder, row.hash, row.suffix)
        # A name of its own: another thread or program may be bringing the same content.
        arriving = target.with_name(f"{target.name}.{uuid4().hex}{ARRIVING}")
        try:
            self.put_together(row, arriving)
            rename_durably(arriving, target)
        finally:
            arriving.unlink(missing_ok=True)
        move = ArtifactMove(
            row.hash,
            row.tier,
            ArtifactEvent.ACCESS_DETECTED,
            to_tier,
            "it was asked for",
            self._clock.wall(),
        )

        def moved(connection: apsw.Connection) -> None:
            for allowed in artifact_moves.allowed(connection, [move]):
                chunk_index.forget_recipe(connection, allowed.hash)
                artifact_moves.make(connection, [allowed])

        self._store.in_transaction(moved)
        return target
