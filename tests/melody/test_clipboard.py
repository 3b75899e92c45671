"""Copy, paste and duplicate: a readable fragment, new ids, inner wires kept."""

from __future__ import annotations

import json

import pytest

from harmony.melody import clipboard, file
from harmony.melody.changes import AddNode, ChangeError, Connect, EditPart, RenameNode, apply
from harmony.melody.document import Document
from harmony.melody.errors import MelodyFileError
from harmony.melody.model import Melody, Node, Note
from harmony.melody.naming import fresh_node_id


@pytest.fixture
def melody(melody_of):
    made = melody_of("a:say", "b:upper", "c:upper", "a.text > b.text", "b.text > c.text")
    made.nodes["a"] = Node("a", "test/say", "Say it", 100, 50, {"words": "hi"}, 1, 2)
    made.nodes["b"] = Node("b", "test/upper", x=300, y=20)
    made.notes["note"] = Note("note", "why", 80, 200)
    return made


def test_what_is_copied_and_pasted_comes_with_new_ids_and_its_inner_wires(melody, players, wire_of):
    document = Document(melody, players.get)
    text = clipboard.copy(melody, ["b", "a"], ["note"])
    document.apply(clipboard.paste(melody, text, at=(500, 500)))
    assert list(melody.nodes) == ["a", "b", "c", "say", "upper"]
    assert melody.nodes["say"] == Node("say", "test/say", "Say it", 520, 530, {"words": "hi"}, 1, 2)
    assert melody.nodes["upper"] == Node("upper", "test/upper", x=720, y=500)
    assert melody.notes["note-2"] == Note("note-2", "why", 500, 680)
    assert wire_of("say.text > upper.text") in melody.connections
    assert len(melody.connections) == 3, "the wire to c, which was not copied, is not made up"
    document.undo()
    assert list(melody.nodes) == ["a", "b", "c"]


def test_a_fragment_is_readable_json(melody):
    fragment = json.loads(clipboard.copy(melody, ["a"]))
    assert fragment["format"] == "harmony.fragment"
    assert fragment["nodes"][0]["player"] == "test/say"
    assert clipboard.is_fragment(clipboard.copy(melody, ["a"]))
    assert not clipboard.is_fragment(file.dumps(melody).decode())


def test_a_fragment_may_be_pasted_often_and_into_another_melody(melody, players):
    text = clipboard.copy(melody, ["b", "c"])
    document = Document(Melody("other"), players.get)
    for _ in range(3):
        document.apply(clipboard.paste(document.melody, text, at=(0, 0)))
    assert list(document.melody.nodes) == [
        "upper", "upper-2", "upper-3", "upper-4", "upper-5", "upper-6",
    ]  # fmt: skip
    assert len(document.melody.connections) == 3


def test_the_caller_may_wish_for_ids_and_equal_wishes_are_told_apart(melody):
    text = clipboard.copy(melody, ["b", "c"])
    wished = clipboard.paste(melody, text, lambda player: fresh_node_id(melody, player), (0, 0))
    assert [change.node.id for change in wished.changes if isinstance(change, AddNode)] == [
        "upper", "upper-2",
    ]  # fmt: skip
    assert [change.connection.source for change in wished.changes if isinstance(change, Connect)]


def test_a_duplicate_stands_a_little_aside(melody, players):
    document = Document(melody, players.get)
    document.apply(clipboard.duplicate(melody, ["a"], ["note"]))
    assert document.undo_label == "Duplicate"
    assert (melody.nodes["say"].x, melody.nodes["say"].y) == (132, 82)
    assert (melody.notes["note-2"].x, melody.notes["note-2"].y) == (112, 232)


def test_copying_what_is_not_there_says_so(melody):
    with pytest.raises(ChangeError):
        clipboard.copy(melody, ["zz"])
    with pytest.raises(ChangeError):
        clipboard.duplicate(melody, ["a"], ["zz"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("just some text", "melody.file_syntax"),
        ("", "melody.file_empty"),
        ('{"format": "harmony.melody", "version": 1}', "melody.file_not_a_melody"),
        ('{"format": "harmony.fragment", "version": 4}', "melody.file_newer"),
        ('{"format": "harmony.fragment", "version": 1}', "melody.file_missing_key"),
        ("\ud800", "melody.file_encoding"),
    ],
)
def test_what_is_no_fragment_is_not_pasted(melody, text, code):
    with pytest.raises(MelodyFileError) as caught:
        clipboard.paste(melody, text)
    assert caught.value.code == code
    assert str(caught.value).startswith("Clipboard")


def test_a_copied_node_takes_the_parts_it_places_and_its_wires_as_they_are(players, melody_of):
    melody = melody_of("a:say", "b:upper", "a.text > b.text")
    wire = next(iter(melody.connections))
    melody.connections[wire] = "soft"
    melody.nodes["c"] = Node("c", "melody:outer")
    melody.parts["other"] = Melody("other")
    melody.parts["outer"] = Melody("outer", nodes={"x": Node("x", "melody:inner")})
    melody.parts["inner"] = Melody("inner", nodes={"y": Node("y", "test/say")})
    empty = Melody("empty")
    apply(empty, clipboard.paste(empty, clipboard.copy(melody, ["a", "b", "c"])))
    assert list(empty.parts) == ["outer", "inner"]
    assert empty.parts["inner"].nodes["y"].player == "test/say"
    assert list(empty.connections.values()) == ["soft"]
    assert list(empty.nodes) == ["say", "upper", "outer"]


def test_a_part_that_is_there_is_used_and_one_of_the_same_name_is_kept_apart(melody_of):
    melody = melody_of("a:say")
    melody.nodes["c"] = Node("c", "melody:p")
    melody.parts["p"] = Melody("p", nodes={"x": Node("x", "test/say")})
    text = clipboard.copy(melody, ["c"])
    apply(melody, clipboard.paste(melody, text))
    assert list(melody.parts) == ["p"]
    apply(melody, EditPart("p", RenameNode("x", "Another title")))
    apply(melody, clipboard.paste(melody, text))
    assert list(melody.parts) == ["p", "p-2"]
    assert melody.nodes["p-2"].player == "melody:p-2"
