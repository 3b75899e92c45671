"""Files that stay, and what a person looks at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harmony.players import File, Image, PlayerError, SaveFile, Table, View
from harmony.players.library.reading import read_table
from harmony.players.library.shows import chart, show_image, show_table, show_text
from harmony.players.library.tables import group_rows
from harmony.players.library.writing import write_file

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_a_written_table_is_read_as_it_was(tmp_path: Path, suffix: str) -> None:
    table = Table.from_rows([{"a": 1, "b": 'x,"y"\n'}, {"a": 2, "b": "z"}])
    file = write_file(table, path=SaveFile(tmp_path / "new" / f"out.{suffix}"))
    assert list(read_table(file).rows()) == list(table.rows())
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"out.{suffix}"]


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("Grüße\n", "Grüße\n".encode()),
        (["a", "b"], b"a\nb\n"),
        (PNG, PNG),
        ({"a": [1, None]}, b'{\n  "a": [\n    1,\n    null\n  ]\n}\n'),
        (3, b"3\n"),
    ],
)
def test_other_values_are_written_as_they_are(tmp_path: Path, value: Any, content: bytes) -> None:
    target = tmp_path / "out"
    assert write_file(value, path=SaveFile(target)) == File(target)
    assert target.read_bytes() == content


def test_a_file_is_copied(tmp_path: Path, weather_file: File) -> None:
    copy = write_file(weather_file, path=SaveFile(tmp_path / "copy.csv"))
    assert copy.path.read_bytes() == weather_file.path.read_bytes()


def test_a_file_that_is_there_stays_when_that_was_asked(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    with pytest.raises(PlayerError, match="is there already"):
        write_file("new", path=SaveFile(target), if_there="stop")
    assert target.read_text() == "old"
    write_file("new", path=SaveFile(target))
    assert target.read_text() == "new"


@pytest.mark.parametrize(
    ("value", "name", "words"),
    [
        (View("text"), "a.txt", "no file"),
        ([PNG, PNG], "a.png", "Many values"),
        (Table, "a.xlsx", "cannot be written as “.xlsx”"),
        ("x", "", "No file is chosen"),
    ],
)
def test_what_cannot_be_written_is_explained(
    tmp_path: Path, value: Any, name: str, words: str
) -> None:
    value = Table.from_rows([{"a": 1}]) if value is Table else value
    with pytest.raises(PlayerError, match=words):
        write_file(value, path=SaveFile(tmp_path / name if name else ""))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlayerError, match="cannot be written"):
        write_file("x", path=SaveFile(tmp_path / "file" / "a.txt"))


def test_a_table_is_shown_by_its_first_rows(weather: Table) -> None:
    view = show_table(weather, title="Weather", rows=2)
    assert (view.kind, view.title) == ("table", "Weather")
    assert view.data["total"] == 1461
    assert view.data["rows"][1] == ["2012-01-02", 10.9, 10.6, 2.8, 4.5, "rain"]
    assert view.data["columns"][0] == ["date", "DATE"]


def test_a_text_is_shown_plain_or_as_markdown() -> None:
    assert show_text("# A").kind == "markdown"
    assert show_text("# A", format="plain") == View("text", "", {"text": "# A"})


def test_an_image_is_shown() -> None:
    assert show_image(Image(PNG)).data["format"] == "png"


def test_a_line_has_a_series_for_each_column(weather: Table) -> None:
    data = chart(weather, kind="line", x="date", y="temp_max, temp_min").data
    assert data["x"] == {"label": "date", "type": "time"}
    assert [series["name"] for series in data["series"]] == ["temp_max", "temp_min"]
    assert data["series"][0]["x"][0] == "2012-01-01"
    assert data["series"][0]["y"][:2] == [12.8, 10.6]
    assert (data["points"], data["shown"], data["note"]) == (2922, 2922, "")


def test_a_chart_without_columns_takes_the_first_that_fit(weather: Table) -> None:
    data = chart(weather).data
    assert (data["x"]["label"], data["y"]["label"]) == ("date", "precipitation")


def test_bars_are_grouped(penguins_file: File) -> None:
    weights = group_rows(
        read_table(penguins_file), by="Species\nIsland", compute='mass = avg("Body Mass (g)")'
    )
    data = chart(weights, kind="bar", x="species", y="mass", group="Island").data
    assert {series["name"]: series["x"] for series in data["series"]} == {
        "Biscoe": ["Adelie", "Gentoo"],
        "Dream": ["Adelie", "Chinstrap"],
        "Torgersen": ["Adelie"],
    }


def test_a_histogram_counts_every_value_once(weather: Table) -> None:
    data = chart(weather, kind="histogram", x="temp_max", bins=10).data
    (series,) = data["series"]
    assert len(series["edges"]) == 11
    assert sum(series["counts"]) == 1461


def test_points_on_top_of_each_other_make_one_bar_of_a_histogram() -> None:
    table = Table.from_rows([{"a": 5}, {"a": 5}, {"a": None}])
    data = chart(table, kind="histogram", bins=4).data
    assert sum(data["series"][0]["counts"]) == 2
    assert data["note"] == "1 empty value left out."


def test_a_long_line_keeps_its_peaks_and_says_so() -> None:
    table = Table.from_rows([(n, 1000.0 if n == 33_333 else n % 7) for n in range(50_000)], "xy")
    data = chart(table, kind="line", x="x", y="y").data
    assert data["shown"] <= 5_000
    assert max(data["series"][0]["y"]) == 1000.0
    assert data["series"][0]["x"] == sorted(data["series"][0]["x"])
    assert data["note"].startswith("Of 50,000 points the lowest and the highest")


def test_many_points_of_a_scatter_chart_are_thinned_and_it_says_so() -> None:
    table = Table.from_rows([(n, n) for n in range(12_000)], "xy")
    data = chart(table, kind="scatter", x="x", y="y").data
    assert (data["points"], data["shown"]) == (12_000, 4_000)
    assert data["note"] == "Each 3rd of 12,000 points is shown."


def test_empty_values_are_left_out_of_a_chart_and_it_says_so() -> None:
    table = Table.from_rows([{"x": 1, "y": 2.0}, {"x": 2, "y": None}])
    assert chart(table, kind="scatter").data["note"] == "1 empty value left out."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": "dat"}, "Column “dat” not found"),
        ({"y": "weather"}, "holds text, which has no height"),
        ({"kind": "scatter", "x": "weather", "y": "wind"}, "no place across a scatter chart"),
        ({"kind": "histogram", "x": "weather"}, "holds text"),
    ],
)
def test_a_column_that_cannot_be_drawn_is_explained(
    weather: Table, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlayerError, match=words):
        chart(weather, **arguments)


def test_a_view_is_plain_json(weather: Table) -> None:
    for view in (chart(weather), show_table(weather)):
        json.dumps(view.data, allow_nan=False)
