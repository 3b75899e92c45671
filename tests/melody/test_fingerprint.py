"""The content hash: what matters to a run changes it, what does not leaves it."""

from __future__ import annotations

import pytest

from harmony.melody import file
from harmony.melody.changes import (
    AddNode,
    AddNote,
    AddPart,
    Connect,
    DescribeMelody,
    Disconnect,
    EditPart,
    Group,
    MoveNodes,
    RenameNode,
    RenamePart,
    ReplacePlayer,
    SetDependency,
    SetExposed,
    SetLimits,
    SetNodeOption,
    SetParameter,
    SetPolicy,
    SetRepeat,
    apply,
)
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import (
    Connection,
    Exposed,
    Limits,
    Melody,
    Node,
    Note,
    Policy,
    Repeat,
)

FIRST = Connection("a", "text", "join", "texts")


@pytest.fixture
def melody(melody_of):
    made = melody_of("a:say", "b:say", "join:join", "a.text > join.texts", "b.text > join.texts")
    made.nodes["placed"] = Node("placed", "melody:p")
    made.parts["p"] = Melody("p", nodes={"x": Node("x", "test/say"), "z": Node("z", "melody:deep")})
    made.parts["deep"] = Melody("deep", nodes={"y": Node("y", "test/say")})
    return made


def test_the_hash_of_a_melody_without_the_newer_things_is_the_one_of_old(melody_of):
    """Runs and versions of the past are stored under it."""
    melody = melody_of("a:say", "b:upper", "a.text > b.text")
    old = "0a57b6379a82489193674f064968b0a9b719cb7a6eb17c93558a92e858c8cb43"
    assert content_hash(melody) == old


def test_parts_that_place_each_other_have_a_hash_too():
    melody = Melody("m", nodes={"a": Node("a", "melody:p")})
    melody.parts["p"] = Melody("p", nodes={"a": Node("a", "melody:q")})
    melody.parts["q"] = Melody("q", nodes={"a": Node("a", "melody:p")})
    assert len(content_hash(melody)) == 64


@pytest.mark.parametrize(
    "change",
    [
        MoveNodes({"a": (5, 6)}),
        RenameNode("a", "title"),
        AddNote(Note("n", "text")),
        DescribeMelody("name", "description"),
        Group("", (Disconnect(FIRST), Connect(FIRST, 0))),
        SetPolicy("a", Policy(retry_base=5, retry_cap=9, notify=True, parallel=2)),
        SetLimits(Limits(tokens=5)),
        SetExposed((), (Exposed("out", "a", "text"),)),
        AddPart(Melody("nobody-places-it")),
        RenamePart("p", "q"),
        EditPart("p", RenameNode("x", "title")),
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
        SetPolicy("a", Policy(timeout=5)),
        SetPolicy("a", Policy(fallback="test/upper")),
        SetPolicy("a", Policy(on_failure="skip")),
        SetPolicy("a", Policy(quorum=1)),
        SetDependency(FIRST, "soft"),
        SetRepeat("placed", Repeat("done")),
        EditPart("p", SetParameter("x", "words", "other")),
        EditPart("p", SetExposed((), (Exposed("out", "x", "text"),))),
        EditPart("deep", SetParameter("y", "words", "other")),
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
