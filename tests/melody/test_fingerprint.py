"""The content hash: what matters to a run changes it, what does not leaves it."""

from __future__ import annotations

import pytest

from harmony.melody import file
from harmony.melody.changes import (
    AddNode,
    AddNote,
    Connect,
    DescribeMelody,
    Disconnect,
    Group,
    MoveNodes,
    RenameNode,
    ReplacePlayer,
    SetNodeOption,
    SetParameter,
    apply,
)
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import Connection, Node, Note

FIRST = Connection("a", "text", "join", "texts")


@pytest.fixture
def melody(melody_of):
    return melody_of("a:say", "b:say", "join:join", "a.text > join.texts", "b.text > join.texts")


@pytest.mark.parametrize(
    "change",
    [
        MoveNodes({"a": (5, 6)}),
        RenameNode("a", "title"),
        AddNote(Note("n", "text")),
        DescribeMelody("name", "description"),
        Group("", (Disconnect(FIRST), Connect(FIRST, 0))),
    ],
)
def test_what_does_not_matter_to_a_run_leaves_the_hash(melody, change):
    before = content_hash(melody)
    apply(melody, change)
    assert content_hash(melody) == before


@pytest.mark.parametrize(
    "change",
    [
        SetParameter("a", "words", "x"),
        AddNode(Node("c", "test/say")),
        ReplacePlayer("a", "test/other"),
        Disconnect(FIRST),
        SetNodeOption("a", "retries", 1),
        SetNodeOption("a", "priority", 1),
        Group("the items come in another order", (Disconnect(FIRST), Connect(FIRST))),
    ],
)
def test_what_matters_to_a_run_changes_the_hash_and_taking_it_back_restores_it(melody, change):
    before = content_hash(melody)
    inverse = apply(melody, change)
    assert content_hash(melody) != before
    apply(melody, inverse)
    assert content_hash(melody) == before


def test_the_hash_is_the_same_after_saving_and_loading(melody):
    apply(melody, SetParameter("a", "words", [1.0, {"b": 2, "a": 3.5}]))
    assert content_hash(file.loads(file.dumps(melody), "m")) == content_hash(melody)
