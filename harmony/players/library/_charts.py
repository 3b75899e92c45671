"""A chart as data: axes and series, few enough points to draw, and a word on those left out.

The form is written down in docs/players.md (Views). Nothing here draws.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from harmony.players.database import identifier, own_connection, scan
from harmony.players.errors import PlayerError
from harmony.players.library._text_tables import is_numeric
from harmony.players.library._words import counted, quote, unknown_column
from harmony.players.tables import Table

MOST_POINTS: Final = 5_000
MOST_SERIES: Final = 12
MOST_BARS: Final = 200

Axis = Literal["number", "time", "category"]


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """What the form of “Chart” says."""

    kind: Literal["line", "bar", "scatter", "histogram"]
    x: str = ""
    y: tuple[str, ...] = ()
    group: str = ""
    bins: int = 20


@dataclass(slots=True)
class _Series:
    name: str
    x: list[Any]
    y: list[float]


def chart_data(table: Table, request: ChartRequest) -> dict[str, Any]:
    """The `data` of a chart's view. Raises PlayerError for a column that does not fit."""
    if table.row_count == 0:
        raise PlayerError("The table has no rows to draw.", hint="Check the steps before.")
    if request.kind == "histogram":
        return _histogram(table, request)
    x = _column(table, request.x) if request.x else _first_x(table, request.kind)
    ys = [_column(table, name) for name in request.y] or [_first_number(table, besides=x)]
    for name in ys:
        _require_number(table, name)
    axis = _axis(table.types[x])
    if request.kind == "scatter" and axis == "category":
        raise PlayerError(
            f"Column {quote(x)} holds text, which has no place across a scatter chart.",
            hint="Choose a column of numbers or times, or draw bars.",
        )
    series, notes = _read_series(table, x, ys, request)
    total = sum(len(one.x) for one in series)
    series = _thinned(series, request.kind, notes)
    return {
        "chart": request.kind,
        "x": {"label": x, "type": "category" if request.kind == "bar" else axis},
        "y": {"label": ys[0] if len(ys) == 1 else "", "type": "number"},
        "series": [{"name": one.name, "x": one.x, "y": one.y} for one in series],
        "points": total,
        "shown": sum(len(one.x) for one in series),
        "note": " ".join(notes),
    }


def _read_series(
    table: Table, x: str, ys: Sequence[str], request: ChartRequest
) -> tuple[list[_Series], list[str]]:
    group = _column(table, request.group) if request.group else ""
    wanted = [x, *ys, *([group] if group else [])]
    # Bars and categories keep the order of the rows; a line goes from left to right.
    order = (
        f" ORDER BY {identifier(x)}"
        if request.kind == "line" and _axis(table.types[x]) != "category"
        else ""
    )
    chosen = ", ".join(identifier(name) for name in wanted)
    series: dict[str, _Series] = {}
    empty = 0
    with own_connection() as connection:
        # The tie-breaking row number keeps rows of the same x in their order.
        numbered = f"(SELECT *, row_number() OVER () AS _row FROM {scan(table.path)})"
        tie = f"{order}, _row" if order else ""
        result = connection.execute(f"SELECT {chosen} FROM {numbered}{tie}")
        while rows := result.fetchmany(1024):
            for row in rows:
                for position, name in enumerate(ys, start=1):
                    place, height = _place(row[0]), row[position]
                    if place is None or height is None or not math.isfinite(height):
                        empty += 1
                        continue
                    label = _label(row[-1], name if len(ys) > 1 else "") if group else name
                    one = series.setdefault(label, _Series(label, [], []))
                    one.x.append(place)
                    one.y.append(float(height))
    notes = [f"{counted(empty, 'empty value')} left out."] if empty else []
    if not series:
        raise PlayerError("All values to draw are empty.", hint="Choose other columns.")
    if len(series) > MOST_SERIES:
        largest = sorted(series.values(), key=lambda one: (-len(one.x), one.name))[:MOST_SERIES]
        names = {one.name for one in largest}
        notes.append(f"The {MOST_SERIES} largest of {len(series):,} series are shown.")
        return [one for one in series.values() if one.name in names], notes
    return list(series.values()), notes


