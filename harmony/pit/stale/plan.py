"""Which artifact moves to which tier: a pure decision over their ages, sizes and protections.

An artifact ages from when it was last read. Hot content goes to the warm folder, warm content to
the cold tier (without one it stays warm, and the decision says so), content past its retention is
deleted. Under a disk budget the content that was read longest ago goes first: to the cold tier,
and where there is none, or it would not help, out. Records and lineage always stay; what is on hold
or pinned, and content of unfinished runs and of checkpoints, is never touched (seeds/000 section 5,
DESIGN.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harmony.polyphony.records import StoredArtifact
from harmony.states.artifact import CHART, ArtifactEvent, ArtifactState

DAY: Final = 86_400.0
_EXCEEDED: Final = ArtifactEvent.DISK_BUDGET_EXCEEDED
KEEP_AT_LEAST: Final = 3_600.0
"""Seconds for which nothing new is touched: its run's records may still be on their way."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Ages in days since the last access, and whether there is a cold tier."""

    hot_days: float = 7
    warm_days: float = 30
    retention_days: float = 365
    cold: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """How many bytes content may take on this machine. What lies in the cold tier takes none."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Move:
    """One decision. `event` is chart 5's; where `to_tier` is `from_tier`, nothing moves and `why`
    says what would have."""

    hash: str
    size: int
    suffix: str
    from_tier: str
    to_tier: str
    event: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What applying moves did: how many, how many bytes were freed, and what stayed after all.

    What was found damaged on the way was put aside.
    """

    moved: int = 0
    deleted: int = 0
    freed: int = 0
    kept: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:
        return Report(
            self.moved + other.moved,
            self.deleted + other.deleted,
            self.freed + other.freed,
            self.kept + other.kept,
            self.damaged + other.damaged,
        )


def plan_moves(
    artifacts: Sequence[StoredArtifact], now: float, budget: Budget, rules: Rules
) -> list[Move]:
    """The moves that are due, at most one an artifact. Pure: decides, and touches nothing."""
    moves: dict[str, Move] = {}
    for artifact in artifacts:
        if artifact.protected or now - max(artifact.at, artifact.accessed) < KEEP_AT_LEAST:
            continue
        move = _by_age(artifact, now, rules)
        if move is not None:
            moves[artifact.hash] = move
    left = sum(artifact.on_disk for artifact in artifacts)
    left -= sum(_freed(artifact, moves.get(artifact.hash)) for artifact in artifacts)
    if left <= budget.bytes:
        return list(moves.values())
    for to_cold in (True, False) if rules.cold else (False,):
        for artifact in sorted(artifacts, key=lambda found: (found.accessed, found.hash)):
            if left <= budget.bytes:
                break
            recent = now - max(artifact.at, artifact.accessed) < KEEP_AT_LEAST
            freed = artifact.on_disk - _freed(artifact, moves.get(artifact.hash))
            if artifact.protected or recent or not freed or (to_cold and artifact.inline):
                continue
            why = f"{left - budget.bytes:,} bytes above the disk budget; read longest ago"
            event = ArtifactEvent.DISK_SPACE_NEEDED if to_cold else _EXCEEDED
            moves[artifact.hash] = _move(artifact, event, why)
            left -= freed
    return list(moves.values())


def _freed(artifact: StoredArtifact, move: Move | None) -> int:
    """Bytes on this machine that a move frees."""
    if move is None or move.to_tier not in (ArtifactState.DELETED, ArtifactState.CLOUD_COLD):
        return 0
    if move.to_tier == ArtifactState.CLOUD_COLD and artifact.inline:
        return 0  # a small value stays in the store's database, whatever its tier
    return artifact.on_disk


def _by_age(artifact: StoredArtifact, now: float, rules: Rules) -> Move | None:
    days = (now - artifact.accessed) / DAY
    tier = artifact.tier
    if tier == ArtifactState.SSD_HOT:
        if days > rules.hot_days:
            return _move(artifact, ArtifactEvent.AGE_OVER_7_DAYS, f"not read for {days:.0f} days")
        return None
    if tier == ArtifactState.HDD_WARM and days <= rules.hot_days:
        return _move(artifact, ArtifactEvent.ACCESS_DETECTED, "read again")
    if days > rules.retention_days:
        return _move(
            artifact,
            ArtifactEvent.AGE_OVER_RETENTION_PERIOD,
            f"not read for {days:.0f} days, kept for {rules.retention_days:g}",
        )
    if tier == ArtifactState.HDD_WARM and days > rules.warm_days:
        if rules.cold:
            return _move(artifact, ArtifactEvent.AGE_OVER_30_DAYS, f"not read for {days:.0f} days")
        return Move(
            artifact.hash,
            artifact.size,
            artifact.suffix,
            tier,
            tier,
            ArtifactEvent.AGE_OVER_30_DAYS,
            f"not read for {days:.0f} days; no cold tier is configured, so it stays warm",
        )
    return None


def _move(artifact: StoredArtifact, event: str, why: str) -> Move:
    """A move along the chart; from warm past retention by way of the cloud tier, as it draws it."""
    tier = artifact.tier
    if event == ArtifactEvent.AGE_OVER_RETENTION_PERIOD and tier == ArtifactState.HDD_WARM:
        tier = CHART.next(tier, ArtifactEvent.AGE_OVER_30_DAYS)
    to_tier = CHART.next(tier, event)
    return Move(artifact.hash, artifact.size, artifact.suffix, artifact.tier, to_tier, event, why)
