"""What a person typed, as a value or as a problem."""

from __future__ import annotations

import pytest

from harmony.board.form.checking import check, label_of, text_of
from harmony.players.specs import ParameterSpec

NUMBER = ParameterSpec("share", "number", 0.5, minimum=0, maximum=1)
COUNT = ParameterSpec("count", "integer", 3, minimum=1)
MAYBE = ParameterSpec("limit", "integer", None)


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (NUMBER, "0.25", 0.25),
        (NUMBER, " 1 ", 1),
        (COUNT, "1 000", 1000),
        (MAYBE, "", None),
        (MAYBE, "−4", -4),
        (ParameterSpec("name", "text"), "", ""),
        (ParameterSpec("name", "text"), " kept as typed ", " kept as typed "),
        (ParameterSpec("key", "secret"), " secret:API_KEY ", "secret:API_KEY"),
    ],
)
def test_a_good_text_is_a_value(spec: ParameterSpec, text: str, value: object) -> None:
    found = check(spec, text)
    assert found.problem == ""
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("spec", "text", "words"),
    [
        (NUMBER, "much", "not a number"),
        (NUMBER, "nan", "not a number"),
        (NUMBER, "1e999", "not a number"),
        (NUMBER, "1.5", "Between 0 and 1"),
        (NUMBER, "", "default: 0.5"),
        (COUNT, "2.5", "whole number"),
        (COUNT, "0", "At least 1"),
        (ParameterSpec("top", "integer", maximum=9), "10", "At most 9"),
        (ParameterSpec("path", "file", required=True), "  ", "needed"),
        (ParameterSpec("key", "secret"), "hunter2", "secret:NAME"),
        (ParameterSpec("kind", "choice", "a", choices=("a", "b")), "c", "a, b"),
        (ParameterSpec("text", "multiline"), "x" * 300_000, "longer"),
    ],
)
def test_a_bad_text_says_what_is_wrong(spec: ParameterSpec, text: str, words: str) -> None:
    assert words in check(spec, text).problem


def test_what_is_shown_is_read_back_as_the_same_value() -> None:
    for value in (0.25, 1.0, 0, 1):
        assert check(NUMBER, text_of(value)).value == value


def test_a_name_is_read_as_words() -> None:
    assert label_of(ParameterSpec("empty_values", "text")) == "Empty values"
    assert label_of(ParameterSpec("x", "text", label="Across")) == "Across"
