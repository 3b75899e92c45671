"""Values pinned to a node: how they stand in a file, what a Change does, what does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from harmony.melody.change_json import from_json, to_json
from harmony.melody.changes import ChangeError, SetPins, apply
from harmony.melody.errors import MelodyFileError
from harmony.melody.file import dumps, loads
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.validation import validate
from harmony.players.specs import PlayerSpec, PortSpec

HELLO = {"type": "text", "value": "hello"}
LIST = {"type": "list[text]", "items": [HELLO, {"type": "text", "value": "there"}]}
KEPT = {"type": "table", "hash": "a" * 64, "size": 12, "summary": {"rows": 3}}


def spec(name: str, inputs: dict[str, str], outputs: dict[str, str]) -> PlayerSpec:
    return PlayerSpec(
        id=f"trial/{name}",
        kind="operator",
        title=name,
        category="Trial",
        function=f"m:{name}",
        inputs=tuple(PortSpec(port, kind) for port, kind in inputs.items()),
        outputs=tuple(PortSpec(port, kind) for port, kind in outputs.items()),
    )


SPECS = {
    each.id: each
    for each in (
        spec("split", {}, {"texts": "list[text]"}),
        spec("shout", {"text": "text"}, {"text": "text"}),
        spec("both", {"text": "text"}, {"text": "text", "count": "number"}),
    )
}


def drawn(second: str = "shout") -> Melody:
    melody = Melody("m", name="M")
    melody.nodes["first"] = Node("first", "trial/shout")
    melody.nodes["second"] = Node("second", f"trial/{second}")
    melody.connections[Connection("first", "text", "second", "text")] = "hard"
    return melody


def pinned(node: str = "first", second: str = "shout", **pins: dict[str, Any]) -> Melody:
    melody = drawn(second)
    apply(melody, SetPins(node, pins))
    return melody


def codes(melody: Melody) -> set[str]:
    return {f"{finding.node} {finding.code}" for finding in validate(melody, SPECS.get)}


def test_pins_come_back_from_a_file_as_they_were_and_only_they_need_version_3() -> None:
    melody = pinned(text=HELLO, more=LIST, table=KEPT)
    data = dumps(melody)
    assert b'"version": 3' in data
    assert loads(data, "m.melody").nodes["first"].pins == melody.nodes["first"].pins
    assert b'"version": 1' in dumps(drawn())


def test_a_file_that_says_an_older_version_may_hold_no_pins() -> None:
    data = dumps(pinned(text=HELLO)).replace(b'"version": 3', b'"version": 2')
    with pytest.raises(MelodyFileError, match="version"):
        loads(data, "m.melody")


@pytest.mark.parametrize(
    "wrong",
    [
        b'{"value": "hello"}',
        b'{"type": "text", "hash": "abc"}',
        b'{"type": "text", "size": -1}',
        b'{"type": "text", "colour": "red"}',
        b'{"type": "list[text]", "items": [{"value": 1}]}',
    ],
)
def test_a_pin_of_another_shape_is_refused_with_its_place(wrong: bytes) -> None:
    data = dumps(pinned(text=HELLO))
    start = data.index(b"{", data.index(b'"text"', data.index(b'"pins"')))
    end = data.index(b"}", start) + 1
    with pytest.raises(MelodyFileError, match=r"m\.melody"):
        loads(data[:start] + wrong + data[end:], "m.melody")


def test_pinning_is_one_change_with_its_inverse_and_can_be_written_down() -> None:
    melody = drawn()
    change = SetPins("first", {"text": HELLO})
    back = apply(melody, change)
    assert melody.nodes["first"].pins == {"text": HELLO}
    assert from_json(to_json(change)) == change
    apply(melody, back)
    assert melody == drawn()


def test_a_pin_without_a_type_is_no_change() -> None:
    with pytest.raises(ChangeError, match="no type is given"):
        apply(drawn(), SetPins("first", {"text": {"value": "hello"}}))


def test_a_pinned_node_needs_no_inputs() -> None:
    assert "first melody.input_missing" in codes(drawn())
    assert codes(pinned(text=HELLO)) == set()


@pytest.mark.parametrize(
    ("pins", "code"),
    [
        ({"text": HELLO, "colour": HELLO}, "first melody.pin_port"),
        ({"text": {"type": "number", "value": 1}}, "first melody.pin_type"),
        ({"text": LIST}, "first melody.pin_type"),
    ],
)
def test_a_pin_that_does_not_fit_is_a_finding(pins: dict[str, Any], code: str) -> None:
    assert code in codes(pinned(**pins))


def test_a_wired_output_must_be_among_the_pins() -> None:
    melody = pinned("second", second="both", count={"type": "number", "value": 2})
    melody.nodes["third"] = Node("third", "trial/shout")
    melody.connections[Connection("second", "text", "third", "text")] = "hard"
    assert "second melody.pin_missing" in codes(melody)


def test_a_node_that_runs_once_an_item_is_pinned_with_a_list() -> None:
    melody = pinned("second", text=LIST)
    melody.nodes["first"] = Node("first", "trial/split")
    melody.connections = {Connection("first", "texts", "second", "text"): "hard"}
    assert codes(melody) == set()


def test_another_pinned_value_is_another_melody() -> None:
    other = {"type": "text", "value": "bye"}
    assert content_hash(pinned(text=HELLO)) != content_hash(drawn())
    assert content_hash(pinned(text=HELLO)) != content_hash(pinned(text=other))
    with_summary = {**HELLO, "summary": {"head": "hello"}}
    assert content_hash(pinned(text=HELLO)) == content_hash(pinned(text=with_summary))
