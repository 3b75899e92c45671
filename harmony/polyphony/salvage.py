"""A damaged database file is put together anew from every row that can still be read.

The order makes a kill at any instant harmless: the old files are copied into the quarantine; the
new database is written beside the old one, synced, and only then gets the name that says that it is
whole (`repaired_copy`); the old log goes; the new one takes the old one's place. While that name is
there no program opens the store, and the next repair goes on from it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apsw

from harmony.foundation.durable import rename_durably, sync_file, sync_folder
from harmony.foundation.failpoints import failpoint
from harmony.polyphony.errors import StoreUnusableError
from harmony.polyphony.findings import Finding
from harmony.polyphony.inspection import repaired_copy
from harmony.polyphony.migrations import MIGRATIONS
from harmony.polyphony.schema import APPLICATION_ID, VERSION, fetch

BESIDE: Final = ("-wal", "-shm", "-journal")
_FILLED_ANEW: Final = ("searchable",)
"""Its partner, the index of words, cannot be copied; both are made again from the content."""

_TOGETHER: Final = 200


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came of it: how many rows are kept, where the old files lie, and tables with losses."""

    rows: int
    place: Path
    lost: tuple[str, ...]

    def findings(self) -> list[Finding]:
        """The same as something to tell."""
        told = [
            Finding("polyphony.repaired_database", {"rows": self.rows, "place": str(self.place)})
        ]
        return told + [Finding("polyphony.rows_lost", {"table": table}) for table in self.lost]


def refuse_in_use(path: Path) -> None:
    """Raise StoreUnusableError when another program has the database open."""
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    except apsw.Error:
        return  # nobody can have opened it
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        connection.execute("BEGIN EXCLUSIVE; ROLLBACK")
    except (apsw.BusyError, apsw.LockedError) as error:
        raise StoreUnusableError("polyphony.store_in_use", reason=str(error)) from error
    except apsw.Error:
        return  # it is damaged: that is why we are here
    finally:
        connection.close()


def salvage(path: Path, quarantine: Path) -> Salvage:
    """Put the database together anew. Under the store's lock. Raises StoreError, OSError."""
    refuse_in_use(path)
    ready = repaired_copy(path)
    if ready.exists():
        _take_the_place(path, ready)
        return Salvage(_rows_of(path), quarantine, ())
    _keep_aside(path, quarantine)
    arriving = path.with_name(f"{path.name}.repairing")
    for file in (arriving, *(arriving.with_name(arriving.name + end) for end in BESIDE)):
        file.unlink(missing_ok=True)
    rows, lost = _copy(path, arriving)
    arriving.chmod(0o600)
    with arriving.open("rb+") as written:
        sync_file(written.fileno())
    failpoint("repair.salvaged")
    rename_durably(arriving, ready)
    failpoint("repair.ready")
    _take_the_place(path, ready)
    return Salvage(rows, quarantine, lost)


def _take_the_place(path: Path, ready: Path) -> None:
    # An old log beside the new file would be played into it.
    for end in BESIDE:
        path.with_name(path.name + end).unlink(missing_ok=True)
    sync_folder(path.parent)
    failpoint("repair.log_removed")
    rename_durably(ready, path)


def _keep_aside(path: Path, quarantine: Path) -> None:
    """Copies of the files as they are; a repair that was cut short may have made them before."""
    quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source in (path, *(path.with_name(path.name + end) for end in BESIDE)):
        if source.exists():
            target = quarantine / source.name
            shutil.copyfile(source, target)
            with target.open("rb+") as file:
                sync_file(file.fileno())
    sync_folder(quarantine)
    sync_folder(quarantine.parent)


def _copy(path: Path, target: Path) -> tuple[int, tuple[str, ...]]:
    new = apsw.Connection(str(target))
    lost: list[str] = []
    count = 0
    try:
        new.execute("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL").fetchall()
        old = _opened(path)
        new.execute("BEGIN")
        for statements in MIGRATIONS[: _form_of(old)]:
            new.execute(statements)
        for table in _tables(new):
            kept, whole = _copy_table(old, new, table)
            count += kept
            if not whole:
                lost.append(table)
        new.execute(f"PRAGMA user_version = {_form_of(old)}")
        new.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        new.execute("COMMIT")
        if old is not None:
            old.close()
    finally:
        new.close()
    return count, tuple(lost)


def _opened(path: Path) -> apsw.Connection | None:
    """The old database, if its first page says enough to ask for anything else."""
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.execute("PRAGMA query_only = 1")
        fetch(connection, "SELECT count(*) FROM sqlite_schema")
    except apsw.Error:
        return None
    return connection


def _form_of(old: apsw.Connection | None) -> int:
    if old is None:
        return VERSION
    try:
        version = int(fetch(old, "PRAGMA user_version")[0][0])
    except apsw.Error:
        return VERSION
    return version if 0 < version <= VERSION else VERSION


def _tables(connection: apsw.Connection) -> list[str]:
    rows = fetch(
        connection,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    return [row[0] for row in rows if row[0] not in _FILLED_ANEW]


def _copy_table(old: apsw.Connection | None, new: apsw.Connection, table: str) -> tuple[int, bool]:
    """How many rows of a table are kept, and whether those are all that can have been there."""
    if old is None:
        return 0, False
    columns = [row[0] for row in fetch(new, "SELECT name FROM pragma_table_info(?)", table)]
    named = ", ".join(f'"{column}"' for column in columns)
    insert = f'INSERT OR IGNORE INTO "{table}" ({named}) VALUES ({", ".join("?" * len(columns))})'
    key = _key_of(new, table)
    whole = True
    # From both ends: what is damaged in the middle keeps nothing but itself from being read.
    for order in ("ASC", "DESC"):
        ordered = ", ".join(f"{column} {order}" for column in key)
        try:
            rows = old.execute(f'SELECT {named} FROM "{table}" NOT INDEXED ORDER BY {ordered}')
            _insert_all(new, insert, rows)
        except (apsw.CorruptError, apsw.IOError, apsw.SQLError, apsw.NotADBError):
            whole = False
        if whole:
            break
    return int(fetch(new, f'SELECT count(*) FROM "{table}"')[0][0]), whole


def _insert_all(new: apsw.Connection, insert: str, rows: Iterable[Any]) -> None:
    for row in rows:
        try:
            new.execute(insert, row)
        except (apsw.ConstraintError, apsw.MismatchError):
            continue  # a flipped bit made it what the table does not take; its chain will say so


def _key_of(connection: apsw.Connection, table: str) -> list[str]:
    """The columns by which the rows lie in the file."""
    without = fetch(connection, "SELECT wr FROM pragma_table_list WHERE name = ?", table)[0][0]
    if not without:
        return ["rowid"]
    rows = fetch(
        connection, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", table
    )
    return [f'"{row[0]}"' for row in rows]


def _rows_of(path: Path) -> int:
    connection = apsw.Connection(str(path))
    try:
        return sum(
            int(fetch(connection, f'SELECT count(*) FROM "{table}"')[0][0])
            for table in _tables(connection)
        )
    finally:
        connection.close()


def as_text(rows: Iterable[Any]) -> str:
    """Rows of a table as JSON lines, bytes as hexadecimal text: for what is put aside."""
    return "".join(
        json.dumps([value.hex() if isinstance(value, bytes) else value for value in row]) + "\n"
        for row in rows
    )
