"""A table is a Parquet file, read and made with DuckDB (DESIGN.md section 5, "Bulk")."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harmony.players.database import connect, own_connection, readable, scan, write_parquet
from harmony.players.scratch import new_file
from harmony.players.table_rows import Columns, Row, write_rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

THIS_TABLE: Final = "this"
"""The name under which `Table.query` knows the table itself."""

_BATCH: Final = 1024


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
        rows: Iterable[Row],
        columns: Columns = None,
    ) -> Table:
        """A new table of dictionaries, or of sequences when `columns` names them.

        `columns` may map names to DuckDB types; otherwise types follow from the values, and a
        column of mixed values becomes text. Raises TableError.
        """
        return cls(write_rows(list(rows), columns))

    @classmethod
    def from_query(
        cls,
        sql: str,
        tables: Mapping[str, Table],
        parameters: Sequence[Any] | None = None,
    ) -> Table:
        """A new table of what a query over the named tables gives. Raises duckdb.Error."""
        target = new_file(".parquet")
        with connect(
            {name: table.path for name, table in tables.items()}, writes=(target,)
        ) as connection:
            write_parquet(connection, sql, target, parameters)
        return cls(target)

    @property
    def types(self) -> dict[str, str]:
        """The columns in order, with their DuckDB types."""
        if self._columns is None:
            found = self._ask("DESCRIBE SELECT * FROM {}")
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
            self._row_count = int(self._ask("SELECT count(*) FROM {}")[0][0])
        return self._row_count

    def connect(self) -> AbstractContextManager[Connection]:
        """A DuckDB connection in which this table is called `this`; it can read nothing else."""
        return connect({THIS_TABLE: self.path})

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
        limited = "" if limit is None else f" LIMIT {int(limit)}"
        with own_connection() as connection, readable(self.path):
            result = connection.execute(f"SELECT * FROM {scan(self.path)}{limited}")
            while batch := result.fetchmany(_BATCH):
                yield from batch

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        with own_connection() as connection, readable(self.path):
            return connection.execute(sql.format(scan(self.path))).fetchall()
