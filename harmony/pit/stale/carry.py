"""Puts content where its new tier has it, before the store is told: copied, or cut into packs.

What leaves the hot tier and is large is cut into chunks, and so is all that goes to the cold tier.
Everything is verified on its way; what is found damaged is put aside instead of moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import apsw

from harmony.foundation.durable import rename_durably
from harmony.pit.artifacts.errors import ArtifactDamagedError
from harmony.pit.artifacts.files import copy_durably, file_of, make_folder
from harmony.pit.artifacts.pack_writer import ARRIVING, Packed
from harmony.pit.artifacts.store import ArtifactStore
from harmony.pit.stale.plan import Move
from harmony.polyphony import artifact_moves, chunk_index
from harmony.polyphony.artifact_moves import ArtifactMove
from harmony.polyphony.store import Store
from harmony.states.artifact import ArtifactState

CUT_FROM: Final = 1 << 20
"""Bytes from which content is cut into chunks when it leaves the hot tier."""


@dataclass(slots=True)
class Carried:
    """Content of some artifacts in its new place, and what is left to do about it."""

    packed: list[Packed] = field(default_factory=list)
    sources: dict[str, list[Path]] = field(default_factory=dict)
    """The files that are needless once the artifact has moved."""
    restored: list[Path] = field(default_factory=list)
    """Files that were only made on the way."""
    recalled: list[str] = field(default_factory=list)
    """Artifacts that have been moved already."""
    damaged: list[str] = field(default_factory=list)

    def settle(self, connection: apsw.Connection, moves: Sequence[ArtifactMove]) -> set[str]:
        """Note in one transaction what has moved; the artifacts that really have."""
        allowed = artifact_moves.allowed(connection, moves)
        names = {move.hash for move in allowed} - {*self.damaged, *self.recalled}
        through_packs: set[str] = set()
        complete: set[str] = set()
        for packed in self.packed:
            recipes = {name: hashes for name, hashes in packed.recipes.items() if name in names}
            through_packs |= recipes.keys()
            at = moves[0].at if moves else 0.0
            complete |= chunk_index.add(
                connection, packed.tier, packed.packs, packed.chunks, recipes, at
            )
        done = names - (through_packs - complete)
        for name in (done - complete) & self.sources.keys():
            chunk_index.forget_recipe(connection, name)
        artifact_moves.make(connection, [move for move in allowed if move.hash in done])
        return done.union(self.recalled)

    def needless(self, done: set[str]) -> list[Path]:
        """Files to remove now that these artifacts have moved."""
        return [
            *self.restored,
            *(path for name, paths in self.sources.items() if name in done for path in paths),
        ]


class Carry:
    """Carries content of one data folder between its tiers. Not on the main thread."""

    __slots__ = ("_artifacts", "_store")

    def __init__(self, artifacts: ArtifactStore, store: Store) -> None:
        self._artifacts = artifacts
        self._store = store

    def all(self, moves: Sequence[Move], places: Mapping[str, Path | None]) -> Carried:
        """Carry the content of these moves. `places` has the file of each, if it has one.

        Raises ColdTargetError, OSError; then nothing has moved.
        """
        carried = Carried()
        to_pack: dict[str, dict[str, Path]] = {}
        for move in moves:
            path = places[move.hash]
            if move.to_tier == ArtifactState.DELETED:
                carried.sources[move.hash] = [] if path is None else [path]
                continue
            try:
                if move.to_tier == ArtifactState.CLOUD_COLD:
                    source = path or self._restored(move, carried)
                    if source is not None:
                        to_pack.setdefault(move.to_tier, {})[move.hash] = source
                        carried.sources[move.hash] = [source]
                elif path is None:
                    self._recall(move, carried)
                elif move.to_tier == ArtifactState.HDD_WARM and move.size >= CUT_FROM:
                    to_pack.setdefault(move.to_tier, {})[move.hash] = path
                    carried.sources[move.hash] = [path]
                else:
                    self._copied(move, path, carried)
            except ArtifactDamagedError:
                carried.damaged.append(move.hash)
        for tier, files in to_pack.items():
            packed = self._artifacts.chunks.pack(files, tier)
            carried.packed.append(packed)
            for digest in packed.damaged:
                self._artifacts.set_aside(digest)
                carried.damaged.append(digest)
        return carried

    def _restored(self, move: Move, carried: Carried) -> Path | None:
        """Content that lies in packs, as a file for a moment; None for a small inline value."""
        row = self._store.artifact(move.hash)
        if row is None or row.inline is not None:
            return None
        path = self._artifacts.warm / "packs" / f"{move.hash}.{uuid4().hex}{ARRIVING}"
        carried.restored.append(path)
        self._artifacts.put_together(row, path)
        return path

    def _recall(self, move: Move, carried: Carried) -> None:
        """What lies in packs and is to move up comes back as a file, and is noted with that."""
        row = self._store.artifact(move.hash)
        if row is not None and row.inline is None and move.to_tier == ArtifactState.SSD_HOT:
            self._artifacts.path(move.hash)
            carried.recalled.append(move.hash)

    def _copied(self, move: Move, path: Path, carried: Carried) -> None:
        """The file in the folder of its tier; hashed while it is copied."""
        hot = move.to_tier == ArtifactState.SSD_HOT
        target = file_of(
            self._artifacts.hot if hot else self._artifacts.warm, move.hash, move.suffix
        )
        if path == target:
            return
        make_folder(target.parent)
        arriving = target.with_name(f"{target.name}.{uuid4().hex}{ARRIVING}")
        # Copied, not renamed: the two folders may lie on two disks.
        if copy_durably(path, arriving) != move.hash:
            arriving.unlink()
            self._artifacts.set_aside(move.hash)
            raise ArtifactDamagedError("pit.artifact_damaged", hash=move.hash, path=str(path))
        rename_durably(arriving, target)
        carried.sources[move.hash] = [path]
