"""Opening a database so that nothing foreign, newer or damaged is written over.

An older one is brought up to date by the migrations; a copy of how it was is kept beside it first.
What the tables are is said by a `Form`: the store of melodies and runs has one, and a room above
that keeps a database of its own brings another.
"""

from __future__ import annotations

from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any, Final

import apsw

from harmony.foundation.durable import rename_durably, sync_file
from harmony.foundation.failpoints import failpoint
from harmony.polyphony.errors import (
    StoreDiskError,
    StoreError,
    StoreFullError,
    StoreUnusableError,
    StoreWriteError,
)
from harmony.polyphony.migrations import MIGRATIONS

APPLICATION_ID: Final = 0x48524D59  # "HRMY": tells this file from any other SQLite database
VERSION: Final = len(MIGRATIONS)
BUSY_TIMEOUT_MS: Final = 30_000
_HEADER_LENGTH: Final = 100
_OF_THE_DISK: Final = (OSError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError)


@dataclass(frozen=True, slots=True)
class Form:
    """What is in a database: its mark in the file's header, and the steps that make its tables."""

    application_id: int
    migrations: tuple[str, ...]

    @property
    def version(self) -> int:
        return len(self.migrations)


STORE: Final = Form(APPLICATION_ID, MIGRATIONS)


def open_for_writing(path: Path, form: Form = STORE) -> apsw.Connection:
    """A connection that writes durably; creates the database, or brings an older one up to date.

    Raises StoreError for a file that is no store, is damaged or truncated, or comes from a newer
    program. Such a file is left exactly as it is.
    """
    _refuse_half_repaired(path)
    _refuse_truncated(path)
    try:
        connection = apsw.Connection(str(path))
    except apsw.Error as error:
        raise unusable(path, error) from error
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        _keep_older(connection, path, form)
        _migrate(connection, path, form)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except StoreError:
        connection.close()
        raise
    except apsw.Error as error:
        connection.close()
        raise unusable(path, error) from error
    return connection


def open_for_reading(path: Path) -> apsw.Connection:
    """A connection to an existing store that refuses to write. Raises StoreError."""
    try:
        # Not opened read-only: a reader in WAL mode has to write the index file beside the WAL.
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA query_only = 1")
    except apsw.Error as error:
        raise unusable(path, error) from error
    return connection


def fetch(connection: apsw.Connection, statement: str, *values: object) -> list[Any]:
    """All rows of a query. What a column holds is known to whoever wrote the query."""
    return connection.execute(statement, values).fetchall()


def unusable(path: Path, error: BaseException) -> StoreError:
    """The named error for what SQLite or the system said about the database."""
    if isinstance(error, (apsw.NotADBError, apsw.CorruptError)):
        return StoreUnusableError("polyphony.store_damaged", path=str(path), reason=str(error))
    return StoreUnusableError("polyphony.store_not_opened", path=str(path), reason=str(error))


def write_error(path: Path, error: BaseException) -> StoreError:
    """The named error for a commit that SQLite or the system refused."""
    if isinstance(error, StoreError):
        return error
    full = isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT)
    if full or isinstance(error, apsw.FullError):
        return StoreFullError("polyphony.disk_full", path=str(path))
    reason = f"{type(error).__name__}: {error}"
    kind = StoreDiskError if isinstance(error, _OF_THE_DISK) else StoreWriteError
    return kind("polyphony.write_failed", path=str(path), reason=reason)


def backup_of(path: Path, version: int) -> Path:
    """Where the copy of a database lies that was made before it left this version."""
    return path.with_name(f"{path.name}.version-{version}")


def _keep_older(connection: apsw.Connection, path: Path, form: Form) -> None:
    """Copy a database of an older version, whole and synced, before anything in it is changed."""
    version = _number(connection, "user_version")
    known = _number(connection, "application_id") == form.application_id
    if not known or not 0 < version < form.version:
        return
    target = backup_of(path, version)
    arriving = target.with_name(target.name + ".arriving")
    try:
        arriving.unlink(missing_ok=True)
        # Not a copy of the file: what is committed may still stand in the log beside it.
        connection.execute("VACUUM INTO ?", (str(arriving),))
        arriving.chmod(0o600)
        with arriving.open("rb+") as file:
            sync_file(file.fileno())
        rename_durably(arriving, target)
        failpoint("store.older_kept")
    except (OSError, apsw.Error) as error:
        arriving.unlink(missing_ok=True)
        if isinstance(error, apsw.CorruptError):
            raise
        raise StoreUnusableError(
            "polyphony.not_copied_before_update",
            path=str(path),
            target=str(target),
            reason=str(error),
        ) from error


def _migrate(connection: apsw.Connection, path: Path, form: Form) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _number(connection, "user_version")
        application = _number(connection, "application_id")
        tables = fetch(connection, "SELECT count(*) FROM sqlite_schema")[0][0]
        if application != form.application_id and (tables or version):
            raise StoreUnusableError("polyphony.store_foreign", path=str(path))
        if version > form.version:
            raise StoreUnusableError(
                "polyphony.store_newer", path=str(path), version=version, known=form.version
            )
        for statements in form.migrations[version:]:
            connection.execute(statements)
        if version < form.version:
            connection.execute(f"PRAGMA user_version = {form.version}")
            connection.execute(f"PRAGMA application_id = {form.application_id}")
            failpoint("store.migrating")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _refuse_half_repaired(path: Path) -> None:
    """What would be written now would be lost when the repaired database takes this one's place."""
    if path.with_name(f"{path.name}.repaired").exists():
        raise StoreUnusableError("polyphony.repair_unfinished", path=str(path))


def _refuse_truncated(path: Path) -> None:
    """SQLite notices a missing tail only when it reads there, and takes an empty file for new."""
    try:
        size = path.stat().st_size
        header = _header(path) if size >= _HEADER_LENGTH else b""
    except FileNotFoundError:
        return
    except (OSError, apsw.Error) as error:
        raise unusable(path, error) from error
    if not size:
        return
    for beside in ("-wal", "-journal"):
        log = path.with_name(path.name + beside)
        if log.exists() and log.stat().st_size:
            return  # after a crash SQLite makes the file whole from its log, or takes it back
    page_size = int.from_bytes(header[16:18], "big")
    page_size = 65_536 if page_size == 1 else page_size
    pages = int.from_bytes(header[28:32], "big")
    if len(header) < _HEADER_LENGTH or size < pages * page_size:
        raise StoreUnusableError(
            "polyphony.store_damaged", path=str(path), reason="the end of the file is missing"
        )


def _header(path: Path) -> bytes:
    """Read as SQLite reads: closing a file takes away every lock that this process has on it."""
    flags = [apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_MAIN_DB, 0]
    file = apsw.VFSFile("", str(path), flags)
    try:
        return file.xRead(_HEADER_LENGTH, 0)
    finally:
        file.xClose()


def _number(connection: apsw.Connection, pragma: str) -> int:
    return int(fetch(connection, f"PRAGMA {pragma}")[0][0])
