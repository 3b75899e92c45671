"""Changes: each is taken back to the last bit, written down, and either fits or does nothing."""

from __future__ import annotations

import copy
import math

import pytest
from any_changes import change_strategy, image, loaded
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.melody import file
from harmony.melody.changes import (
    AddNode,
    AddNote,
    AddPart,
    ChangeError,
    Connect,
    Disconnect,
    EditNote,
    EditPart,
    Group,
    MoveNodes,
    RemoveNode,
    RemoveNote,
    RemovePart,
    RenameNode,
    RenamePart,
    SetDependency,
    SetExposed,
    SetLimits,
    SetNodeOption,
    SetParameter,
    SetPolicy,
    SetRepeat,
    apply,
    from_json,
    label,
    to_json,
)
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


@settings(max_examples=300, deadline=None)
@given(st.lists(change_strategy, max_size=20))
def test_any_changes_undone_lead_back_to_the_start_and_redone_to_the_end(sequence):
    melody = Melody("m")
    loaded(melody)
    images = [image(melody)]
    inverses = []
    for change in sequence:
        before = image(melody)
        try:
            inverses.append(apply(melody, change))
        except ChangeError:
            assert image(melody) == before
        else:
            images.append(image(melody))
    redo = []
    for at in range(len(inverses) - 1, -1, -1):
        redo.append(apply(melody, inverses[at]))
        assert image(melody) == images[at]
    for at, forward in enumerate(reversed(redo), 1):
        apply(melody, forward)
        assert image(melody) == images[at]


@settings(max_examples=200, deadline=None)
@given(st.lists(change_strategy, max_size=20))
def test_whatever_changes_can_make_can_be_saved_and_read(sequence):
    melody = Melody("m")
    loaded(melody)
    for change in sequence:
        try:
            apply(melody, change)
        except ChangeError:
            continue
    data = file.dumps(melody)
    again = file.loads(data, "again")
    assert image(again) == image(melody)
    assert file.dumps(again) == data


@settings(max_examples=200, deadline=None)
@given(change_strategy)
def test_a_change_written_down_reads_back_the_same(change):
    assert from_json(to_json(change)) == change


def test_removing_a_node_is_taken_back_with_its_wires_at_their_places():
    melody = Melody("m")
    loaded(melody)
    before = image(melody)
    inverse = apply(melody, RemoveNode("a"))
    assert list(melody.nodes) == ["b", "c"]
    assert list(melody.connections) == [Connection("b", "x", "c", "y")]
    assert isinstance(inverse, Group)
    apply(melody, inverse)
    assert image(melody) == before


