"""Whether a whole database is as it was written: `harmony verify` without the content of artifacts.

It reads and changes nothing, beside a program that has the store open as well. The mark is read
before the database, since a commit comes before its mark; each run is read in a transaction of its
own, so that a run which goes on meanwhile is seen at one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import apsw

from harmony.foundation.paths import DataFolder
from harmony.polyphony import checkpoints, verification
from harmony.polyphony.chain import link
from harmony.polyphony.errors import StoreError
from harmony.polyphony.findings import Finding, of_warning
from harmony.polyphony.high_water import Slots, read_slots
from harmony.polyphony.preparation import snapshot_key
from harmony.polyphony.run_inspection import inspect_run
from harmony.polyphony.schema import fetch, open_for_reading

Progress = Callable[[str, int, int], None]
"""Gets what is looked at, how much of it is done, and how much there is."""

MOST_OF_INTEGRITY: Final = 20
"""Lines of SQLite's own check that are told."""


def inspect_database(folder: DataFolder, progress: Progress = lambda *_: None) -> list[Finding]:
    """Everything about the database that is not as it was written. Empty for a sound one.

    A database that cannot be opened is a finding; there is none where nothing was ever kept.
    """
    path = folder.database
    slots = read_slots(folder.high_water)
    if repaired_copy(path).exists():
        return [Finding("polyphony.repair_unfinished", {"path": str(path)})]
    if not path.exists():
        if slots.newest is None:
            return []
        return [Finding("polyphony.database_gone", {"path": str(path)})]
    try:
        connection = open_for_reading(path)
    except StoreError as error:
        return [Finding("polyphony.database_unreadable", {"reason": str(error)})]
    try:
        return _inspect(connection, path, slots, progress)
    except apsw.Error as error:
        reason = f"{type(error).__name__}: {error}"
        return [Finding("polyphony.database_unreadable", {"reason": reason})]
    finally:
        connection.close()


def repaired_copy(path: Path) -> Path:
    """Where a database that was put together anew waits to take the place of a damaged one."""
    return path.with_name(f"{path.name}.repaired")


def known_losses(connection: apsw.Connection) -> set[str]:
    """The keys of all findings that a repair could not make good and wrote down."""
    rows = fetch(
        connection,
        "SELECT loss.value FROM system_chain,"
        " json_each(iif(json_valid(content), content, '{}'), '$.repair.known') AS loss",
    )
    return {row[0] for row in rows}


@contextmanager
def one_instant(connection: apsw.Connection) -> Iterator[None]:
    """Let every query in the block see the same commits."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def _inspect(
    connection: apsw.Connection, path: Path, slots: Slots, progress: Progress
) -> list[Finding]:
    progress("database", 0, 1)
    lines = [str(row[0]) for row in fetch(connection, "PRAGMA integrity_check")]
    if lines != ["ok"]:
        found = [Finding("polyphony.pages_damaged", {"reason": "; ".join(lines[:3])})]
        # With torn pages the other answers are not to be trusted; after a repair they are asked.
        return found[:MOST_OF_INTEGRITY]
    found = []
    with one_instant(connection):
        known = known_losses(connection)
        found += _mark(connection, slots)
        found += _system_chain(connection)
        runs = [row[0] for row in fetch(connection, _ALL_RUNS)]
    for place, run in enumerate(runs):
        if place % 50 == 0:
            progress("runs", place, len(runs))
        with one_instant(connection):
            found += inspect_run(connection, run)
    progress("runs", len(runs), len(runs))
    with one_instant(connection):
        found += _melodies(connection)
        found += _artifact_rows(connection)
        found += map(of_warning, checkpoints.damaged(connection))
    found += _left_over(path)
    return [each.as_known() if each.key in known else each for each in found]


_ALL_RUNS: Final = (
    "SELECT id FROM runs UNION SELECT run FROM chain_heads"
    " UNION SELECT DISTINCT run FROM journal ORDER BY 1"
)


def _mark(connection: apsw.Connection, slots: Slots) -> list[Finding]:
    last = fetch(connection, "SELECT max(number) FROM system_chain")[0][0] or 0
    found = []
    if slots.damaged:
        found.append(Finding("polyphony.mark_damaged", {"slots": slots.damaged}))
    if slots.newest is None:
        if last and not slots.damaged:
            found.append(Finding("polyphony.mark_missing", {"number": last}))
        return found
    missing = verification.missing_commits(connection, slots.newest)
    return [*found, of_warning(missing)] if missing is not None else found


def _system_chain(connection: apsw.Connection) -> list[Finding]:
    found = []
    for each in map(of_warning, verification.verify_system(connection)):
        if each.code == "polyphony.system_chain_changed":
            # As it stands now: what was noted as lost must not hide that it changed once more.
            rows = fetch(
                connection,
                "SELECT hex(hash), content FROM system_chain WHERE number = ?",
                each.parameters["number"],
            )
            stands = link(bytes.fromhex(rows[0][0]), rows[0][1]).hex()
            found.append(replace(each, parameters={**each.parameters, "stands": stands}))
        else:
            found.append(each)
    return found


def _melodies(connection: apsw.Connection) -> list[Finding]:
    found = []
    for (snapshot,) in fetch(connection, "SELECT snapshot FROM melodies ORDER BY 1"):
        content = fetch(connection, "SELECT content FROM melodies WHERE snapshot = ?", snapshot)
        if snapshot_key(bytes(content[0][0])) != snapshot:
            found.append(Finding("polyphony.melody_changed", {"snapshot": snapshot}))
    rows = fetch(
        connection,
        "SELECT snapshot, min(name) FROM (SELECT snapshot, name FROM runs"
        " UNION ALL SELECT snapshot, name FROM melody_versions)"
        " WHERE snapshot NOT IN (SELECT snapshot FROM melodies) GROUP BY snapshot",
    )
    found += [
        Finding("polyphony.melody_missing", {"snapshot": snapshot, "name": name})
        for snapshot, name in rows
    ]
    return found


def _artifact_rows(connection: apsw.Connection) -> list[Finding]:
    """What journals refer to must have a row; what is cut into chunks must have all of them."""
    rows: list[Any] = fetch(
        connection,
        "SELECT hash, min(run), min(task) FROM run_artifacts"
        " WHERE hash NOT IN (SELECT hash FROM artifacts) GROUP BY hash ORDER BY hash",
    )
    found = [
        Finding("polyphony.artifact_row_missing", {"hash": digest, "run": run, "task": task})
        for digest, run, task in rows
    ]
    rows = fetch(
        connection,
        "SELECT DISTINCT artifact FROM artifact_chunks LEFT JOIN chunks ON id = chunk"
        " WHERE id IS NULL ORDER BY 1",
    )
    found += [Finding("polyphony.chunks_missing", {"hash": digest}) for (digest,) in rows]
    return found


def _left_over(path: Path) -> list[Finding]:
    left = [*path.parent.glob(f"{path.name}.*.arriving"), *path.parent.glob(f"{path.name}.repair*")]
    return [
        Finding("polyphony.file_left_over", {"path": str(file)}, "leftover")
        for file in sorted(left)
    ]
