"""A table is a Parquet file, read and made with DuckDB (DESIGN.md section 5, "Bulk").

Results must have the same bits each time, so that a task's output can be reused: DuckDB runs on one
thread (two threads add doubles in another order each time, FACTS.md) and keeps the order of rows.
A query sees the tables it was given and nothing else: no file, no network, no settings.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harmony.players.errors import TableError
from harmony.players.scratch import current_folder, new_file

if TYPE_CHECKING:
    import duckdb

THIS_TABLE: Final = "this"
"""The name under which `Table.query` knows the table itself."""

_BATCH: Final = 1024
_PARQUET: Final = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880, USE_TMP_FILE false"


class Table:
    """Rows with named, typed columns in a Parquet file; nothing is in memory until asked for."""

    __slots__ = ("_columns", "_row_count", "path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._columns: dict[str, str] | None = None
        self._row_count: int | None = None

    def __repr__(self) -> str:
        return f"Table({str(self.path)!r})"

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any] | Sequence[Any]],
        columns: Sequence[str] | Mapping[str, str] | None = None,
    ) -> Table:
        """A new table of dictionaries, or of sequences when `columns` names them.

        `columns` may map names to DuckDB types; otherwise types follow from the values, and a
        column of mixed values becomes text. Raises TableError.
        """
        return cls(_write_rows(list(rows), columns))

    @classmethod
    def from_query(
        cls,
        sql: str,
        tables: Mapping[str, Table],
        parameters: Sequence[Any] | None = None,
    ) -> Table:
        """A new table of what a query over the named tables gives. Raises duckdb.Error."""
        target = new_file(".parquet")
        with connect(tables, writes=(target,)) as connection:
            write_parquet(connection, sql, target, parameters)
        return cls(target)

    @property
    def types(self) -> dict[str, str]:
        """The columns in order, with their DuckDB types."""
        if self._columns is None:
            with self.connect() as connection:
                found = connection.execute(f"DESCRIBE SELECT * FROM {THIS_TABLE}").fetchall()
            self._columns = {str(row[0]): str(row[1]) for row in found}
        return dict(self._columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(self.types)

    @property
    def row_count(self) -> int:
        """How many rows there are; read from the file's footer."""
        if self._row_count is None:
            with self.connect() as connection:
                found = connection.execute(f"SELECT count(*) FROM {THIS_TABLE}").fetchone()
            assert found is not None
            self._row_count = int(found[0])
        return self._row_count

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection in which this table is called `this`; it can read nothing else."""
        with connect({THIS_TABLE: self}) as connection:
            yield connection

    def query(self, sql: str, parameters: Sequence[Any] | None = None, **tables: Table) -> Table:
        """A new table from SQL; this one is called `this`, others by their keyword."""
        return Table.from_query(sql, {THIS_TABLE: self, **tables}, parameters)

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The rows in order as dictionaries, read in batches."""
        names = self.columns
        for row in self.tuples(limit):
            yield dict(zip(names, row, strict=True))

    def tuples(self, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """The rows in order as tuples, read in batches."""
        sql = f"SELECT * FROM {THIS_TABLE}" + ("" if limit is None else f" LIMIT {int(limit)}")
        with self.connect() as connection:
            result = connection.execute(sql)
            while batch := result.fetchmany(_BATCH):
                yield from batch


@contextmanager
def connect(
    tables: Mapping[str, Table],
    *,
    reads: Sequence[Path] = (),
    writes: Sequence[Path] = (),
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the tables as views, closed at the end of the block.

    It may read the tables and `reads`, write `writes`, and can neither reach another file, the
    network or an extension nor change that. Raises TableError when a table cannot be read.
    """
    import duckdb

    allowed = [*(table.path for table in tables.values()), *reads, *writes]
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": 1,
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(current_folder() / "duckdb"),
        },
    )
    try:
        connection.execute(f"SET allowed_paths = [{', '.join(quoted(path) for path in allowed)}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'" if _has_time_zones(connection) else "SELECT 1")
        connection.execute("SET lock_configuration = true")
        for name, table in tables.items():
            try:
                connection.execute(
                    f"CREATE VIEW {identifier(name)} AS "
                    f"SELECT * FROM read_parquet({quoted(table.path)})"
                )
            except duckdb.Error as error:
                raise TableError(
                    "players.table_unreadable", path=str(table.path), reason=first_line(error)
                ) from error
        yield connection
    finally:
        connection.close()


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    target: Path,
    parameters: Sequence[Any] | None = None,
) -> None:
    """Write what a query gives to a Parquet file, with the same bits for the same rows.

    The query stands inside a statement of ours: anything but one SELECT is a syntax error.
    """
    statement = f"COPY (\n{sql}\n) TO {quoted(target)} ({_PARQUET})"
    connection.execute(statement, list(parameters) if parameters else None)


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str | os.PathLike[str]) -> str:
    """A text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _has_time_zones(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_settings() WHERE name = 'TimeZone'"
    ).fetchone()
    return found is not None and found[0] > 0


def _write_rows(
    rows: Sequence[Mapping[str, Any] | Sequence[Any]],
    columns: Sequence[str] | Mapping[str, str] | None,
) -> Path:
    names = _column_names(rows, columns)
    if not names:
        raise TableError("players.table_rows", reason="there is no column")
    records = [_as_record(row, names) for row in rows]
    types = (
        dict(columns)
        if isinstance(columns, Mapping)
        else {name: _column_type(name, records) for name in names}
    )
    # JSON lines with declared types are the quickest way into DuckDB that needs no further library.
    source, target = new_file(".jsonl"), new_file(".parquet")
    try:
        with source.open("w", encoding="utf-8") as lines:
            for record in records:
                cells = {
                    str(position): _cell(record.get(name), types[name])
                    for position, name in enumerate(names)
                }
                lines.write(json.dumps(cells, allow_nan=False) + "\n")
        with connect({}, reads=(source,), writes=(target,)) as connection:
            declared = ", ".join(
                f"{identifier(str(position))}: {quoted(types[name])}"
                for position, name in enumerate(names)
            )
            chosen = ", ".join(
                f"{identifier(str(position))} AS {identifier(name)}"
                for position, name in enumerate(names)
            )
            write_parquet(
                connection,
                f"SELECT {chosen} FROM read_json({quoted(source)}, format='newline_delimited', "
                f"columns={{{declared}}}, maximum_object_size=134217728)",
                target,
            )
    finally:
        source.unlink(missing_ok=True)
    return target


def _column_names(
    rows: Sequence[Mapping[str, Any] | Sequence[Any]],
    columns: Sequence[str] | Mapping[str, str] | None,
) -> tuple[str, ...]:
    if columns is not None:
        names = tuple(columns)
    else:
        found: dict[str, None] = {}
        for row in rows:
            if not isinstance(row, Mapping):
                raise TableError(
                    "players.table_rows", reason="rows without names need the argument “columns”"
                )
            found.update(dict.fromkeys(row))
        names = tuple(found)
    lowered = [str(name).lower() for name in names]
    for name in names:
        if not isinstance(name, str):
            raise TableError("players.table_rows", reason=f"the column name {name!r} is no text")
        if lowered.count(name.lower()) > 1:
            raise TableError("players.table_rows", reason=f"two columns are called “{name}”")
    return names


def _as_record(row: Mapping[str, Any] | Sequence[Any], names: Sequence[str]) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    if len(row) != len(names):
        raise TableError(
            "players.table_rows", reason=f"a row has {len(row)} values for {len(names)} columns"
        )
    return dict(zip(names, row, strict=True))


def _column_type(name: str, records: Sequence[Mapping[str, Any]]) -> str:
    kinds = {_value_type(record.get(name)) for record in records}
    kinds.discard(None)
    if len(kinds) == 1:
        return str(kinds.pop())
    if kinds == {"BIGINT", "DOUBLE"}:
        return "DOUBLE"
    if kinds == {"DATE", "TIMESTAMP"}:
        return "TIMESTAMP"
    return "VARCHAR"


def _value_type(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "BOOLEAN"
        case int():
            return "BIGINT" if -(2**63) <= value < 2**63 else "VARCHAR"
        case float():
            return "DOUBLE"
        case datetime.datetime():
            return "TIMESTAMP" if value.tzinfo is None else "VARCHAR"
        case datetime.date():
            return "DATE"
        case list() | tuple() | dict():
            return "JSON"
        case _:
            return "VARCHAR"


def _cell(value: object, column_type: str) -> object:
    match value:
        case bytes():
            raise TableError("players.table_rows", reason="a cell cannot hold bytes")
        case float() if not math.isfinite(value):
            return str(value)  # DuckDB reads "nan" and "inf" as what they are
        case decimal.Decimal():
            return str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case None | bool() | int() | float() if column_type.upper() != "VARCHAR":
            return value
        case None | str():
            return value
        case list() | tuple() | dict():
            return json.loads(json.dumps(value, default=str, allow_nan=False))
        case _:
            return str(value)
