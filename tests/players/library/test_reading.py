"""Files into tables and texts, bad records among them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from harmony.players import File, Folder, PlayerError, Table
from harmony.players.context import Context
from harmony.players.library.reading import list_files, read_image, read_table, read_text


def written(folder: Path, name: str, content: str, encoding: str = "utf-8") -> File:
    path = folder / name
    path.write_text(content, encoding=encoding)
    return File(path)


def rows(table: Table) -> list[dict[str, Any]]:
    return list(table.rows())


def logged(context_words: list[dict[str, Any]]) -> Context:
    return Context(say=lambda kind, fields: context_words.append({"kind": kind, **fields}))


def test_a_csv_file_gets_the_types_that_all_of_its_values_fit(weather: Table) -> None:
    assert weather.row_count == 1461
    assert weather.types == {
        "date": "DATE",
        "precipitation": "DOUBLE",
        "temp_max": "DOUBLE",
        "temp_min": "DOUBLE",
        "wind": "DOUBLE",
        "weather": "VARCHAR",
    }
    assert next(weather.rows())["date"] == dt.date(2012, 1, 1)


def test_reading_a_file_twice_gives_the_same_bits(weather_file: File) -> None:
    digests = {
        hashlib.sha256(read_table(weather_file).path.read_bytes()).hexdigest() for _ in range(2)
    }
    assert len(digests) == 1


def test_the_delimiter_and_quoted_line_ends_are_found(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", 'zip;name;ok\n0123;"a;b\nc";true\n0456;d;False\n')
    table = read_table(file)
    assert table.types == {"zip": "VARCHAR", "name": "VARCHAR", "ok": "BOOLEAN"}
    assert rows(table)[0] == {"zip": "0123", "name": "a;b\nc", "ok": True}


def test_a_file_without_a_head_gets_numbered_columns(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a.csv", "1,x\n2,y\n")).columns == ("column_1", "column_2")


def test_a_head_that_names_a_column_twice_is_told_apart(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", "a,A,b\nx,y,z\n"))
    assert table.columns == ("a", "A_2", "b")


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a.csv", "a,b\n1,2\n", "utf-8-sig")).columns == ("a", "b")


def test_values_that_mean_empty_are_empty(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "name,price\na,1\nb,n/a\nc,-\n")
    table = read_table(file, empty_values="n/a, -")
    assert [row["price"] for row in rows(table)] == [1, None, None]
    assert table.types["price"] == "BIGINT"


def test_the_bad_record_in_the_penguins_is_named(penguins_file: File) -> None:
    with pytest.raises(PlayerError) as caught:
        read_table(penguins_file, types="Sex: MALE | FEMALE")
    assert caught.value.message == (
        "Record 337 of 344 is bad: “Sex” is “.”, which is not one of MALE, FEMALE."
    )
    assert "make empty" in caught.value.hint


def test_a_bad_record_can_be_left_out(penguins_file: File) -> None:
    words: list[dict[str, Any]] = []
    table = read_table(
        penguins_file, types="Sex: MALE | FEMALE", bad_records="skip", context=logged(words)
    )
    assert table.row_count == 343
    assert "." not in {row["Sex"] for row in table.rows()}
    assert [word["text"] for word in words] == ["1 bad record left out."]


def test_a_bad_value_can_be_made_empty(penguins_file: File) -> None:
    table = read_table(penguins_file, types="Sex: MALE | FEMALE", bad_records="make empty")
    mended = rows(table)[336]
    assert table.row_count == 344
    assert mended["Body Mass (g)"] == 4875
    assert mended["Sex"] is None


def test_a_column_can_be_kept_as_text(weather_file: File) -> None:
    assert read_table(weather_file, types="wind: text").types["wind"] == "VARCHAR"


def test_all_bad_records_of_a_csv_are_counted(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "name,price\na,1\nb,cheap\nc,dear\n")
    with pytest.raises(PlayerError, match=r"Record 2 of 3 .*“cheap”.* not a number\. 1 more"):
        read_table(file, types="price: number")


def test_a_line_with_too_few_values_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "a,b,c\n1,2,3\n4,5\n")
    with pytest.raises(PlayerError, match=r"Line 3 of a\.csv has 2 values instead of 3"):
        read_table(file)


def test_lines_of_the_wrong_length_are_left_out_and_counted(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    words: list[dict[str, Any]] = []
    table = read_table(file, bad_records="skip", context=logged(words))
    assert [row["a"] for row in table.rows()] == [1, 10]
    assert [word["text"] for word in words] == ["2 bad records left out."]


def test_json_lines_that_are_no_json_are_named_by_their_line(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", '{"a": 1}\nnot json\n{"a": 2}\n')
    with pytest.raises(PlayerError, match=r"Line 2 of a\.jsonl is no JSON"):
        read_table(file)


def test_json_lines_that_are_no_json_are_left_out(tmp_path: Path) -> None:
    file = written(tmp_path, "a.jsonl", '{"a": 1}\nnot json\n{"a": null}\n{"a": 2}\n')
    assert [row["a"] for row in read_table(file, bad_records="skip").rows()] == [1, None, 2]


def test_damaged_json_is_named_by_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, "a.json", '[{"a": 1},\n oops]')
    with pytest.raises(PlayerError, match="Expecting value in line 2"):
        read_table(file)


def test_a_parquet_file_comes_as_it_is(weather: Table, tmp_path: Path) -> None:
    copy = tmp_path / "weather.parquet"
    copy.write_bytes(weather.path.read_bytes())
    assert rows(read_table(File(copy))) == rows(weather)


def test_what_is_no_parquet_file_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="cannot be read as Parquet"):
        read_table(written(tmp_path, "a.parquet", "nothing of that kind"))


def test_another_encoding_is_asked_for(tmp_path: Path) -> None:
    file = written(tmp_path, "a.csv", "name,x\nMüller,1\n", "latin-1")
    with pytest.raises(PlayerError, match="not stored as utf-8"):
        read_table(file)
    assert rows(read_table(file, encoding="latin-1"))[0]["name"] == "Müller"


def test_an_unknown_column_in_the_types_is_answered_with_the_nearest_one(
    weather_file: File,
) -> None:
    with pytest.raises(PlayerError) as caught:
        read_table(weather_file, types="temp_mx: number")
    assert "Did you mean “temp_max”?" in caught.value.hint


@pytest.mark.parametrize(
    ("file", "words"),
    [("", "No file is chosen"), ("/nowhere/a.csv", "There is no file"), ("/", "is a folder")],
)
def test_a_file_that_cannot_be_read_is_said_plainly(file: str, words: str) -> None:
    with pytest.raises(PlayerError, match=words):
        read_table(path=File(file))


def test_a_wired_file_comes_before_the_one_in_the_form(
    weather_file: File, penguins_file: File
) -> None:
    assert "Species" in read_table(penguins_file, path=weather_file).columns


def test_a_text_file_gives_its_text_and_its_name(texts_folder: Folder) -> None:
    text, name = read_text(File(texts_folder.path / "ozymandias.txt"))
    assert name == "ozymandias"
    assert text.startswith("I met a traveller from an antique land")


def test_a_text_of_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="not stored as utf-8"):
        read_text(written(tmp_path, "a.txt", "Müller", "latin-1"))


def test_files_are_listed_by_name_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md", ".hidden.txt"):
        (tmp_path / "list").mkdir(exist_ok=True)
        written(tmp_path / "list", name, "")
    (tmp_path / "list" / "inside").mkdir()
    written(tmp_path / "list" / "inside", "d.txt", "")
    folder = Folder(tmp_path / "list")
    assert [file.path.name for file in list_files(folder, pattern="*.txt")] == ["a.txt", "b.txt"]
    assert [file.path.name for file in list_files(folder, pattern="*.md, *.txt")] == [
        "a.txt",
        "b.txt",
        "c.md",
    ]
    assert len(list_files(folder, pattern="*.txt", subfolders=True)) == 3


def test_a_pattern_that_nothing_fits_is_an_error(texts_folder: Folder) -> None:
    with pytest.raises(PlayerError, match=r"fits the pattern “\*\.pdf”"):
        list_files(texts_folder, pattern="*.pdf")


def test_a_pattern_does_not_lead_out_of_the_folder(texts_folder: Folder) -> None:
    with pytest.raises(PlayerError, match="leads out of the folder"):
        list_files(texts_folder, pattern="../*.csv")


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="neither a PNG nor a JPEG"):
        read_image(written(tmp_path, "a.png", json.dumps({})))
