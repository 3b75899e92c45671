"""What reaches a Player's function, and how its outputs are made fit for a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harmony.players.errors import PlayerError, ValueTypeError
from harmony.players.host.arguments import Arguments
from harmony.players.host.outputs import LARGEST_MESSAGE, fit_for_a_message
from harmony.players.specs import ParameterSpec, PlayerSpec, PortSpec
from harmony.players.types import File
from harmony.wire.messages import check

SPEC = PlayerSpec(
    id="test/cook",
    kind="operator",
    title="Cook",
    category="Test",
    function="kitchen:cook",
    inputs=(PortSpec("text", "text"), PortSpec("note", "text", required=False)),
    outputs=(PortSpec("text", "text"),),
    parameters=(
        ParameterSpec("minutes", "number", default=5.0, minimum=0, maximum=60),
        ParameterSpec("plates", "integer", default=1),
        ParameterSpec("hot", "boolean", default=False),
        ParameterSpec("style", "choice", default="raw", choices=("raw", "fried")),
        ParameterSpec("book", "file", default=None),
        ParameterSpec("name", "text", required=True, label="Name of the dish"),
    ),
)
TEXT = {"text": {"type": "text", "value": "egg"}}
NAME = {"name": "omelette"}


def test_inputs_and_parameters_become_arguments_and_defaults_are_left_to_the_signature() -> None:
    assert Arguments(SPEC).of(TEXT, NAME) == {"text": "egg", "name": "omelette"}


def test_values_have_the_types_that_the_signature_names() -> None:
    given = {**NAME, "minutes": 3, "plates": 2.0, "book": "/books/eggs"}
    found = Arguments(SPEC).of(TEXT, given)
    assert type(found["minutes"]) is float
    assert type(found["plates"]) is int
    assert type(found["book"]) is File


def test_a_parameter_without_a_value_takes_its_default() -> None:
    assert "book" not in Arguments(SPEC).of(TEXT, {**NAME, "book": None})


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "Name of the dish is missing"),
        ({**NAME, "minutes": 61}, "cannot be 61"),
        ({**NAME, "minutes": "3"}, "cannot be '3'"),
        ({**NAME, "minutes": True}, "cannot be True"),
        ({**NAME, "plates": 1.5}, "cannot be 1.5"),
        ({**NAME, "hot": 1}, "cannot be 1"),
        ({**NAME, "style": "boiled"}, "cannot be 'boiled'"),
        ({**NAME, "book": 7}, "cannot be 7"),
        ({**NAME, "spoon": 1}, "called spoon"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_with_what_would(
    parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlayerError, match=words) as caught:
        Arguments(SPEC).of(TEXT, parameters)
    assert caught.value.hint


def test_a_missing_input_and_one_of_another_type_are_refused() -> None:
    with pytest.raises(PlayerError, match="input text"):
        Arguments(SPEC).of({}, NAME)
    with pytest.raises(ValueTypeError, match="text"):
        Arguments(SPEC).of({"text": {"type": "number", "value": 1}}, NAME)


def listed(count: int, text: str) -> dict[str, Any]:
    items = [{"type": "text", "value": text} for _ in range(count)]
    return {"texts": {"type": "list[text]", "items": items, "summary": {"count": count}}}


def test_outputs_that_fit_a_message_are_left_as_they_are(tmp_path: Path) -> None:
    outputs = listed(100, "short")
    assert fit_for_a_message(outputs, tmp_path) is outputs
    assert list(tmp_path.iterdir()) == []


def test_many_values_that_are_too_much_together_become_files(tmp_path: Path) -> None:
    text = "é" * 10_000
    outputs = listed(LARGEST_MESSAGE // len(text) + 1, text)
    moved = fit_for_a_message(outputs, tmp_path)
    items = moved["texts"]["items"]
    assert len(items) == len(outputs["texts"]["items"])
    assert moved["texts"]["summary"] == outputs["texts"]["summary"]
    assert {(tmp_path / item["staged"]).read_text("utf-8") for item in items} == {text}
    message = {"kind": "result", "task": "t", "attempt": 1, "outputs": moved, "seconds": 0.0}
    message["usage"] = {"cpu_seconds": 0.0, "memory_mb": 0.0}
    check(message, "to_parent")
    assert len(json.dumps(message)) < LARGEST_MESSAGE


def test_a_staged_value_has_the_bytes_that_its_type_is_kept_as(tmp_path: Path) -> None:
    outputs = {
        "bytes": {"type": "bytes", "value": "AAEC" * 300},
        "json": {"type": "json", "value": {"b": [1] * 300, "a": "é"}},
        "file": {"type": "file", "value": "/" + "x" * 500},
        **listed(500, "y" * 10_000),
    }
    moved = fit_for_a_message(outputs, tmp_path)
    assert (tmp_path / moved["bytes"]["staged"]).read_bytes() == bytes([0, 1, 2]) * 300
    content = (tmp_path / moved["json"]["staged"]).read_bytes()
    assert content.startswith('{"a":"é","b":[1,1,'.encode())
    assert moved["file"] == outputs["file"], "a path names a file, and is none"
