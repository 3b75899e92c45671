"""DuckDB as every Player uses it: one thread, rows in order, nothing in reach but what is given.

Results must have the same bits each time, so that a task's output can be reused: two threads add
doubles in another order each time (FACTS.md, Storage).
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harmony.players.errors import TableError
from harmony.players.scratch import current_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

_SHARE_OF_QUOTA: Final = 0.6
_PARQUET: Final = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880, USE_TMP_FILE false"


@contextmanager
def connect(
    tables: Mapping[str, Path],
    *,
    reads: Sequence[Path] = (),
    writes: Sequence[Path] = (),
) -> Iterator[Connection]:
    """A DuckDB connection with the tables as views, closed at the end of the block.

    It may read the tables and `reads`, write `writes`, and can neither reach another file, the
    network or an extension nor change that. Raises TableError when a table cannot be read.
    """
    allowed = [*tables.values(), *reads, *writes]
    connection = _open()
    try:
        connection.execute(f"SET allowed_paths = [{', '.join(quoted(path) for path in allowed)}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        for name, path in tables.items():
            with readable(path):
                connection.execute(f"CREATE VIEW {identifier(name)} AS SELECT * FROM {scan(path)}")
        yield connection
    finally:
        connection.close()


def write_parquet(
    connection: Connection,
    sql: str,
    target: Path,
    parameters: Sequence[Any] | None = None,
) -> None:
    """Write what a query gives to a Parquet file, with the same bits for the same rows.

    The query stands inside a statement of ours: anything but one SELECT is a syntax error.
    """
    values = list(parameters) if parameters else None
    # Sums of whole numbers are HUGEINT, which Parquet could only keep as a rounded double.
    types = connection.execute(f"DESCRIBE SELECT * FROM (\n{sql}\n)", values).fetchall()
    narrowed = ", ".join(
        f"CAST({identifier(name)} AS BIGINT) AS {identifier(name)}"
        for name, kind, *_ in types
        if kind in ("HUGEINT", "UHUGEINT")
    )
    chosen = f"SELECT * REPLACE ({narrowed}) FROM (\n{sql}\n)" if narrowed else sql
    connection.execute(f"COPY (\n{chosen}\n) TO {quoted(target)} ({_PARQUET})", values)


def scan(path: Path) -> str:
    """A Parquet file as SQL that can stand behind FROM."""
    return f"read_parquet({quoted(path)})"


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn DuckDB's error about a table's file into TableError."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise TableError(
            "players.table_unreadable", path=str(path), reason=first_line(error)
        ) from error


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str | os.PathLike[str]) -> str:
    """A text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def own_connection() -> Iterator[Connection]:
    """A connection for the program's own statements, in which only paths and names vary.

    Opening DuckDB takes 20 ms, so a process does that once. Never for SQL that a person wrote: this
    one can read and write every file that the process can.
    """
    cursor = _process_database().cursor()
    try:
        yield cursor
    finally:
        cursor.close()


@cache
def _process_database() -> Connection:
    connection = _open()
    # DuckDB complains on stderr about a connection that outlives the interpreter.
    atexit.register(_process_database.cache_clear)
    atexit.register(connection.close)
    return connection


def _open() -> Connection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(current_folder() / "duckdb"),
    }
    allowed = _memory_quota_mb()
    if allowed is not None:
        # The rest is Python's. What does not fit is put into the task's folder, and nothing fails.
        config["memory_limit"] = f"{allowed * _SHARE_OF_QUOTA:.0f}MB"
    connection = duckdb.connect(":memory:", config=config)
    # What a time means must not hang on where the machine stands.
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _memory_quota_mb() -> float | None:
    """How much memory this process may allocate; None where it is not limited."""
    if sys.platform == "win32":
        return None
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return None if allowed == resource.RLIM_INFINITY else allowed / (1024 * 1024)