def test_a_group_that_fails_half_way_changes_nothing():
    melody = Melody("m")
    loaded(melody)
    before = image(melody)
    group = Group(
        "all or nothing",
        (
            RemoveNode("a"),
            AddNode(Node("z", "test/one"), 0),
            MoveNodes({"z": (1, 2)}),
            SetParameter("b", "p", 3),
            Connect(Connection("z", "x", "nowhere", "y")),
        ),
    )
    with pytest.raises(ChangeError) as caught:
        apply(melody, group)
    assert caught.value.code == "melody.no_such_node"
    assert image(melody) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (RemoveNode("zz"), "melody.no_such_node"),
        (RemoveNote("zz"), "melody.no_such_note"),
        (AddNode(Node("a", "test/one")), "melody.duplicate_id"),
        (AddNode(Node("n1", "test/one")), "melody.duplicate_id"),
        (AddNote(Note("a", "")), "melody.duplicate_id"),
        (AddNode(Node("a.b", "test/one")), "melody.bad_id"),
        (AddNode(Node("", "test/one")), "melody.bad_id"),
        (AddNode(Node("z", "")), "melody.bad_name"),
        (AddNode(Node("z", "test/one"), 9), "melody.bad_index"),
        (AddNode(Node("z", "test/one", x=math.nan)), "melody.bad_place"),
        (Connect(Connection("a", "x", "b", "y")), "melody.duplicate_connection"),
        (Connect(Connection("a", "x", "zz", "y")), "melody.no_such_node"),
        (Connect(Connection("a", "", "b", "y")), "melody.bad_name"),
        (Disconnect(Connection("a", "y", "b", "y")), "melody.no_such_connection"),
        (SetParameter("zz", "p", 1), "melody.no_such_node"),
        (SetParameter("a", "p", math.inf), "melody.bad_value"),
        (SetParameter("a", "p", {1, 2}), "melody.bad_value"),
        (SetParameter("a", "p", "\ud800"), "melody.bad_value"),
        (SetParameter("a", "p", {1: 2}), "melody.bad_value"),
        (SetParameter("a", "p", 2**70), "melody.bad_value"),
        (MoveNodes({"a": (1, 1), "zz": (1, 1)}), "melody.no_such_node"),
        (MoveNodes({"a": (math.inf, 1)}), "melody.bad_place"),
        (RenameNode("zz", "t"), "melody.no_such_node"),
        (SetNodeOption("a", "retries", -1), "melody.bad_option"),
        (SetNodeOption("a", "retries", True), "melody.bad_option"),
        (SetNodeOption("a", "colour", 1), "melody.no_such_option"),  # type: ignore[arg-type]
        (SetPolicy("zz", Policy()), "melody.no_such_node"),
        (SetPolicy("a", Policy(timeout=math.nan)), "melody.bad_setting"),
        (SetPolicy("a", Policy(retry_base="1")), "melody.bad_setting"),  # type: ignore[arg-type]
        (SetPolicy("a", Policy(on_failure="cry")), "melody.bad_setting"),  # type: ignore[arg-type]
        (SetPolicy("a", Policy(retry_errors=("",))), "melody.bad_setting"),
        (SetPolicy("a", Policy(parallel=True)), "melody.bad_setting"),
        (SetRepeat("a", Repeat("")), "melody.bad_name"),
        (SetRepeat("a", Repeat("x", 1.5)), "melody.bad_setting"),  # type: ignore[arg-type]
        (SetDependency(Connection("a", "y", "b", "y"), "soft"), "melody.no_such_connection"),
        (SetDependency(Connection("a", "x", "b", "y"), "firm"), "melody.bad_setting"),  # type: ignore[arg-type]
        (SetLimits(Limits(tokens=-1)), "melody.bad_setting"),
        (SetExposed((Exposed("in", "a", "x"),) * 2, ()), "melody.duplicate_port"),
        (AddPart(Melody("p1")), "melody.duplicate_part"),
        (AddPart(Melody("p.2")), "melody.bad_id"),
        (AddPart(Melody("p2", limits=Limits(tokens=1))), "melody.part_in_part"),
        (AddPart(Melody("p2", nodes={"a": Node("a.b", "test/one")})), "melody.bad_id"),
        (RemovePart("zz"), "melody.no_such_part"),
        (RenamePart("p1", "p2"), "melody.duplicate_part"),
        (RenamePart("p1", "a b"), "melody.bad_id"),
        (EditPart("zz", RemoveNode("a")), "melody.no_such_part"),
        (EditPart("p1", RemoveNode("zz")), "melody.no_such_node"),
        (EditPart("p1", Group("x", (SetLimits(Limits()),))), "melody.part_in_part"),
        (EditNote(Note("zz", "")), "melody.no_such_note"),
        (EditNote(Note("n1", "", width=0)), "melody.bad_place"),
        (
            Group("x", (Disconnect(Connection("a", "x", "b", "y")),) * 2),
            "melody.no_such_connection",
        ),
        (Group("x", (RemoveNode("a"), RemoveNode("a"))), "melody.no_such_node"),
    ],
)
def test_a_change_that_does_not_fit_says_why_and_changes_nothing(change, code):
    melody = Melody("m")
    loaded(melody)
    before = image(melody)
    with pytest.raises(ChangeError) as caught:
        apply(melody, change)
    assert caught.value.code == code
    assert not str(caught.value).startswith("melody."), "the catalogue has words for it"
    assert image(melody) == before


