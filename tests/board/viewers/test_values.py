"""Values on screen: each in the viewer that suits it, and hostile ones as a sentence."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from harmony.board.errors import ViewError
from harmony.board.look import Look
from harmony.board.viewers.chart_data import chart_from_view
from harmony.board.viewers.chart_view import ChartView, describe
from harmony.board.viewers.table_view import TableView, cell_text, table_from_summary
from harmony.board.viewers.text_views import (
    ImageView,
    JsonView,
    MarkdownView,
    TextView,
    decode_image,
)
from harmony.board.viewers.value_view import ListValue, view_of

LINE = {
    "chart": "line",
    "x": {"label": "day", "type": "time"},
    "y": {"label": "°C", "type": "number"},
    "series": [{"name": "high", "x": ["2012-01-01", "2012-02-01"], "y": [12.8, None]}],
    "note": "1 empty value is not drawn.",
}
BARS = {
    "chart": "bar",
    "x": {"label": "kind", "type": "category"},
    "y": {"label": "", "type": "number"},
    "series": [
        {"name": "a", "x": ["rain", "sun"], "y": [3, 4]},
        {"name": "b", "x": ["sun", "fog"], "y": [1, 2]},
    ],
}
HISTOGRAM = {
    "chart": "histogram",
    "x": {"label": "mass", "type": "number"},
    "y": {"label": "count", "type": "number"},
    "series": [{"name": "mass", "edges": [0, 1, 2, 3], "counts": [5, 9, 2]}],
}


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x80" * min(width, 8) for _ in range(min(height, 8)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def nothing(_reference: Mapping[str, Any]) -> bytes:
    raise AssertionError("nothing is to be fetched")


@pytest.fixture
def show(qtbot: QtBot, look: Look) -> Any:
    def shown(reference: Mapping[str, Any], load: Any = nothing) -> QWidget:
        widget = view_of(reference, look, load)
        qtbot.addWidget(widget)
        return widget

    return shown


def view(kind: str, data: Any) -> dict[str, Any]:
    return {"type": "view", "value": {"kind": kind, "title": "Title", "data": data}}


def test_each_type_has_its_viewer(show: Any) -> None:
    summary = {"rows": 2, "columns": [["a", "INTEGER"]], "head": [[1], [2]]}
    assert isinstance(show({"type": "table", "summary": summary}), TableView)
    assert isinstance(show({"type": "text", "value": "hello"}), TextView)
    assert isinstance(show({"type": "json", "value": {"a": [1]}}), JsonView)
    assert isinstance(show({"type": "image", "hash": "h"}, lambda _: png(4, 4)), ImageView)
    assert isinstance(show({"type": "list[text]", "items": []}), ListValue)
    number = show({"type": "number", "value": 3})
    assert isinstance(number, QLabel)
    assert number.text() == "3"


def test_a_view_is_drawn_as_its_kind_says(show: Any) -> None:
    assert isinstance(show(view("chart", LINE)), ChartView)
    assert show(view("markdown", {"text": "# Report"})).findChild(MarkdownView)
    assert show(view("text", {"text": "plain"})).findChild(TextView)
    table = {"columns": [["a", "VARCHAR"]], "rows": [["x"]], "total": 900}
    whole = show(view("table", table))
    assert "1 of 900 rows" in whole.findChild(TableView).note.text()
    image = {"format": "png", "content": base64.b64encode(png(4, 4)).decode()}
    assert show(view("image", image)).findChild(ImageView)


def test_what_is_not_inline_is_fetched(show: Any) -> None:
    asked: list[Any] = []

    def load(reference: Any) -> bytes:
        asked.append(reference["hash"])
        return json.dumps({"kind": "text", "title": "", "data": {"text": "from afar"}}).encode()

    found = show({"type": "view", "hash": "abc", "size": 60}, load)
    assert found.toPlainText() == "from afar"
    assert asked == ["abc"]


@pytest.mark.parametrize(
    "reference",
    [
        view("film", {}),
        view("chart", {"chart": "pie"}),
        view("chart", {**LINE, "series": "none"}),
        view("chart", {**HISTOGRAM, "series": [{"edges": [0, 1], "counts": [1, 2, 3]}]}),
        view("chart", "text"),
        view("image", {"content": "not base64!"}),
        view("image", {"content": base64.b64encode(b"GIF89a").decode()}),
        {"type": "image", "hash": "h", "size": 10**9},
        {"type": "table", "summary": {"columns": [["only-a-name"]], "head": []}},
    ],
)
def test_what_cannot_be_drawn_says_so(show: Any, reference: Any) -> None:
    found = show(reference)
    assert isinstance(found, QLabel)
    assert found.text().startswith("This cannot be shown.")


def test_a_value_that_has_expired_says_so(show: Any) -> None:
    def gone(_reference: Any) -> bytes:
        raise ViewError("board.view_shape", place="hash")

    assert "cannot be shown" in show({"type": "text", "hash": "x", "size": 5}, gone).text()


def test_an_image_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ViewError, match="too large"):
        decode_image(png(60_000, 60_000))


def test_markdown_loads_nothing(qtbot: QtBot) -> None:
    shown = MarkdownView("![picture](file:///etc/passwd) [link](https://example.org)")
    qtbot.addWidget(shown)
    kind = QTextDocument.ResourceType.ImageResource.value
    assert bytes(shown.loadResource(kind, QUrl("file:///etc/passwd")).data()) == b""
    assert not shown.openLinks()


def test_a_deep_json_value_is_shown_to_a_depth(qtbot: QtBot) -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    tree = JsonView(value)
    qtbot.addWidget(tree)
    assert tree.topLevelItemCount() == 1


def test_selected_cells_are_copied_with_tabs(qtbot: QtBot, look: Look) -> None:
    summary = {
        "rows": 2,
        "columns": [["a", "INTEGER"], ["b", "VARCHAR"]],
        "head": [[1, "x"], [2, None]],
    }
    shown = TableView(table_from_summary(summary))
    qtbot.addWidget(shown)
    shown.table.selectAll()
    assert shown.table.selected_text() == "1\tx\n2\t–"


def test_cells_are_written_for_people() -> None:
    assert [cell_text(v) for v in (None, True, 2.5000001, "x")] == ["–", "Yes", "2.5", "x"]


def test_bars_of_several_series_stand_at_the_same_labels() -> None:
    data = chart_from_view(BARS)
    assert data.labels == ("rain", "sun", "fog")
    assert data.series[0].ys[:2] == (3, 4)
    assert data.series[1].ys[1:] == (1, 2)


@pytest.mark.parametrize("data", [LINE, BARS, HISTOGRAM])
def test_a_chart_paints_and_tells_its_values(qtbot: QtBot, look: Look, data: Any) -> None:
    chart = ChartView(look)
    qtbot.addWidget(chart)
    chart.resize(420, 300)
    chart.show_chart(chart_from_view(data), "Title")
    before = chart.grab().toImage()
    assert chart._points, "values under the pointer"
    chart._hover = chart._points[0]
    assert chart.grab().toImage() != before
    assert describe(chart_from_view(data)).startswith(data["series"][0]["name"])


def test_a_chart_without_values_says_so(qtbot: QtBot, look: Look) -> None:
    chart = ChartView(look)
    qtbot.addWidget(chart)
    chart.show_chart(chart_from_view({**LINE, "series": []}), "Nothing")
    assert not chart.grab().isNull()
