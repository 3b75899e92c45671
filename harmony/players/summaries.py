"""A few words about an output, made by the child, so that nobody else has to decode bulk data.

Form and limits: docs/architecture.md, "References".
"""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any, Final

from harmony.players.tables import Table
from harmony.players.types import View

LARGEST_SUMMARY: Final = 4096
_ROWS: Final = 20
_CELL: Final = 80
LONGEST_HEAD: Final = 400


def summary_of(value: Any, port_type: str) -> dict[str, Any]:
    """The summary of a value of this port type; at most 4 KiB as JSON."""
    match value:
        case Table():
            return _fitting(table_summary(value))
        case Path() if port_type == "table":
            return _fitting(table_summary(Table(value)))
        case str() if port_type == "text":
            return {"characters": len(value), "head": cut(value, LONGEST_HEAD)}
        case bytes() | bytearray():
            return {"head": f"{len(value):,} bytes"}
        case View():
            return {"head": cut(value.title or value.kind, LONGEST_HEAD)}
        case list() | tuple():
            return {"count": len(value), "head": _json_head(value[:_ROWS])}
    return {"head": cut(value, LONGEST_HEAD) if isinstance(value, str) else _json_head(value)}


def table_summary(table: Table) -> dict[str, Any]:
    """Rows, columns and the first rows of a table."""
    head = [[cell(value) for value in row] for row in table.tuples(_ROWS)]
    columns = [[name, column_type] for name, column_type in table.types.items()]
    return {"rows": table.row_count, "columns": columns, "head": head}


def cell(value: Any, longest: int = _CELL) -> Any:
    """A table's cell as JSON: null, a number, true or false, or a text cut to `longest`."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case bytes():
            return f"{len(value):,} bytes"
        case list() | dict():
            return cut(json.dumps(value, default=str, ensure_ascii=False), longest)
    return cut(str(value), longest)


def cut(text: str, longest: int) -> str:
    """The text, shortened with an ellipsis when it is longer than that many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _json_head(value: Any) -> str:
    return cut(json.dumps(value, ensure_ascii=False, default=str), LONGEST_HEAD)


def _fitting(summary: dict[str, Any]) -> dict[str, Any]:
    """A table's summary with so many rows, then so many columns, as the limit leaves room for."""
    while _size(summary) > LARGEST_SUMMARY and summary["head"]:
        summary["head"] = summary["head"][: len(summary["head"]) // 2]
    while _size(summary) > LARGEST_SUMMARY and summary["columns"]:
        summary["columns"] = summary["columns"][: len(summary["columns"]) // 2]
    return summary


def _size(summary: dict[str, Any]) -> int:
    return len(json.dumps(summary, ensure_ascii=False).encode("utf-8", "backslashreplace"))
