"""What a chart shows, as plain data, read with suspicion from the JSON of a view. Knows no Qt.

The form is written down in docs/players.md (Views): an axis has a label and a type, a series has
its own x and y; a histogram has edges and counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from harmony.board.errors import ViewError

Form = Literal["line", "bar", "scatter", "histogram"]
Axis = Literal["number", "time", "category"]
MOST_POINTS: Final = 50_000
MOST_SERIES: Final = 24
MOST_LABELS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Series:
    """One line, set of bars or cloud of points. `ys` may hold NaN where there is no value."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ChartData:
    """A whole chart. On a category axis, x counts `labels`; on a time axis, x is Unix seconds."""

    form: Form
    series: tuple[Series, ...]
    axis: Axis = "number"
    labels: tuple[str, ...] = ()
    x_label: str = ""
    y_label: str = ""
    edges: tuple[float, ...] = ()
    note: str = ""


def chart_from_view(data: Mapping[str, Any]) -> ChartData:
    """Read the `data` of a view of kind chart. Raises ViewError when it is not of that form."""
    form: Any = data.get("chart")
    if form not in get_args(Form):
        raise ViewError("board.view_chart_form", form=repr(form))
    raw = data.get("series", [])
    if not isinstance(raw, list) or not all(isinstance(item, Mapping) for item in raw):
        raise ViewError("board.view_shape", place="series")
    raw = raw[:MOST_SERIES]
    axis, x_label = _axis(data.get("x"), "x")
    _, y_label = _axis(data.get("y"), "y")
    note = str(data.get("note", ""))
    if form == "histogram":
        return _histogram(raw, x_label, y_label, note)
    if form == "bar":
        axis = "category"
    labels: tuple[str, ...] = ()
    if axis == "category":
        labels = tuple(dict.fromkeys(str(x) for item in raw for x in _list(item, "x")))[
            :MOST_LABELS
        ]
        places = {label: number for number, label in enumerate(labels)}
        series = tuple(_labelled(item, places) for item in raw)
    else:
        series = tuple(_numbered(item, axis) for item in raw)
    return ChartData(form, series, axis, labels, x_label, y_label, note=note)


def _histogram(raw: list[Any], x_label: str, y_label: str, note: str) -> ChartData:
    if not raw:
        return ChartData("histogram", (), x_label=x_label, y_label=y_label, note=note)
    first = raw[0]
    edges = tuple(_number(value) for value in _list(first, "edges"))
    counts = tuple(_number(value) for value in _list(first, "counts"))
    if len(edges) != len(counts) + 1 or not all(map(math.isfinite, edges)):
        raise ViewError("board.view_shape", place="edges")
    series = (Series(str(first.get("name", "")), edges[:-1], counts),)
    return ChartData("histogram", series, x_label=x_label, y_label=y_label, edges=edges, note=note)


def _labelled(item: Mapping[str, Any], places: Mapping[str, int]) -> Series:
    ys = [math.nan] * len(places)
    for x, y in zip(_list(item, "x"), _list(item, "y"), strict=False):
        place = places.get(str(x))
        if place is not None:
            ys[place] = _number(y)
    return Series(str(item.get("name", "")), tuple(map(float, range(len(ys)))), tuple(ys))


def _numbered(item: Mapping[str, Any], axis: Axis) -> Series:
    read = _moment if axis == "time" else _number
    xs = tuple(read(x) for x in _list(item, "x"))
    ys = tuple(_number(y) for y in _list(item, "y"))
    count = min(len(xs), len(ys))
    return Series(str(item.get("name", "")), xs[:count], ys[:count])


def _axis(value: Any, place: str) -> tuple[Axis, str]:
    if not isinstance(value, Mapping):
        raise ViewError("board.view_shape", place=place)
    kind = value.get("type", "number")
    if kind not in get_args(Axis):
        raise ViewError("board.view_shape", place=f"{place}.type")
    return kind, str(value.get("label", ""))


def _list(item: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = item.get(key, [])
    if not isinstance(value, list):
        raise ViewError("board.view_shape", place=key)
    return value[:MOST_POINTS]


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return math.nan


def _moment(value: Any) -> float:
    """Unix seconds of a date or a time in ISO form; a time without a zone is read as UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
