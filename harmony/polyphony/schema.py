"""The tables, and opening a database so that nothing foreign, newer or damaged is written over."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import apsw

from harmony.polyphony.errors import StoreError, StoreFullError, StoreUnusableError, StoreWriteError

APPLICATION_ID: Final = 0x48524D59  # "HRMY": tells this file from any other SQLite database
VERSION: Final = 1
BUSY_TIMEOUT_MS: Final = 30_000
_HEADER_LENGTH: Final = 100

# A journal row keeps the record's canonical text itself: the chain is over exactly what is stored.
# Wide columns stand last, since SQLite reads a row from the left.
_MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE melodies (snapshot TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
    CREATE TABLE melody_versions (
        number INTEGER PRIMARY KEY, melody_id TEXT NOT NULL, hash TEXT NOT NULL,
        snapshot TEXT NOT NULL, name TEXT NOT NULL, path TEXT, run TEXT, at REAL NOT NULL) STRICT;
    CREATE INDEX melody_versions_by_melody ON melody_versions (melody_id, number);
    CREATE INDEX melody_versions_by_snapshot ON melody_versions (snapshot);
    CREATE INDEX melody_versions_by_run ON melody_versions (run) WHERE run IS NOT NULL;
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, short TEXT NOT NULL, name TEXT NOT NULL, melody_id TEXT NOT NULL,
        melody_hash TEXT NOT NULL, snapshot TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'Draft', created REAL NOT NULL,
        started REAL, finished REAL, total INTEGER NOT NULL DEFAULT 0,
        completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
        reused INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,
        cause TEXT NOT NULL DEFAULT '', parent TEXT, parent_task TEXT, path TEXT,
        base_folder TEXT NOT NULL, overrides TEXT NOT NULL, plan TEXT NOT NULL) STRICT;
    CREATE INDEX runs_by_time ON runs (created, id);
    CREATE INDEX runs_by_state ON runs (state, created, id);
    CREATE INDEX runs_by_short ON runs (short);
    CREATE INDEX runs_by_melody ON runs (melody_id, created);
    CREATE INDEX runs_by_snapshot ON runs (snapshot);
    CREATE TABLE journal (
        run TEXT NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL, record TEXT NOT NULL,
        PRIMARY KEY (run, sequence)) STRICT, WITHOUT ROWID;
    CREATE TABLE chain_heads (
        run TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
        system INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE system_chain (
        number INTEGER PRIMARY KEY, hash BLOB NOT NULL, content TEXT NOT NULL) STRICT;
    CREATE TABLE artifacts (
        hash TEXT PRIMARY KEY, type TEXT NOT NULL, size INTEGER NOT NULL, suffix TEXT NOT NULL,
        tier TEXT NOT NULL, at REAL NOT NULL, accessed REAL NOT NULL, summary TEXT, inline BLOB)
        STRICT;
    CREATE INDEX artifacts_by_tier ON artifacts (tier, accessed);
    CREATE TABLE run_artifacts (
        run TEXT NOT NULL, task TEXT NOT NULL, hash TEXT NOT NULL,
        PRIMARY KEY (run, task, hash)) STRICT, WITHOUT ROWID;
    CREATE INDEX run_artifacts_by_hash ON run_artifacts (hash);
    CREATE TABLE results (
        number INTEGER PRIMARY KEY, key TEXT NOT NULL, run TEXT NOT NULL, task TEXT NOT NULL,
        at REAL NOT NULL, outputs TEXT NOT NULL) STRICT;
    CREATE INDEX results_by_key ON results (key, number);
    CREATE INDEX results_by_run ON results (run);
    CREATE TABLE pins (
        hash TEXT NOT NULL, holder TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (hash, holder)) STRICT, WITHOUT ROWID;
    CREATE TABLE checkpoints (
        id TEXT PRIMARY KEY, run TEXT NOT NULL, sequence INTEGER NOT NULL, label TEXT NOT NULL,
        at REAL NOT NULL) STRICT;
    CREATE INDEX checkpoints_by_run ON checkpoints (run);
    CREATE TABLE leases (
        run TEXT PRIMARY KEY, pid INTEGER NOT NULL, start_time TEXT NOT NULL, boot TEXT NOT NULL,
        at REAL NOT NULL) STRICT, WITHOUT ROWID;
    """,
)


def open_for_writing(path: Path) -> apsw.Connection:
    """A connection that writes durably; creates the database, or brings an older one up to date.

    Raises StoreError for a file that is no store, is damaged or truncated, or comes from a newer
    program. Such a file is left exactly as it is.
    """
    _refuse_truncated(path)
    try:
        connection = apsw.Connection(str(path))
    except apsw.Error as error:
        raise unusable(path, error) from error
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        _migrate(connection, path)
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
    if isinstance(error, apsw.FullError):
        return StoreFullError("polyphony.disk_full", path=str(path))
    return StoreWriteError(
        "polyphony.write_failed", path=str(path), reason=f"{type(error).__name__}: {error}"
    )


def _migrate(connection: apsw.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _number(connection, "user_version")
        application = _number(connection, "application_id")
        tables = fetch(connection, "SELECT count(*) FROM sqlite_schema")[0][0]
        if application != APPLICATION_ID and (tables or version):
            raise StoreUnusableError("polyphony.store_foreign", path=str(path))
        if version > VERSION:
            raise StoreUnusableError(
                "polyphony.store_newer", path=str(path), version=version, known=VERSION
            )
        for statements in _MIGRATIONS[version:]:
            connection.execute(statements)
        if version < VERSION:
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _refuse_truncated(path: Path) -> None:
    """SQLite notices a missing tail only when it reads there, and takes an empty file for new."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER_LENGTH)
    except FileNotFoundError:
        return
    except OSError as error:
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


def _number(connection: apsw.Connection, pragma: str) -> int:
    return int(fetch(connection, f"PRAGMA {pragma}")[0][0])
