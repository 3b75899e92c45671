"""Values become references and values again, and what is of the wrong type is refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harmony.players import NOTHING, File, Folder, Image, Table, View
from harmony.players.errors import ValueTypeError
from harmony.players.scratch import new_file, scratch_folder
from harmony.players.summaries import LARGEST_SUMMARY
from harmony.players.values import LARGEST_INLINE, read_input, write_output

PNG = b"\x89PNG\r\n\x1a\n"
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "scratch"
    folder.mkdir()
    with scratch_folder(folder):
        yield folder


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()
    return folder


def through(value: Any, port_type: str, staging: Path) -> Any:
    """Out of one Player and into another, as the parent hands it on."""
    return read_input(handed_on(write_output(value, port_type, staging), staging), port_type)


def handed_on(reference: dict[str, Any], staging: Path) -> dict[str, Any]:
    """What the parent makes of a child's reference: a staged file becomes a path."""
    assert json.loads(json.dumps(reference, allow_nan=False)) == reference
    found = {key: value for key, value in reference.items() if key not in ("summary", "staged")}
    if "staged" in reference:
        assert "/" not in reference["staged"]
        found["path"] = str(staging / reference["staged"])
    if "items" in reference:
        found["items"] = [handed_on(item, staging) for item in reference["items"]]
    return found


@pytest.mark.parametrize(
    ("value", "port_type"),
    [
        ("Grüße 🎵", "text"),
        ("", "text"),
        (3, "number"),
        (-0.5, "number"),
        (True, "boolean"),
        ({"a": [1, None, "x"]}, "json"),
        (None, "json"),
        (b"\x00\xff", "bytes"),
        (PNG, "image"),
        ([1.0, 2.5], "vector"),
        (View("text", "Title", {"text": "x"}), "view"),
        (["a", "b"], "list[text]"),
        ([], "list[number]"),
        ([[1.0], [2.0]], "list[vector]"),
    ],
)
def test_a_value_arrives_as_it_was(value: Any, port_type: str, staging: Path) -> None:
    arrived = through(value, port_type, staging)
    assert arrived == value
    assert type(arrived) is type(value) or isinstance(arrived, Image)


@pytest.mark.parametrize(
    ("value", "port_type", "suffix"),
    [
        ("ü" * LARGEST_INLINE, "text", ".txt"),
        ("\n" * (LARGEST_INLINE - 2), "text", ".txt"),
        (bytes(LARGEST_INLINE), "bytes", ".bin"),
        (PNG + bytes(LARGEST_INLINE), "image", ".png"),
        (list(range(LARGEST_INLINE)), "json", ".json"),
        ([float(n) for n in range(LARGEST_INLINE)], "vector", ".json"),
    ],
)
def test_a_large_value_is_staged_as_a_file(
    value: Any, port_type: str, suffix: str, staging: Path
) -> None:
    reference = write_output(value, port_type, staging)
    assert reference["staged"].endswith(suffix)
    assert "value" not in reference
    assert read_input(handed_on(reference, staging), port_type) == value


def test_what_is_just_small_enough_stays_inline(staging: Path) -> None:
    assert "value" in write_output("x" * (LARGEST_INLINE - 2), "text", staging)
    assert "staged" in write_output("x" * (LARGEST_INLINE - 1), "text", staging)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=JSON_VALUES)
def test_any_json_value_arrives_as_it_was(value: Any, staging: Path) -> None:
    assert through(value, "json", staging) == value
    assert through([value], "list[json]", staging) == [value]


def test_a_table_is_always_staged_and_summarised(staging: Path) -> None:
    table = Table.from_rows(
        [{"day": dt.date(2026, 3, 2), "text": "x" * 100, "n": n} for n in range(30)]
    )
    reference = write_output(table, "table", staging)
    summary = reference["summary"]
    assert summary["rows"] == 30
    assert summary["columns"] == [["day", "DATE"], ["text", "VARCHAR"], ["n", "BIGINT"]]
    assert summary["head"][0] == ["2026-03-02", "x" * 79 + "…", 0]
    assert len(json.dumps(summary, ensure_ascii=False).encode()) <= LARGEST_SUMMARY
    arrived = read_input(handed_on(reference, staging), "table")
    assert list(arrived.rows()) == list(table.rows())


def test_a_summary_of_a_wide_table_stays_small(staging: Path) -> None:
    table = Table.from_rows([{f"a long name of a column {n}": n for n in range(500)}])
    summary = write_output(table, "table", staging)["summary"]
    assert len(json.dumps(summary).encode()) <= LARGEST_SUMMARY
    assert summary["rows"] == 1


def test_an_input_table_that_is_passed_on_is_copied_not_moved(
    staging: Path, tmp_path: Path
) -> None:
    artifact = tmp_path / "artifact.parquet"
    artifact.write_bytes(Table.from_rows([{"a": 1}]).path.read_bytes())
    artifact.chmod(0o444)
    reference = write_output(Table(artifact), "table", staging)
    staged = staging / reference["staged"]
    assert not staged.samefile(artifact)
    assert staged.read_bytes() == artifact.read_bytes()


def test_one_table_may_be_two_outputs(staging: Path) -> None:
    table = Table.from_rows([{"a": 1}])
    names = {write_output(table, "table", staging)["staged"] for _ in range(2)}
    assert len(names) == 2


def test_a_list_of_dictionaries_makes_a_table(staging: Path) -> None:
    arrived = through([{"a": 1}, {"a": 2}], "table", staging)
    assert [row["a"] for row in arrived.rows()] == [1, 2]


