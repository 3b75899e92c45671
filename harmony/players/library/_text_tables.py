"""Tables written as text: Markdown, aligned columns, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from harmony.players.library._words import counted
from harmony.players.summaries import cell

_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "U",
)
_LONGEST_CELL = 200


def is_numeric(column_type: str) -> bool:
    """Whether a DuckDB type is a number."""
    return column_type.startswith(_NUMBERS) and column_type != "UUID"


def markdown_table(
    types: Mapping[str, str], rows: Sequence[Sequence[Any]], decimals: int, left_out: int
) -> str:
    """A Markdown table; numbers stand to the right."""
    names = [_escaped(name) for name in types]
    rules = ["---:" if is_numeric(kind) else "---" for kind in types.values()]
    lines = [_line(names), _line(rules)]
    lines += [_line([_escaped(_shown(value, decimals)) for value in row]) for row in rows]
    if left_out > 0:
        lines += ["", f"*{counted(left_out, 'more row')}.*"]
    return "\n".join(lines) + "\n"


def aligned_table(
    types: Mapping[str, str], rows: Sequence[Sequence[Any]], decimals: int, left_out: int
) -> str:
    """Columns that stand under each other in a font of equal widths."""
    body = [[_shown(value, decimals).replace("\n", " ") for value in row] for row in rows]
    table = [list(types), *body]
    widths = [max(len(row[column]) for row in table) for column in range(len(types))]
    right = [is_numeric(kind) for kind in types.values()]
    lines = [
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    ]
    if left_out > 0:
        lines.append(f"({counted(left_out, 'more row')})")
    return "\n".join(lines) + "\n"


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """CSV with a head, values as they are; empty cells are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if value is None else value for value in row] for row in rows])
    return out.getvalue()


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: Any, decimals: int) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{decimals}f}"
    return str(cell(value, _LONGEST_CELL))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>")
