"""Carries out what `plan.py` decides: moves files between folders and lets content expire.

Order makes a crash harmless. A file is copied before its record names the new tier, and its record
says *Deleted* before the file goes; what a crash leaves over is a file that no record needs, which
a later sweep removes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from harmony.foundation.clock import Clock
from harmony.foundation.durable import rename_durably, sync_file, sync_folder
from harmony.pit.artifacts.files import file_of, make_folder
from harmony.pit.artifacts.store import ArtifactStore
from harmony.pit.stale.plan import DAY, KEEP_AT_LEAST, Budget, Move, Report, Rules, plan_moves
from harmony.polyphony.reading import stored_artifacts
from harmony.polyphony.records import Commit, TierChange
from harmony.polyphony.store import Store
from harmony.states.artifact import ArtifactState

_TOGETHER: Final = 100  # moves in one commit
_ARRIVING: Final = ".arriving"  # behind a file's name while it is copied from another disk


class StaleManager:
    """Keeps the artifacts of one data folder within their ages and the disk budget.

    All methods do disk work: not on the main thread. Two managers on one folder do no harm.
    """

    def __init__(
        self, store: Store, artifacts: ArtifactStore, clock: Clock, rules: Rules | None = None
    ) -> None:
        self._store = store
        self._artifacts = artifacts
        self._clock = clock
        self._rules = rules or Rules()

    def plan(self, now: float, budget: Budget) -> list[Move]:
        """What is due at `now` (Unix seconds). Changes nothing but the noted access times."""
        self._artifacts.flush_accesses()
        # On the writer thread, behind the access times that were just handed in.
        return plan_moves(self._store.in_transaction(stored_artifacts), now, budget, self._rules)

    def apply(self, moves: Iterable[Move]) -> Report:
        """Carry out moves. What has become protected or was touched since is left as it is."""
        report = Report()
        waiting = [move for move in moves if move.to_tier != move.from_tier]
        while waiting:
            together, waiting = waiting[:_TOGETHER], waiting[_TOGETHER:]
            report = report + self._apply(together)
        return report

    def _apply(self, moves: list[Move]) -> Report:
        """One commit for all of these moves, between the copying before and the deleting after."""
        stored = {artifact.hash: artifact for artifact in self._store.stored_artifacts()}
        places = {
            move.hash: self._artifacts.locate(move.hash, move.suffix, move.from_tier)
            for move in moves
        }
        due: list[Move] = []
        kept: list[str] = []
        for move in moves:
            artifact, path = stored.get(move.hash), places[move.hash]
            if (
                artifact is None
                or artifact.tier != move.from_tier
                or artifact.protected
                or (path is not None and self._touched(path))
            ):
                kept.append(move.hash)
            else:
                due.append(move)
        needless = [path for move in due if (path := self._carry(move, places[move.hash]))]
        self._store.commit_and_wait(
            Commit(tier_changes=[TierChange(move.hash, move.to_tier) for move in due])
        )
        for path in needless:
            path.unlink(missing_ok=True)
        for folder in {path.parent for path in needless}:
            sync_folder(folder)
        deleted = [move for move in due if move.to_tier == ArtifactState.DELETED]
        freed = sum(move.size for move in deleted)
        return Report(len(due) - len(deleted), len(deleted), freed, tuple(kept))

    def sweep(self) -> list[Path]:
        """Remove files that no record names, a day after they were written, and say which.

        What attempts of ended runs have left in their staging folders goes too.
        """
        removed: list[Path] = []
        for folder in dict.fromkeys((self._artifacts.hot, self._artifacts.warm)):
            for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*")):
                if self._clock.wall() - path.stat().st_mtime >= DAY and not self._is_needed(path):
                    path.unlink()
                    removed.append(path)
        return removed + self._sweep_staging()

    def _sweep_staging(self) -> list[Path]:
        """What failed attempts have left: removed a day later, when their run has ended."""
        removed: list[Path] = []
        for attempt in sorted(self._artifacts.staging.glob("*/*")):
            old = self._clock.wall() - attempt.stat().st_mtime >= DAY
            if old and not self._store.is_under_way(attempt.parent.name):
                shutil.rmtree(attempt)
                removed.append(attempt)
        for run in {attempt.parent for attempt in removed}:
            if not any(run.iterdir()):
                run.rmdir()
        return removed

    def _is_needed(self, path: Path) -> bool:
        row = self._store.artifact(path.parent.name + path.name.partition(".")[0])
        if row is None or row.tier == ArtifactState.DELETED or row.inline is not None:
            return False
        # After a move that was cut short both folders hold it; its tier's own is the one to keep.
        return path == self._artifacts.locate(row.hash, row.suffix, row.tier)

    def _touched(self, path: Path) -> bool:
        # A task that made the same content again has renewed the file's time (files.place_staged).
        return self._clock.wall() - path.stat().st_mtime < KEEP_AT_LEAST

    def _carry(self, move: Move, path: Path | None) -> Path | None:
        """Put the file where its new tier has it; the file that is then needed no more."""
        if path is None or move.to_tier == ArtifactState.DELETED:
            return path
        hot = move.to_tier == ArtifactState.SSD_HOT
        folder = self._artifacts.hot if hot else self._artifacts.warm
        target = file_of(folder, move.hash, move.suffix)
        if path == target:
            return None
        make_folder(target.parent)
        arriving = target.with_name(target.name + _ARRIVING)
        # Copied, not renamed: the two folders may lie on two disks.
        shutil.copy2(path, arriving)
        with arriving.open("rb") as file:
            sync_file(file.fileno())
        rename_durably(arriving, target)
        return path
