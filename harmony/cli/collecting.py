"""`harmony gc`: what is due to move to another tier or out, why, and what must stay.

The same rules as in the running program (settings: ages, cold tier, disk budget), at once and in
sight. With `--dry-run` nothing is touched.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harmony.bootstrap.tiers import tiers_of
from harmony.cli.artifacts import maker_of, opened_store, size_text
from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import arm_from_environment
from harmony.foundation.paths import data_folder
from harmony.foundation.settings import load
from harmony.pit.stale import Move, Report
from harmony.polyphony.records import StoredArtifact


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look at all content gave."""

    moves: list[Move]
    stored: list[StoredArtifact]
    makers: dict[str, tuple[str, str]]
    budget: int


def collect(home: str | None, *, dry_run: bool, as_json: bool) -> int:
    """`harmony gc`. Exit status 0, or 1 when something was found damaged on the way."""
    arm_from_environment()
    clock, folder = SystemClock(), data_folder(home)
    with opened_store(home) as store:
        tiers = tiers_of(load(folder.settings_file), folder, store, clock, os.environ)
        moves = tiers.stale.plan(clock.wall(), tiers.budget)
        makers = {move.hash: maker_of(store, move.hash) for move in moves}
        found = _Found(moves, store.stored_artifacts(), makers, tiers.budget.bytes)
        report, files = Report(), 0
        if not dry_run:
            report = tiers.stale.apply(moves)
            files = len(tiers.stale.sweep())
    if as_json:
        sys.stdout.write(json.dumps(_to_json(found, report, files, dry_run), indent=2) + "\n")
    else:
        _print(found, report, files, dry_run)
    return 1 if report.damaged else 0


def _stays(stored: Sequence[StoredArtifact]) -> list[dict[str, Any]]:
    """What must stay, by the reason."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for artifact in stored:
        if artifact.protected:
            counts[artifact.protected] += 1
            sizes[artifact.protected] += artifact.on_disk
    return [{"why": why, "count": counts[why], "bytes": sizes[why]} for why in sorted(counts)]


def _to_json(found: _Found, report: Report, files: int, dry_run: bool) -> dict[str, Any]:
    kinds = {artifact.hash: artifact.type for artifact in found.stored}
    moves = []
    for move in found.moves:
        run, task = found.makers[move.hash]
        moves.append({**asdict(move), "type": kinds.get(move.hash, ""), "run": run, "task": task})
    return {
        "dry_run": dry_run,
        "moves": moves,
        "stays": _stays(found.stored),
        "on_disk": sum(artifact.on_disk for artifact in found.stored),
        "budget": found.budget,
        "done": {**asdict(report), "files_removed": files},
    }


def _print(found: _Found, report: Report, files: int, dry_run: bool) -> None:
    from rich.markup import escape

    from harmony.cli.screen import console, table

    screen, kinds = console(), {artifact.hash: artifact.type for artifact in found.stored}
    rows = table("artifact", "type", "size", "from", "to", "why", "made by")
    for move in found.moves:
        run, task = found.makers[move.hash]
        rows.add_row(
            move.hash[:10],
            kinds.get(move.hash, ""),
            size_text(move.size),
            move.from_tier,
            move.to_tier if move.to_tier != move.from_tier else "stays",
            escape(move.why),
            escape(f"{task} of {run[-8:]}" if run else ""),
        )
    screen.print(rows if found.moves else "Nothing is due.")
    taken = sum(artifact.on_disk for artifact in found.stored)
    screen.print(f"Content on this machine: {size_text(taken)} of {size_text(found.budget)}.")
    for stays in _stays(found.stored):
        what = "artifact" if stays["count"] == 1 else "artifacts"
        screen.print(f"Stays, {stays['why']}: {stays['count']} {what}, {size_text(stays['bytes'])}")
    if dry_run:
        screen.print("Nothing was changed. Without --dry-run this would be done.")
        return
    screen.print(
        f"Moved {report.moved}, deleted {report.deleted} ({size_text(report.freed)}), "
        f"left as they were {len(report.kept)}; removed {files} files that nothing needs."
    )
    for digest in report.damaged:
        screen.print(f"[red]Damaged, put aside:[/] {digest}. See harmony artifact {digest[:10]}")
