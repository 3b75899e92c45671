"""`harmony verify` and `harmony repair`: is everything as it was written, and if not, what then.

Verifying changes nothing and works beside a program that has the store open. So does repairing,
except where the database file itself must be put together anew.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harmony.bootstrap.tiers import Tiers, tiers_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import arm_from_environment
from harmony.foundation.paths import DataFolder, data_folder
from harmony.foundation.settings import Settings, load
from harmony.pit.artifacts.inspection import inspect_content
from harmony.pit.artifacts.repair import record_again, repair_content
from harmony.polyphony.findings import Finding, of_warning
from harmony.polyphony.inspection import inspect_database
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.repair import repair_rows
from harmony.polyphony.salvage import salvage
from harmony.polyphony.schema import open_for_reading
from harmony.polyphony.store import open_store

UNREADABLE: Final = frozenset(
    f"polyphony.{name}"
    for name in ("database_unreadable", "database_gone", "pages_damaged", "repair_unfinished")
)

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Repaired:
    """What a repair did, what it found lost, and what is still wrong after it."""

    done: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)


def verify(home: str | None, *, as_json: bool) -> int:
    """`harmony verify`. Exit status 0 when all is as it was written, 1 when something is not."""
    folder = data_folder(home)
    with _shown(as_json) as progress:
        findings = inspect(folder, progress)
    _tell(findings, as_json=as_json)
    return int(any(finding.kind == "damage" for finding in findings))


def repair(home: str | None, *, dry_run: bool, as_json: bool) -> int:
    """`harmony repair`. Exit status 0 when nothing is wrong after it, 1 when something still is."""
    arm_from_environment()
    folder = data_folder(home)
    with _shown(as_json) as progress:
        before = inspect(folder, progress)
        if dry_run:
            after = Repaired(left=before)
        else:
            after = mend(folder, before, progress)
    told = [] if dry_run else after.done
    if as_json:
        report: dict[str, Any] = {
            "dry_run": dry_run,
            "found": [finding.to_json() for finding in before],
            "done": [{"code": each.code, "message": each.message, **_place(each)} for each in told],
            "left": [finding.to_json() for finding in after.left],
        }
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        for each in told:
            sys.stdout.write(f"{each.message}\n")
        _tell(after.left, as_json=False)
        if dry_run and any(finding.kind == "damage" for finding in before):
            sys.stdout.write(
                "Nothing was changed. Without --dry-run each of these is restored from a copy, or "
                "put aside and named.\n"
            )
    return int(any(finding.kind == "damage" for finding in after.left))


def inspect(folder: DataFolder, progress: Progress) -> list[Finding]:
    """All that is wrong in a data folder; changes nothing."""
    findings = inspect_database(folder, progress)
    if not folder.database.exists() or any(each.code in UNREADABLE for each in findings):
        return findings
    settings = load(folder.settings_file)
    connection = open_for_reading(folder.database)
    try:
        return findings + inspect_content(connection, _folders(settings, folder), progress)
    finally:
        connection.close()


def mend(folder: DataFolder, findings: Sequence[Finding], progress: Progress) -> Repaired:
    """Repair what was found, and look again. Raises HarmonyError, OSError."""
    clock, done = SystemClock(), list[Finding]()
    quarantine = folder.home / "quarantine"
    folder.ensure()
    if any(finding.code in UNREADABLE for finding in findings):
        lock = WriteLock(folder.home / "store.lock")
        try:
            with lock.held():
                place = quarantine / f"database-{int(clock.wall())}"
                done += salvage(folder.database, place).findings()
        finally:
            lock.close()
    elif not any(finding.kind == "damage" for finding in findings):
        return Repaired(left=list(findings))
    with open_store(folder, clock) as store:
        done += map(of_warning, store.problems)
        tiers: Tiers = tiers_of(load(folder.settings_file), folder, store, clock, os.environ)
        # What was found before it could be opened is not all; and what was lost is noted by now.
        found = list(findings)
        if done:
            found = inspect_database(folder, progress)
        done += repair_rows(store, found, quarantine, clock.wall())
        done += record_again(store, tiers.artifacts, inspect_database(folder))
        done += repair_content(store, tiers.artifacts, inspect(folder, progress))
    return Repaired(done, inspect(folder, progress))


def _folders(settings: Settings, folder: DataFolder) -> tuple[Path, ...]:
    hot = Path(settings.hot_folder) if settings.hot_folder else folder.artifacts
    return hot, Path(settings.warm_folder) if settings.warm_folder else hot


def _place(finding: Finding) -> dict[str, Any]:
    return {"parameters": dict(finding.parameters)}


def _tell(findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps([each.to_json() for each in findings], indent=2) + "\n")
        return
    for kind in ("damage", "known", "leftover"):
        for finding in findings:
            if finding.kind == kind:
                sys.stdout.write(f"{kind}: {finding.message} {finding.cure}\n")
    if not any(finding.kind == "damage" for finding in findings):
        sys.stdout.write("Everything is as it was written.\n")


@contextmanager
def _shown(as_json: bool) -> Iterator[Progress]:
    """A line on the terminal that says how far it is; nothing where nobody watches."""
    watched = sys.stderr.isatty() and not as_json

    def show(what: str, done: int, total: int) -> None:
        if watched:
            sys.stderr.write(f"\r\x1b[K{what}: {done} of {total}")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if watched:
            sys.stderr.write("\r\x1b[K")
