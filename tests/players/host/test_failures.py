"""What a person reads of an error: the author's own line, and nothing of the program around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.players import PlayerError
from harmony.players.context import TaskCancelled
from harmony.players.host.failures import describe_failure
from harmony.wire.messages import check

AUTHORS = """
import json

def parse(text):
    return json.loads(text)

def divide():
    try:
        return 1 / 0
    except ZeroDivisionError as error:
        raise ValueError("outer") from error

def deeper(level=0):
    return deeper(level + 1)

def many():
    raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])
"""


@pytest.fixture
def authors(tmp_path: Path) -> dict[str, Any]:
    """The functions of an author's file."""
    path = tmp_path / "authors.py"
    path.write_text(AUTHORS)
    names: dict[str, Any] = {"__file__": str(path)}
    exec(compile(AUTHORS, str(path), "exec"), names)
    return names


def failure(call: Callable[[], Any], source: str = "") -> dict[str, Any]:
    """The description of what a call raises; always one that can be sent."""
    try:
        call()
    except BaseException as error:  # noqa: BLE001
        described = describe_failure(error, source)
    check({"kind": "failure", "task": "t", "attempt": 1, "error": described}, "to_parent")
    return described


def test_the_line_is_the_authors_and_not_that_of_the_library_it_calls(
    authors: dict[str, Any], tmp_path: Path
) -> None:
    found = failure(lambda: authors["parse"]("{"), str(tmp_path))
    assert found["type"] == "JSONDecodeError"
    assert (found["file"], found["line"]) == (str(tmp_path / "authors.py"), 5)
    assert "return json.loads(text)" in found["traceback"]
    assert "decoder.py" in found["traceback"], "how the library got there is still told"


def test_a_cause_is_told_with_its_own_line(authors: dict[str, Any], tmp_path: Path) -> None:
    found = failure(authors["divide"], str(tmp_path))
    assert found["message"] == "outer"
    assert "ZeroDivisionError" in found["traceback"]
    assert found["traceback"].count("return 1 / 0") == 1


def test_a_group_of_errors_tells_each(authors: dict[str, Any], tmp_path: Path) -> None:
    text = failure(authors["many"], str(tmp_path))["traceback"]
    assert "ValueError: one" in text
    assert "TypeError: two" in text


def test_endless_recursion_is_told_in_few_lines(authors: dict[str, Any], tmp_path: Path) -> None:
    found = failure(authors["deeper"], str(tmp_path))
    assert found["type"] == "RecursionError"
    assert found["hint"]
    assert len(found["traceback"].splitlines()) < 30


def test_a_snippets_line_is_the_snippets_own() -> None:
    def run() -> None:
        exec(compile("x = 1\ny = x / 0\n", "<snippet>", "exec"), {})

    found = failure(run)
    assert (found["file"], found["line"]) == ("<snippet>", 2)


def test_a_snippet_that_is_no_python_tells_the_line_too() -> None:
    found = failure(lambda: compile("x = 1\ny = = 2\n", "<snippet>", "exec"))
    assert (found["type"], found["file"], found["line"]) == ("SyntaxError", "<snippet>", 2)
    assert found["message"] == "invalid syntax"


def test_an_authors_error_is_told_in_the_authors_words() -> None:
    def refuse() -> None:
        raise PlayerError("There is no plate.", hint="Take one from the shelf.")

    found = failure(refuse)
    assert (found["message"], found["hint"]) == ("There is no plate.", "Take one from the shelf.")


def test_a_cancellation_is_told_as_one_and_without_a_traceback() -> None:
    def cancel() -> None:
        raise TaskCancelled

    found = failure(cancel)
    assert (found["cancelled"], found["traceback"]) == (True, "")


@pytest.mark.parametrize("size", [10, 10_000, 1_000_000])
def test_an_error_of_any_length_can_be_sent(size: int) -> None:
    def shout() -> None:
        raise ValueError("é" * size)

    assert failure(shout)["message"].startswith("é" * 10)


def test_an_error_that_cannot_be_printed_is_still_told() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise OSError("no words")

    def fail() -> None:
        raise BrokenError

    assert "OSError" in failure(fail)["message"]


def test_an_error_without_a_text_is_told_by_its_type() -> None:
    def fail() -> None:
        raise LookupError

    assert failure(fail)["message"] == "LookupError"
