"""A difference as people and programs are told it."""

from __future__ import annotations

import json

import pytest
from any_changes import change_strategy, loaded
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.melody.changes import (
    AddNode,
    ChangeError,
    Connect,
    EditPart,
    MoveNodes,
    RemoveNode,
    RenameNode,
    SetParameter,
    SetRepeat,
    apply,
)
from harmony.melody.difference import Difference, difference
from harmony.melody.difference_json import difference_to_json
from harmony.melody.difference_words import lines, shown, summary
from harmony.melody.model import Connection, Melody, Node, Repeat


def _difference(*changes: object) -> Difference:
    old, new = Melody("m"), Melody("m")
    loaded(old)
    loaded(new)
    for change in changes:
        try:
            apply(new, change)  # type: ignore[arg-type]
        except ChangeError:
            continue
    return difference(old, new)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ((), "nothing changed"),
        ((MoveNodes({"a": (9.0, 9.0)}),), "1 moved, nothing else"),
        ((EditPart("p1", MoveNodes({"a": (9.0, 9.0)})),), "1 moved, nothing else"),
        ((RenameNode("a", "A"), MoveNodes({"a": (9.0, 9.0)})), "1 changed"),
        ((RemoveNode("a"),), "3 removed"),
        ((RenameNode("b", "B"), AddNode(Node("d", "test/one"))), "1 added, 1 changed"),
    ],
)
def test_a_difference_in_a_few_words(changes: tuple[object, ...], told: str):
    assert summary(_difference(*changes)) == told


def test_each_line_says_which_node_and_from_what_to_what():
    found = _difference(
        RenameNode("a", "First °C"),
        SetParameter("a", "p", "rain > 20"),
        SetRepeat("b", Repeat("good", 3)),
        AddNode(Node("d", "test/one", "Fourth")),
        Connect(Connection("a", "x", "d", "y")),
        EditPart("p1", RenameNode("a", "Inner")),
    )
    assert [(line.mark, line.text, line.node, line.part) for line in lines(found)] == [
        ("+", "node d (Fourth)", "d", ""),
        ("~", 'node a (First °C), title: "" → "First °C"', "a", ""),
        ("~", 'node a (First °C), p: default → "rain > 20"', "a", ""),
        ("~", "node b, repetition: default → until good, at most 3 times", "b", ""),
        ("+", "wire a.x → d.y", "", ""),
        ("~", 'in p1: node a (Inner), title: "" → "Inner"', "a", "p1"),
    ]


def test_a_long_value_is_cut():
    assert len(shown("x" * 500)) == 60


@settings(max_examples=150, deadline=None)
@given(st.lists(change_strategy, max_size=12))
def test_every_difference_has_words_and_a_form_in_json(sequence: list[object]):
    found = _difference(*sequence)
    assert bool(lines(found)) is not found.is_empty
    assert json.loads(json.dumps(difference_to_json(found), allow_nan=False)) is not None
    assert summary(found)