def test_a_part_that_was_added_and_then_edited_comes_back_as_it_was_edited():
    melody = Melody("m")
    given = Melody("p", nodes={"a": Node("a", "test/one")})
    added = AddPart(given)
    apply(melody, added)
    apply(melody, EditPart("p", RenameNode("a", "New title")))
    assert given.nodes["a"].title == "", "what was handed in is left alone"
    back = apply(melody, RemovePart("p"))
    assert melody.parts == {}
    apply(melody, back)
    assert melody.parts["p"].nodes["a"].title == "New title"


def test_whoever_places_a_part_follows_when_it_is_renamed():
    melody = Melody("m", nodes={"a": Node("a", "melody:p"), "b": Node("b", "test/one")})
    melody.parts["p"] = Melody("p")
    melody.parts["q"] = Melody("q", nodes={"c": Node("c", "melody:p")})
    inverse = apply(melody, RenamePart("p", "clean"))
    assert list(melody.parts) == ["clean", "q"]
    assert melody.parts["clean"].id == "clean"
    assert melody.nodes["a"].part == "clean"
    assert melody.nodes["b"].part is None
    assert melody.parts["q"].nodes["c"].player == "melody:clean"
    assert inverse == RenamePart("clean", "p")


def test_a_value_nested_too_deep_is_refused():
    value: object = 1
    for _ in range(200):
        value = [value]
    melody = Melody("m")
    loaded(melody)
    with pytest.raises(ChangeError, match="depth"):
        apply(melody, SetParameter("a", "p", value))


def test_the_caller_keeps_what_it_gave_and_earlier_nodes_stay_as_they_were():
    melody = Melody("m")
    loaded(melody)
    earlier = copy.deepcopy(melody.nodes["a"])
    seen = melody.nodes["a"]
    apply(melody, SetParameter("a", "p", 1))
    assert seen == earlier
    assert melody.nodes["a"].parameters == {"p": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (AddNode(Node("a", "test/one", "Filter rows")), "Add Filter rows"),
        (MoveNodes({"a": (0, 0), "b": (0, 0)}), "Move 2 items"),
        (MoveNodes({"a": (0, 0)}), "Move a"),
        (Connect(Connection("a", "x", "b", "y")), "Wire a to b"),
        (Group("Paste", ()), "Paste"),
        (SetParameter("a", "p", 1), "Set p of a"),
    ],
)
def test_each_change_has_words_for_the_undo_menu(change, words):
    assert label(change) == words


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"change": "dance"},
        {"change": "remove_node"},
        {"change": "remove_node", "id": 3},
        {"change": "remove_node", "id": "a", "more": 1},
        {"change": "add_node", "node": {"id": "a"}},
        {"change": "add_node", "node": {"id": "a", "player": "p", "x": 0, "y": 0}, "index": "1"},
        {"change": "move_nodes", "positions": {"a": [1]}},
        {"change": "set_node_option", "node": "a", "option": "colour", "value": 1},
        {"change": "group", "label": "x", "changes": [{"change": "dance"}]},
        {"change": "set_policy", "node": "a", "policy": {"colour": 1}},
        {"change": "set_policy", "node": "a", "policy": {"timeout": "1"}},
        {"change": "set_repeat", "node": "a", "repeat": 3},
        {"change": "set_dependency", "connection": {}, "dependency": "soft"},
        {
            "change": "set_dependency",
            "connection": {"source": "a", "output": "x", "target": "b", "input": "y"},
            "dependency": "firm",
        },
        {"change": "set_exposed", "inputs": 3, "outputs": []},
        {"change": "add_part", "name": "p", "part": {"nodes": []}},
        {"change": "edit_part", "name": "p", "edit": {"change": "dance"}},
    ],
)
def test_what_is_no_change_is_not_read_as_one(data):
    with pytest.raises(ChangeError) as caught:
        from_json(data)
    assert caught.value.code == "melody.change_unreadable"
