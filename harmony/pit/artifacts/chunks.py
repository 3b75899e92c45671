"""Aged content in packs: cut, shared, and put together again.

A file goes into packs in this order: its chunks are cut and hashed, those that the tier lacks are
written to a pack, the pack is synced and put in place, and only then may the store name it (the
rows come back from `pack` for the transaction that moves the artifact). What a crash leaves is a
pack that no row names, which `tidy` removes. A chunk that is shared is read and checked before it
is counted on, since the file it is to stand for will be removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from blake3 import blake3

from harmony.foundation.clock import Clock
from harmony.foundation.durable import sync_file
from harmony.foundation.ids import is_id, made_at, new_id
from harmony.foundation.randomness import Randomness
from harmony.pit.artifacts.cutting import chunk_hash, cut, decode, encode, pays_to_compress
from harmony.pit.artifacts.errors import (
    ArtifactMissingError,
    ChunksDamagedError,
    PackUnreadableError,
)
from harmony.pit.artifacts.files import make_folder
from harmony.pit.artifacts.pack_places import PackPlace, Range
from harmony.pit.artifacts.pack_writer import ARRIVING, Packed, PackWriter
from harmony.polyphony import chunk_index
from harmony.polyphony.chunk_index import Chunk, PackUse
from harmony.polyphony.store import Store

_TOGETHER: Final = 8 << 20  # bytes of content that are looked up, or read, in one go
_ABANDONED_AFTER: Final = 86_400.0  # seconds
_REWRITE_NEAR: Final = 0.5  # a pack of which less is used is written anew
_REWRITE_FAR: Final = 0.2  # and elsewhere, where that costs a transfer
_MOST_CHECKED: Final = 100_000


class ChunkStore:
    """The packs of all tiers that have any. All methods work on disks: not on the main thread."""

    def __init__(
        self, store: Store, places: Mapping[str, PackPlace], folder: Path, clock: Clock
    ) -> None:
        self._store = store
        self._places = places
        self._folder = folder
        self._clock = clock
        self._randomness = Randomness()
        self._checked: set[tuple[str, bytes]] = set()

    def holds(self, tier: str) -> bool:
        """Whether there is a place for packs of this tier."""
        return tier in self._places

    # Into packs

    def pack(self, files: Mapping[str, Path], tier: str) -> Packed:
        """Cut these files (by artifact hash) into chunks, and write those the tier lacks.

        Raises OSError, ArtifactError when the disk or the place fails; then nothing was changed.
        """
        packed = Packed(tier)
        writer = PackWriter(self._folder, self._places[tier], self._new_name, packed)
        try:
            for artifact, path in files.items():
                self._add_file(artifact, path, tier, packed, writer)
            writer.close()
        except BaseException:
            writer.abandon()
            raise
        return packed

    def _add_file(
        self, artifact: str, path: Path, tier: str, packed: Packed, writer: PackWriter
    ) -> None:
        whole = blake3()
        compressing = pays_to_compress(path)
        hashes: list[bytes] = []
        for group in _groups(cut(path)):
            digests = [chunk_hash(data) for data in group]
            for data in group:
                whole.update(data)
            there = self._trusted(tier, {d for d in digests if d not in writer.written})
            for digest, data in zip(digests, group, strict=True):
                if digest not in there and digest not in writer.written:
                    stored, codec = encode(data, compressing)
                    writer.add(digest, stored, len(data), codec)
            hashes += digests
        if whole.hexdigest() == artifact:
            packed.recipes[artifact] = hashes
        else:
            packed.damaged.append(artifact)

    def _trusted(self, tier: str, hashes: set[bytes]) -> set[bytes]:
        """Those of these chunks that lie in the tier. Near ones have been read and are right."""
        there = self._store.reading(lambda c: chunk_index.known(c, tier, hashes))
        if not self._places[tier].is_near:
            return set(there)
        unchecked = [
            chunk for digest, chunk in there.items() if (tier, digest) not in self._checked
        ]
        if len(self._checked) > _MOST_CHECKED:
            self._checked.clear()
        wrong = self._wrong_among(tier, unchecked)
        self._checked.update((tier, chunk.hash) for chunk in unchecked if chunk not in wrong)
        if wrong:
            self._store.in_transaction(lambda c: chunk_index.mark_damaged(c, tier, wrong))
        return set(there) - {chunk.hash for chunk in wrong}

    def _wrong_among(self, tier: str, chunks: Iterable[Chunk]) -> set[Chunk]:
        """Chunks that are not what their hashes say, or whose pack is gone."""
        by_pack: dict[str, list[Chunk]] = {}
        for chunk in chunks:
            by_pack.setdefault(chunk.pack, []).append(chunk)
        wrong: set[Chunk] = set()
        for members in by_pack.values():
            try:
                wrong.update(chunk for chunk, data in self._read(tier, members) if data is None)
            except PackUnreadableError:
                wrong.update(members)
        return wrong

    # Out of packs

    def restore(self, artifact: str, tier: str, target: Path) -> None:
        """Put an artifact together in a new file, which is on disk and verified on return.

        Raises ChunksDamagedError, with as much as could be read in `target`, when chunks are not
        what they were; ArtifactMissingError when it does not lie in packs; PackUnreadableError
        when a pack is gone; ColdTargetError, OSError.
        """
        try:
            wrong = self._restore(artifact, tier, target)
        except PackUnreadableError:
            # Another program may just have written that pack anew: the store knows where it is.
            wrong = self._restore(artifact, tier, target)
        if wrong is not None:
            raise ChunksDamagedError("pit.chunks_damaged", wrong, hash=artifact, count=len(wrong))

    def _restore(self, artifact: str, tier: str, target: Path) -> frozenset[Chunk] | None:
        """None when all is right, else which chunks are not (perhaps none, and the whole is)."""
        recipe = self._store.reading(lambda c: chunk_index.recipe(c, artifact))
        if not recipe:
            raise ArtifactMissingError("pit.artifact_file_gone", hash=artifact)
        wrong: set[Chunk] = set()
        whole = blake3()
        make_folder(target.parent)
        with target.open("wb") as file:
            for group in _windows(recipe):
                found = dict(self._read(tier, group))
                for chunk in group:
                    data = found[chunk]
                    if data is None:
                        wrong.add(chunk)
                        data = bytes(chunk.size)
                    whole.update(data)
                    file.write(data)
            file.flush()
            sync_file(file.fileno())
        return None if not wrong and whole.hexdigest() == artifact else frozenset(wrong)

    def _read(self, tier: str, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bytes | None]]:
        """Each chunk with its content; None for one that is not what its hash says.

        Neighbours in a pack are read in one piece. Raises PackUnreadableError.
        """
        by_pack: dict[str, list[Chunk]] = {}
        for chunk in dict.fromkeys(chunks):
            if chunk.size:
                by_pack.setdefault(chunk.pack, []).append(chunk)
            else:
                yield chunk, b""  # there is nothing of it to be asked for
        place = self._places[tier]
        for pack, members in by_pack.items():
            members.sort(key=lambda chunk: chunk.offset)
            runs = _runs(members)
            ranges: list[Range] = [
                (run[0].offset, run[-1].offset + run[-1].length - run[0].offset) for run in runs
            ]
            for run, piece in zip(runs, place.read(pack, ranges), strict=True):
                start = run[0].offset
                for chunk in run:
                    stored = piece[chunk.offset - start : chunk.offset - start + chunk.length]
                    content = decode(stored, chunk.codec, chunk.size)
                    right = content is not None and chunk_hash(content) == chunk.hash
                    yield chunk, content if right else None

    # Looking after packs

    def tidy(self) -> list[str]:
        """Remove packs that nothing needs, write those anew that are mostly not needed.

        The names of the packs that went. What is not in the store is removed a day after it was
        made: until then another program may be about to name it.
        """
        removed: list[str] = []
        for tier, place in self._places.items():
            removed += self._tidy_tier(tier, place)
        for path in self._folder.glob(f"*{ARRIVING}"):
            if self._clock.wall() - path.stat().st_mtime >= _ABANDONED_AFTER:
                path.unlink()
        return removed

    def _tidy_tier(self, tier: str, place: PackPlace) -> list[str]:
        uses = self._store.in_transaction(lambda c: chunk_index.forget_unused(c, tier))
        removed = [use.name for use in uses if self._shrink(tier, place, use)]
        named = self._store.reading(lambda c: chunk_index.pack_names(c, tier))
        for name in place.names():
            old = is_id(name) and self._clock.wall() - made_at(name) >= _ABANDONED_AFTER
            if old and name not in named:
                place.remove(name)
                removed.append(name)
        return removed

    def _shrink(self, tier: str, place: PackPlace, use: PackUse) -> bool:
        """Remove a pack, or write it anew, when enough of it is not needed; whether it went."""
        if not use.used:
            if not self._store.in_transaction(lambda c: chunk_index.forget_pack(c, use.name)):
                return False
        elif use.used < use.size * (_REWRITE_NEAR if place.is_near else _REWRITE_FAR):
            if not self._rewrite(tier, place, use.name):
                return False
        else:
            return False
        place.remove(use.name)
        return True

    def _rewrite(self, tier: str, place: PackPlace, name: str) -> bool:
        chunks = self._store.reading(lambda c: chunk_index.chunks_in(c, name))
        packed = Packed(tier)
        writer = PackWriter(self._folder, place, self._new_name, packed)
        try:
            for window in _windows(chunks):
                stored = place.read(name, [(chunk.offset, chunk.length) for chunk in window])
                for chunk, data in zip(window, stored, strict=True):
                    content = decode(data, chunk.codec, chunk.size)
                    if content is None or chunk_hash(content) != chunk.hash:
                        writer.abandon()
                        return False  # a damaged pack is left for whoever restores from it
                    writer.add(chunk.hash, data, chunk.size, chunk.codec)
            writer.close()
        except BaseException:
            writer.abandon()
            raise
        if len(packed.packs) != 1:
            return False
        new, at = packed.packs[0], self._clock.wall()
        return self._store.in_transaction(
            lambda c: chunk_index.replace_pack(c, tier, name, new, packed.chunks, at)
        )

    def _new_name(self) -> str:
        return new_id(self._clock, self._randomness)


def _groups(views: Iterable[memoryview]) -> Iterator[list[bytes]]:
    """Copies of the chunks, some megabytes at a time."""
    group: list[bytes] = []
    size = 0
    for view in views:
        group.append(bytes(view))
        size += len(view)
        if size >= _TOGETHER:
            yield group
            group, size = [], 0
    if group:
        yield group


def _windows(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """The chunks in their order, some megabytes of content at a time."""
    window: list[Chunk] = []
    size = 0
    for chunk in chunks:
        window.append(chunk)
        size += chunk.size
        if size >= _TOGETHER:
            yield window
            window, size = [], 0
    if window:
        yield window


def _runs(members: Sequence[Chunk]) -> list[list[Chunk]]:
    """Chunks of one pack, in the order of their places, in rows without gaps."""
    runs: list[list[Chunk]] = []
    for chunk in members:
        if runs and runs[-1][-1].offset + runs[-1][-1].length == chunk.offset:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return runs