def test_a_file_that_the_player_staged_is_named_not_copied(staging: Path) -> None:
    made = staging / "staged-1.csv"
    made.write_text("a,b\n")
    assert write_output(File(made), "file", staging)["staged"] == "staged-1.csv"
    assert write_output(made, "text", staging)["staged"] == "staged-1.csv"
    assert len(list(staging.iterdir())) == 1


def test_a_link_in_the_staging_folder_is_no_staged_file(staging: Path, tmp_path: Path) -> None:
    target = tmp_path / "other"
    target.write_text("x")
    (staging / "link").symlink_to(target)
    reference = write_output(File(staging / "link"), "file", staging)
    assert "staged" not in reference


def test_files_and_folders_are_absolute_paths(staging: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x")
    assert through(File(file), "file", staging) == str(file)
    assert isinstance(through([File(file)], "list[file]", staging)[0], File)
    assert isinstance(through(Folder(tmp_path), "folder", staging), Folder)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "text"),
        (1.5, "number"),
        (False, "boolean"),
        ({"a": 1}, "json"),
        (None, "json"),
        ([1, 2], "list[number]"),
        (["a", "b"], "list[text]"),
        (["a", 1], "json"),
        ([], "json"),
        (b"x", "bytes"),
        (View("text"), "view"),
    ],
)
def test_an_output_of_any_type_says_which_it_is(value: Any, expected: str, staging: Path) -> None:
    assert write_output(value, "any", staging)["type"] == expected


def test_a_way_not_taken_carries_nothing(staging: Path) -> None:
    reference = write_output(NOTHING, "table", staging)
    assert reference == {"type": "table", "nothing": True}
    assert read_input(reference, "table") is NOTHING
    gathered = {"type": "list[text]", "items": [{"type": "text", "nothing": True}]}
    assert read_input(gathered, "list[text]") == []


@pytest.mark.parametrize(
    ("value", "port_type", "words"),
    [
        (5, "text", r"The output “text” has to be a text, but the Player returned int 5\."),
        ("5", "number", "has to be a number, but the Player returned str '5'"),
        (True, "number", "has to be a number"),
        (float("nan"), "number", "has to be a finite number"),
        (1, "boolean", "true or false"),
        (None, "table", "a table, but the Player returned nothing"),
        ([1], "table", "a table, but the Player returned list"),
        ("text", "list[text]", r"a list \(list\[text\]\)"),
        (["a", 1], "list[text]", "a text, but the Player returned int 1"),
        ([1, "a"], "vector", "a list of numbers"),
        (b"GIF89a", "image", "PNG or JPEG"),
        ({1: "a"}, "json", "a key is int"),
        ({"a": float("inf")}, "json", "JSON"),
        ({"a": object()}, "json", "it holds object"),
        ("\ud800", "text", "whole characters"),
        ("/nowhere/at/all", "file", "a file that exists"),
        ({"kind": "text"}, "view", "a view"),
        (object(), "any", "JSON"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(
    value: Any, port_type: str, words: str, staging: Path
) -> None:
    with pytest.raises(ValueTypeError, match=words):
        write_output(value, port_type, staging)


def test_the_error_names_the_port(staging: Path) -> None:
    with pytest.raises(ValueTypeError, match="The output “summary” has to be a text"):
        write_output(5, "text", staging, port="summary")


def test_nesting_without_end_is_refused(staging: Path) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(ValueTypeError):
        write_output(value, "json", staging)


@pytest.mark.parametrize(
    ("reference", "port_type"),
    [
        ({}, "text"),
        ({"type": "opera", "value": 1}, "text"),
        ({"type": "text"}, "text"),
        ({"type": "text", "value": 5}, "text"),
        ({"type": "number", "value": "5"}, "number"),
        ({"type": "number", "value": True}, "number"),
        ({"type": "boolean", "value": 1}, "boolean"),
        ({"type": "bytes", "value": "?"}, "bytes"),
        ({"type": "table", "value": "rows"}, "table"),
        ({"type": "vector", "value": ["a"]}, "vector"),
        ({"type": "view", "value": []}, "view"),
        ({"type": "list[text]", "items": "ab"}, "list[text]"),
        ({"type": "list[text]", "items": ["a"]}, "list[text]"),
        ({"type": "number", "value": 1}, "text"),
        ({"type": "text", "value": "a"}, "list[text]"),
    ],
)
def test_a_malformed_reference_is_refused(reference: dict[str, Any], port_type: str) -> None:
    with pytest.raises(ValueTypeError):
        read_input(reference, port_type)


def test_bytes_are_base64_inside_a_reference(staging: Path) -> None:
    assert write_output(b"abc", "bytes", staging)["value"] == base64.b64encode(b"abc").decode()


def test_a_value_too_large_for_its_reference_makes_the_folder_it_is_staged_in(
    tmp_path: Path,
) -> None:
    staging = tmp_path / "run" / "desk"
    assert "value" in write_output("small", "text", staging)
    assert not staging.exists()
    reference = write_output("long " * LARGEST_INLINE, "text", staging)
    assert (staging / reference["staged"]).read_text(encoding="utf-8").startswith("long ")


def test_the_folder_of_new_files_is_made_when_the_first_one_is_wanted(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "desk"
    with scratch_folder(folder):
        assert not folder.exists()
        assert new_file(".jsonl").parent == folder
