"""Outputs as a run keeps them: packed, and given back as they were."""

from __future__ import annotations

import math
from typing import Any

import pytest

from harmony.pit.dag.packed import (
    NOTHING,
    collected,
    item_at,
    length_at,
    pack,
    reference_at,
    unpack,
)
from harmony.pit.dag.values import list_reference


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "hash": "0" * 63 + "a", "size": len(value), "value": value}


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "Zürich \N{MUSICAL SYMBOL G CLEF} \0",
        "half a letter \ud834",
        1 << 80,
        -1.5,
        True,
        None,
        {"a": [1, {"b": None}]},
        [],
    ],
)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    outputs = {"a": {"type": "json", "hash": "h", "size": 1, "value": value}, "b": text("beside")}
    packed = pack(outputs)
    assert unpack(packed) == outputs
    assert reference_at(packed, "a") == outputs["a"]
    assert type(unpack(packed)["a"]["value"]) is type(value)


def test_what_is_no_number_comes_back_too() -> None:
    packed = pack({"a": {"type": "json", "hash": "h", "size": 1, "value": math.nan}})
    assert math.isnan(unpack(packed)["a"]["value"])


def test_what_was_packed_does_not_change_with_what_is_made_of_it() -> None:
    packed = pack({"a": text("x")})
    unpack(packed)["a"]["value"] = "changed"
    assert unpack(packed) == {"a": text("x")}


def test_a_list_comes_back_whole_or_item_by_item() -> None:
    texts = list_reference("list[text]", [text("x"), text("y\ud834"), text("z")])
    outputs = {"texts": texts, "beside": text("b")}
    packed = pack(outputs)
    assert unpack(packed) == outputs
    assert reference_at(packed, "texts") == texts
    assert reference_at(packed, "beside") == text("b")
    assert [item_at(packed, "texts", n) for n in range(3)] == texts["items"]
    assert length_at(packed, "texts") == 3


def test_a_list_of_lists_comes_back() -> None:
    inner = [list_reference("list[text]", [text("x"), text("y")]), list_reference("list[text]", [])]
    packed = pack({"all": list_reference("list[list[text]]", inner)})
    assert unpack(packed)["all"]["items"] == inner
    assert item_at(packed, "all", 0) == inner[0]


def test_a_branch_that_was_not_taken_gives_nothing() -> None:
    packed = pack({"yes": {"type": "text", "nothing": True}, "no": text("x")})
    assert reference_at(packed, "yes") is None
    assert reference_at(packed, "no") == text("x")
    assert reference_at(packed, "other") is None
    assert length_at(packed, "yes") is None
    assert unpack(NOTHING) == {}


def test_a_mapped_node_gives_the_list_of_what_its_tasks_gave() -> None:
    tasks = [
        pack({"a": text("x"), "b": text("1")}),
        NOTHING,
        pack({"a": {"type": "text", "nothing": True}, "b": text("2")}),
    ]
    packed = collected({"a": "text", "b": "text"}, tasks)
    assert unpack(packed) == {
        "a": list_reference("list[text]", [text("x")]),
        "b": list_reference("list[text]", [text("1"), text("2")]),
    }
    assert item_at(packed, "b", 1) == text("2")
    assert length_at(packed, "b") == 2