def _thinned(series: list[_Series], kind: str, notes: list[str]) -> list[_Series]:
    """No more points than can be drawn; what was done about the rest goes into the notes."""
    total = sum(len(one.x) for one in series)
    if kind == "bar":
        longest = max(len(one.x) for one in series)
        if longest <= MOST_BARS:
            return series
        notes.append(f"The first {MOST_BARS} of {longest:,} bars are shown.")
        return [_Series(one.name, one.x[:MOST_BARS], one.y[:MOST_BARS]) for one in series]
    if total <= MOST_POINTS:
        return series
    step = math.ceil(total / MOST_POINTS)
    if kind == "scatter":
        notes.append(f"Each {_ordinal(step)} of {total:,} points is shown.")
        return [_Series(one.name, one.x[::step], one.y[::step]) for one in series]
    notes.append(
        f"Of {total:,} points the lowest and the highest of each {2 * step} neighbours are shown."
    )
    return [_extremes(one, 2 * step) for one in series]


def _extremes(one: _Series, width: int) -> _Series:
    """The lowest and the highest point of each run of neighbours: no peak is lost."""
    kept: list[int] = []
    for start in range(0, len(one.x), width):
        run = range(start, min(start + width, len(one.x)))
        kept += sorted({min(run, key=one.y.__getitem__), max(run, key=one.y.__getitem__)})
    return _Series(one.name, [one.x[i] for i in kept], [one.y[i] for i in kept])


def _histogram(table: Table, request: ChartRequest) -> dict[str, Any]:
    x = _column(table, request.x) if request.x else _first_number(table, besides="")
    _require_number(table, x)
    name = identifier(x)
    with own_connection() as connection:
        values = [
            float(row[0])
            for row in connection.execute(
                f"SELECT {name} FROM {scan(table.path)} WHERE {name} IS NOT NULL"
            ).fetchall()
            if math.isfinite(row[0])
        ]
    if not values:
        raise PlayerError(f"Column {quote(x)} is empty.", hint="Choose another column.")
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / request.bins
    counts = [0] * request.bins
    for value in values:
        counts[min(int((value - low) / width), request.bins - 1)] += 1
    empty = table.row_count - len(values)
    return {
        "chart": "histogram",
        "x": {"label": x, "type": "number"},
        "y": {"label": "count", "type": "number"},
        "series": [
            {
                "name": x,
                "edges": [round(low + n * width, 12) for n in range(request.bins + 1)],
                "counts": counts,
            }
        ],
        "points": len(values),
        "shown": len(values),
        "note": f"{counted(empty, 'empty value')} left out." if empty else "",
    }


def _column(table: Table, name: str) -> str:
    known = {column.lower(): column for column in table.columns}
    if name.lower() not in known:
        raise unknown_column(name, table.columns)
    return known[name.lower()]


def _first_x(table: Table, kind: str) -> str:
    """The first column that suits the horizontal axis; bars like text, the others numbers."""
    if kind == "scatter":
        return _first_number(table, besides="")
    times = [name for name, column_type in table.types.items() if _axis(column_type) == "time"]
    return (times or list(table.columns))[0]


def _first_number(table: Table, besides: str) -> str:
    for name, column_type in table.types.items():
        if name != besides and is_numeric(column_type):
            return name
    raise PlayerError(
        "The table has no column of numbers to draw.",
        hint="Give a column the type number in “Read table”.",
    )


def _require_number(table: Table, name: str) -> None:
    if not is_numeric(table.types[name]):
        kind = "times" if _axis(table.types[name]) == "time" else "text"
        raise PlayerError(
            f"Column {quote(name)} holds {kind}, which has no height.",
            hint="Choose a column of numbers, or count rows with “Group rows” first.",
        )


def _axis(column_type: str) -> Axis:
    if is_numeric(column_type):
        return "number"
    return "time" if column_type.startswith(("DATE", "TIMESTAMP")) else "category"


def _place(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if isinstance(value, str):
        return value
    return number if math.isfinite(number) else None


def _label(group: Any, name: str) -> str:
    shown = "empty" if group is None else str(group)
    return f"{shown}, {name}" if name else shown


def _ordinal(number: int) -> str:
    ending = (
        "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{ending}"
