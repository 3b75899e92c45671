"""Readable names for nodes and notes."""

from __future__ import annotations

import pytest

from harmony.melody.limits import is_identifier
from harmony.melody.model import Melody, Node, Note
from harmony.melody.naming import base_of_id, fresh_node_id, fresh_note_id


def test_the_first_node_of_a_player_is_called_after_it():
    assert fresh_node_id(Melody("m"), "library/filter_rows") == "filter-rows"


def test_further_ones_are_numbered():
    melody = Melody("m")
    for expected in ("filter-rows", "filter-rows-2", "filter-rows-3"):
        name = fresh_node_id(melody, "library/filter_rows")
        assert name == expected
        melody.nodes[name] = Node(name, "library/filter_rows")


def test_the_ten_thousandth_is_found_as_well():
    melody = Melody("m")
    for at in range(10_000):
        name = "say" if at == 0 else f"say-{at + 1}"
        melody.nodes[name] = Node(name, "library/say")
    assert fresh_node_id(melody, "library/say") == "say-10001"


def test_notes_and_nodes_share_one_space_of_names():
    melody = Melody("m")
    melody.nodes["note"] = Node("note", "library/note")
    assert fresh_note_id(melody) == "note-2"
    melody.notes["say"] = Note("say", "")
    assert fresh_node_id(melody, "library/say") == "say-2"


@pytest.mark.parametrize(
    ("player", "name"),
    [
        ("my package/Über cool!", "ber-cool"),
        ("x/__init__", "init"),
        ("", "node"),
        ("日本/語", "node"),
        ("plain", "plain"),
        ("a/" + "long_" * 60, None),
    ],
)
def test_any_player_gives_a_name_that_may_be_an_id(player, name):
    made = fresh_node_id(Melody("m"), player)
    assert is_identifier(made)
    assert name is None or made == name


def test_a_name_without_its_number_is_the_base():
    assert base_of_id("filter-rows-12") == "filter-rows"
    assert base_of_id("filter-rows") == "filter-rows"
