"""The Artifact Store: outputs of tasks in, inputs of tasks out, everything by its hash.

Small values lie in the store's database and become durable in the same transaction as their task's
record; large ones are files, in place and synced before that transaction begins. So a record never
names content that is not there (docs/architecture.md, The way of a value).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from harmony.foundation.clock import Clock, SystemClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import content
from harmony.pit.artifacts.chunks import ChunkStore
from harmony.pit.artifacts.content import Reference, parts_of
from harmony.pit.artifacts.errors import (
    ArtifactDamagedError,
    ArtifactExpiredError,
    ArtifactMissingError,
)
from harmony.pit.artifacts.files import file_of, place_staged
from harmony.pit.artifacts.hashing import hash_bytes, hash_file
from harmony.pit.artifacts.pack_places import LocalPacks, PackPlace
from harmony.pit.artifacts.quarantine import Quarantine
from harmony.pit.artifacts.recall import Recall
from harmony.pit.artifacts.verified import VerifiedFiles
from harmony.players.ports import item_type
from harmony.polyphony import quarantined
from harmony.polyphony.logs import safe_name
from harmony.polyphony.records import Access, ArtifactRow, Commit
from harmony.polyphony.store import Store
from harmony.states.artifact import ArtifactState

_MANY_ITEMS: Final = 100  # a longer list is worth a thread even when each item is small
_SMALL_FILE: Final = 1 << 20  # hashed within a millisecond: no need for a thread


@dataclass(frozen=True, slots=True)
class Kept:
    """An output as an artifact. `rows` go into the commit that holds the task's record."""

    reference: Reference
    rows: tuple[ArtifactRow, ...]


