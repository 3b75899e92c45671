"""Carries out what `plan.py` decides: moves files between folders and lets content expire.

Order makes a crash harmless. A file is copied before its record names the new tier, and its record
says *Deleted* before the file goes; what a crash leaves over is a file that no record needs, which
a later sweep removes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from harmony.foundation.clock import Clock
from harmony.foundation.durable import sync_folder
from harmony.foundation.failpoints import failpoint
from harmony.pit.artifacts.store import ArtifactStore
from harmony.pit.stale.carry import Carry
from harmony.pit.stale.plan import DAY, KEEP_AT_LEAST, Budget, Move, Report, Rules, plan_moves
from harmony.polyphony.artifact_moves import ArtifactMove
from harmony.polyphony.artifact_moves import allowed as allowed_moves
from harmony.polyphony.reading import stored_artifacts
from harmony.polyphony.store import Store
from harmony.states.artifact import ArtifactState

_TOGETHER: Final = 100  # moves in one transaction
_BYTES_TOGETHER: Final = 256 << 20  # of content, where one is not more than that alone


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
        self._carry = Carry(artifacts, store)

    def plan(self, now: float, budget: Budget) -> list[Move]:
        """What is due at `now` (Unix seconds). Changes nothing but the noted access times."""
        self._artifacts.flush_accesses()
        # On the writer thread, behind the access times that were just handed in.
        return plan_moves(self._store.in_transaction(stored_artifacts), now, budget, self._rules)

    def apply(self, moves: Iterable[Move]) -> Report:
        """Carry out moves. What has become protected or was touched since is left as it is.

        Raises ColdTargetError when the cold tier is away, after all that it has no part in.
        """
        report = Report()
        due = [move for move in moves if move.to_tier != move.from_tier]
        cold = ArtifactState.CLOUD_COLD
        near = [move for move in due if move.to_tier != cold]
        for waiting in (near, [move for move in due if move.to_tier == cold]):
            while waiting:
                together = waiting[: _how_many(waiting)]
                del waiting[: len(together)]
                report = report + self._apply(together)
        return report

    def _apply(self, moves: list[Move]) -> Report:
        """One transaction for these moves, between the copying before and the deleting after."""
        places = {
            move.hash: self._artifacts.locate(move.hash, move.suffix, move.from_tier)
            for move in moves
        }
        due = self._allowed(moves, places)
        carried = self._carry.all(due, places)
        failpoint("artifacts.carried")
        done = self._store.in_transaction(
            lambda c: carried.settle(c, [_record(move, self._clock.wall()) for move in due])
        )
        failpoint("artifacts.settled")
        for path in carried.needless(done):
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        made = [move for move in due if move.hash in done]
        deleted = [move for move in made if move.to_tier == ArtifactState.DELETED]
        damaged = tuple(carried.damaged)
        return Report(
            len(made) - len(deleted),
            len(deleted),
            sum(move.size for move in deleted),
            tuple(m.hash for m in moves if m.hash not in done and m.hash not in damaged),
            damaged,
        )

    def _allowed(self, moves: list[Move], places: Mapping[str, Path | None]) -> list[Move]:
        """Those that still hold: nothing was copied for the others when the store refuses them."""
        records = [_record(move, 0.0) for move in moves]
        allowed = {move.hash for move in self._store.reading(lambda c: allowed_moves(c, records))}
        return [
            move
            for move in moves
            if move.hash in allowed
            and ((path := places[move.hash]) is None or not self._touched(path))
        ]

    def sweep(self) -> list[Path]:
        """Remove files that no record names, a day after they were written, and say which.

        What attempts of ended runs have left in their staging folders goes too, and packs that
        nothing needs any more.
        """
        removed: list[Path] = []
        for folder in dict.fromkeys((self._artifacts.hot, self._artifacts.warm)):
            for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*")):
                if self._clock.wall() - path.stat().st_mtime >= DAY and not self._is_needed(path):
                    path.unlink()
                    removed.append(path)
        self._artifacts.chunks.tidy()
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


def _how_many(moves: Sequence[Move]) -> int:
    """How many of these moves are made together: at least one, and not too much to copy."""
    size = 0
    for count, move in enumerate(moves[:_TOGETHER]):
        size += move.size
        if count and size > _BYTES_TOGETHER:
            return count
    return min(len(moves), _TOGETHER)


def _record(move: Move, at: float) -> ArtifactMove:
    return ArtifactMove(move.hash, move.from_tier, move.event, move.to_tier, move.why, at)
