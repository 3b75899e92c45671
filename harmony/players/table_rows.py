"""A Parquet file out of Python rows: columns, their types, the cells in DuckDB's spelling."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from harmony.players.database import identifier, own_connection, quoted, write_parquet
from harmony.players.errors import TableError
from harmony.players.scratch import new_file

Row = Mapping[str, Any] | Sequence[Any]
Columns = Sequence[str] | Mapping[str, str] | None

_READ_AT_ONCE: Final = 1024 * 1024
"""Bytes of the longest row, unless there is a longer one: DuckDB sets aside twice as much."""


def write_rows(
    rows: Sequence[Row],
    columns: Columns,
) -> Path:
    """A new Parquet file of these rows in the task's folder; see `Table.from_rows`. TableError."""
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
        longest = _READ_AT_ONCE
        with source.open("w", encoding="utf-8") as lines:
            for record in records:
                cells = {
                    str(position): _cell(record.get(name), types[name])
                    for position, name in enumerate(names)
                }
                line = json.dumps(cells, allow_nan=False) + "\n"
                longest = max(longest, len(line))
                lines.write(line)
        with own_connection() as connection:
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
                f"columns={{{declared}}}, maximum_object_size={longest})",
                target,
            )
    finally:
        source.unlink(missing_ok=True)
    return target


def _column_names(
    rows: Sequence[Row],
    columns: Columns,
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


def _as_record(row: Row, names: Sequence[str]) -> Mapping[str, Any]:
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
        case dt.datetime():
            return "TIMESTAMP" if value.tzinfo is None else "VARCHAR"
        case dt.date():
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
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case None | bool() | int() | float() if column_type.upper() != "VARCHAR":
            return value
        case None | str():
            return value
        case list() | tuple() | dict():
            return json.loads(json.dumps(value, default=str, allow_nan=False))
        case _:
            return str(value)