class ArtifactStore:
    """The artifacts of one data folder. `hot` and `warm` may lie on two disks, or be the same.

    `cold` is where packs of the cold tier lie; without one there is no such tier.
    """

    def __init__(
        self,
        store: Store,
        data_folder: DataFolder,
        hot: Path | None = None,
        warm: Path | None = None,
        clock: Clock | None = None,
        cold: PackPlace | None = None,
    ) -> None:
        self.hot = hot or data_folder.artifacts
        self.warm = warm or self.hot
        self._store = store
        self._clock = clock or SystemClock()
        # Renaming is only possible on one disk, so staging lies where the files will.
        self.staging = self.hot / data_folder.staging.name
        self._handed_out: set[Path] = set()
        self._accessed: dict[str, float] = {}
        self._verified_files = VerifiedFiles(self._clock)
        self.quarantine = Quarantine(store, self.hot / "quarantine", self._clock)
        packs = self.warm / "packs"
        places: dict[str, PackPlace] = {ArtifactState.HDD_WARM: LocalPacks(packs)}
        if cold is not None:
            places[ArtifactState.CLOUD_COLD] = cold
        self.chunks = ChunkStore(store, places, packs, self._clock)
        self._recall = Recall(store, self.chunks, self.hot, self.warm, self.quarantine, self._clock)

    # Outputs of tasks

    def staging_folder(self, run: str, task: str, attempt: int) -> Path:
        """The private folder for an attempt's staged files: emptied when first asked for."""
        folder = self.staging / safe_name(run) / f"{safe_name(task)}.{attempt}"
        if folder not in self._handed_out:
            if folder.exists():
                shutil.rmtree(folder)
            self._handed_out.add(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def clear_staging(self, run: str) -> None:
        """Remove what attempts of a run have left behind. Only when none of them goes on."""
        folder = self.staging / safe_name(run)
        self._handed_out = {path for path in self._handed_out if path.parent != folder}
        if folder.exists():
            shutil.rmtree(folder)

    def needs_thread(self, reference: Mapping[str, Any]) -> bool:
        """Whether keeping this output may take longer than the main thread has."""
        items = reference.get("items")
        if isinstance(items, list):
            return len(items) > _MANY_ITEMS or any("staged" in item for item in items)
        return "staged" in reference

    def keep(self, reference: Mapping[str, Any], staging: Path) -> Kept:
        """Make an artifact of a child's output; its staged files are on disk when this returns.

        Raises OutputRefusedError when the output is not of the agreed form, OSError when the disk
        fails. May run off the main thread.
        """
        rows: dict[str, ArtifactRow] = {}
        kept = self._keep(reference, staging, rows)
        if self.needs_thread(reference):
            self._tidy(staging)
        return Kept(kept, tuple(rows.values()))

    def _keep(
        self, reference: Mapping[str, Any], staging: Path, rows: dict[str, ArtifactRow]
    ) -> Reference:
        kind = content.checked_type(reference)
        if content.is_nothing(reference):
            return {"type": kind, "nothing": True}
        summary = content.checked_summary(reference)
        kept: Reference
        if item_type(kind) is not None:
            items = [self._keep(item, staging, rows) for item in reference["items"]]
            inline = content.list_content(items)
            kept = {"type": kind, "hash": hash_bytes(inline), "size": len(inline), "items": items}
            row = ArtifactRow(kept["hash"], kind, len(inline), inline)
        elif "staged" in reference:
            others = () if self.warm == self.hot else (self.warm,)
            placed = place_staged(staging, reference["staged"], self.hot, others)
            self._verified_files.note(placed.path)
            kept = {"type": kind, "hash": placed.hash, "size": placed.size}
            row = ArtifactRow(placed.hash, kind, placed.size, suffix=placed.suffix)
        else:
            inline = content.content_of(kind, reference["value"])
            kept = {"type": kind, "hash": hash_bytes(inline), "size": len(inline)}
            if len(inline) <= content.LARGEST_SHOWN and (
                len(content.canonical(reference["value"])) <= content.LARGEST_SHOWN
            ):
                kept["value"] = reference["value"]
            row = ArtifactRow(kept["hash"], kind, len(inline), inline)
        if summary is not None:
            kept["summary"] = summary
        now = self._clock.wall()
        rows[row.hash] = replace(row, summary=summary, at=now, accessed=now)
        return kept

    def _tidy(self, staging: Path) -> None:
        """Remove the attempt's folder once nothing is left in it."""
        if staging in self._handed_out and staging.exists() and not any(staging.iterdir()):
            staging.rmdir()
            self._handed_out.discard(staging)

    # Inputs of tasks

    def exists(self, reference: Mapping[str, Any]) -> bool:
        """Whether the content of a kept reference, with all of its items, can be read."""
        hashes = {str(part["hash"]) for part in parts_of(reference)}
        rows = self._store.artifacts(hashes)
        return len(rows) == len(hashes) and all(self._is_there(row) for row in rows.values())

    def reference_for_child(self, reference: Mapping[str, Any]) -> Reference:
        """A kept reference as a child reads it, verified: small content inline, large as a path.

        Takes long for a large file that was not verified a moment ago: in a thread then, see
        `is_at_hand`. Raises ArtifactError when content is expired, missing or damaged.
        """
        rows = self._store.artifacts({str(part["hash"]) for part in parts_of(reference)})
        return self._for_child(reference, rows)

    def _for_child(
        self, reference: Mapping[str, Any], rows: Mapping[str, ArtifactRow]
    ) -> Reference:
        kind = str(reference["type"])
        if content.is_nothing(reference):
            return {"type": kind, "nothing": True}
        if item_type(kind) is not None:
            items = [self._for_child(item, rows) for item in reference["items"]]
            return {"type": kind, "items": items}
        row = self._present(str(reference["hash"]), rows.get(str(reference["hash"])))
        self._accessed[row.hash] = self._clock.wall()
        if row.inline is not None:
            return {"type": kind, "value": content.value_of(kind, self._verified(row))}
        path = self._verified_file(row)
        return {"type": kind, "path": str(path), "hash": row.hash, "size": row.size}

    def is_at_hand(self, reference: Mapping[str, Any]) -> bool:
        """Whether `reference_for_child` answers at once: no large file has to be read for it."""
        rows = self._store.artifacts({str(part["hash"]) for part in parts_of(reference)})
        return all(self._is_at_hand(row) for row in rows.values())

    def _is_at_hand(self, row: ArtifactRow) -> bool:
        if row.inline is not None or row.tier == ArtifactState.DELETED:
            return True
        path = self.locate(row.hash, row.suffix, row.tier)
        return path is not None and (row.size <= _SMALL_FILE or self._verified_files.knows(path))

    # Content for people and programs

    def read(self, digest: str, verify: bool = True) -> bytes:
        """The content with this hash. Raises ArtifactError."""
        row = self._row(digest)
        self._accessed[digest] = self._clock.wall()
        if row.inline is not None:
            return self._verified(row) if verify else row.inline
        found = self._file(row).read_bytes()
        if verify and hash_bytes(found) != digest:
            self._put_aside(row)
        return found

    def path(self, digest: str, verify: bool = True) -> Path:
        """The read-only file of a large artifact. Raises ArtifactError, also for a small one.

        Verifying reads the whole file: not on the main thread.
        """
        row = self._row(digest)
        if row.inline is not None:
            raise ArtifactMissingError("pit.artifact_has_no_file", hash=digest)
        self._accessed[digest] = self._clock.wall()
        return self._verified_file(row) if verify else self._file(row)

    def flush_accesses(self) -> None:
        """Hand the times of the latest reads to the store; a loss of them does no harm."""
        accessed, self._accessed = self._accessed, {}
        if accessed:
            accesses = tuple(Access(digest, at) for digest, at in accessed.items())
            self._store.commit(Commit(accesses=accesses), _unless_failed)

    def locate(self, digest: str, suffix: str, tier: str) -> Path | None:
        """The file of an artifact; None when it lies in neither folder.

        It may lie in the other folder than its tier says, when a move was cut short.
        """
        folders = (self.hot, self.warm)
        if tier != ArtifactState.SSD_HOT:
            folders = (self.warm, self.hot)
        for folder in dict.fromkeys(folders):
            path = file_of(folder, digest, suffix)
            if path.exists():
                return path
        return None

    def put_together(self, row: ArtifactRow, target: Path) -> None:
        """The content of an artifact that lies in packs as a new file. Raises ArtifactError."""
        self._recall.put_together(row, target)

    def set_aside(self, digest: str) -> None:
        """Take an artifact out of use whose content was found damaged."""
        row = self._store.artifact(digest)
        if row is not None and row.tier != ArtifactState.DELETED:
            self.quarantine.take(row, self.locate(row.hash, row.suffix, row.tier))

    def _row(self, digest: str) -> ArtifactRow:
        return self._present(digest, self._store.artifact(digest))

    def _present(self, digest: str, row: ArtifactRow | None) -> ArtifactRow:
        if row is None:
            raise ArtifactMissingError("pit.artifact_unknown", hash=digest)
        if row.tier == ArtifactState.DELETED:
            if self._store.reading(lambda c: quarantined.is_quarantined(c, digest)):
                raise ArtifactDamagedError("pit.artifact_put_aside", hash=digest)
            raise ArtifactExpiredError("pit.artifact_expired", hash=digest)
        return row

    def _is_there(self, row: ArtifactRow) -> bool:
        if row.tier == ArtifactState.DELETED:
            return False
        if row.inline is not None:
            return True
        path = self.locate(row.hash, row.suffix, row.tier)
        if path is None:
            return self._recall.can_bring(row)
        return path.stat().st_size == row.size

    def _file(self, row: ArtifactRow) -> Path:
        path = self.locate(row.hash, row.suffix, row.tier)
        if path is None:
            path = self._recall.bring(row)
            self._verified_files.note(path)
        if path.stat().st_size != row.size:
            self._put_aside(row)
        return path

    def _verified_file(self, row: ArtifactRow) -> Path:
        path = self._file(row)
        if not self._verified_files.knows(path):
            if hash_file(path)[0] != row.hash:
                self._put_aside(row)
            self._verified_files.note(path)
        return path

    def _verified(self, row: ArtifactRow) -> bytes:
        assert row.inline is not None  # the callers have looked
        if hash_bytes(row.inline) != row.hash:
            self._put_aside(row)
        return row.inline

    def _put_aside(self, row: ArtifactRow) -> NoReturn:
        path = None if row.inline is not None else self.locate(row.hash, row.suffix, row.tier)
        target = self.quarantine.take(row, path)
        raise ArtifactDamagedError("pit.artifact_damaged", hash=row.hash, path=str(target))


def _unless_failed(error: BaseException | None) -> None:
    if error is not None:
        raise error
