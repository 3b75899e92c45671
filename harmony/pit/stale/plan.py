"""Which artifact moves to which tier: a pure decision over their ages, sizes and protections.

An artifact ages from when it was last read. Hot content goes to the warm folder, warm content would
go to the cloud (none is configured, so it stays warm and the decision says so), content past its
retention is deleted. Under a disk budget the content that was read longest ago goes first. Records
and lineage always stay; pinned content, content of unfinished runs and of checkpoints is never
touched (seeds/000 section 5, DESIGN.md section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harmony.polyphony.records import StoredArtifact
from harmony.states.artifact import CHART, ArtifactEvent, ArtifactState

DAY: Final = 86_400.0
KEEP_AT_LEAST: Final = 3_600.0
"""Seconds for which nothing new is touched: its run's records may still be on their way."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Ages in days since the last access."""

    hot_days: float = 7
    warm_days: float = 30
    retention_days: float = 365


@dataclass(frozen=True, slots=True)
class Budget:
    """How many bytes of content may stay in all tiers together."""

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
    """What applying moves did: how many, how many bytes were freed, and what stayed after all."""

    moved: int = 0
    deleted: int = 0
    freed: int = 0
    kept: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:
        return Report(
            self.moved + other.moved,
            self.deleted + other.deleted,
            self.freed + other.freed,
            self.kept + other.kept,
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
    gone = {move.hash for move in moves.values() if move.to_tier == ArtifactState.DELETED}
    left = sum(artifact.size for artifact in artifacts if artifact.hash not in gone)
    for artifact in sorted(artifacts, key=lambda found: (found.accessed, found.hash)):
        if left <= budget.bytes:
            break
        recent = now - max(artifact.at, artifact.accessed) < KEEP_AT_LEAST
        if artifact.protected or recent or artifact.hash in gone:
            continue
        why = f"{left - budget.bytes:,} bytes above the disk budget; read longest ago"
        moves[artifact.hash] = _move(artifact, ArtifactEvent.DISK_BUDGET_EXCEEDED, why)
        left -= artifact.size
    return list(moves.values())


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
        return Move(
            artifact.hash,
            artifact.size,
            artifact.suffix,
            tier,
            tier,
            ArtifactEvent.AGE_OVER_30_DAYS,
            f"not read for {days:.0f} days; no cloud storage is configured, so it stays warm",
        )
    return None


def _move(artifact: StoredArtifact, event: str, why: str) -> Move:
    """A move along the chart; from warm past retention by way of the cloud tier, as it draws it."""
    tier = artifact.tier
    if event == ArtifactEvent.AGE_OVER_RETENTION_PERIOD and tier == ArtifactState.HDD_WARM:
        tier = CHART.next(tier, ArtifactEvent.AGE_OVER_30_DAYS)
    to_tier = CHART.next(tier, event)
    return Move(artifact.hash, artifact.size, artifact.suffix, artifact.tier, to_tier, event, why)
