"""What two melodies differ in, and the Changes that lead from one to the other."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from any_changes import change_strategy, image, loaded
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.melody import file
from harmony.melody.between import changes_between
from harmony.melody.changes import (
    UNSET,
    AddNode,
    AddNote,
    AddPart,
    ChangeError,
    Connect,
    DescribeMelody,
    Disconnect,
    EditNote,
    EditPart,
    MoveNodes,
    RemoveNode,
    RemoveNote,
    RenameNode,
    RenamePart,
    ReplacePlayer,
    SetDependency,
    SetExposed,
    SetLimits,
    SetNodeOption,
    SetParameter,
    SetPins,
    SetPolicy,
    SetRepeat,
    apply,
)
from harmony.melody.difference import Difference, Edit, difference
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

sequences = st.lists(change_strategy, max_size=15)
A_TO_B = Connection("a", "x", "b", "y")


def _after(sequence: list[object]) -> Melody:
    melody = _start()
    for change in sequence:
        try:
            apply(melody, change)  # type: ignore[arg-type]
        except ChangeError:
            continue
    return melody


def _start() -> Melody:
    melody = Melody("m")
    loaded(melody)
    return melody


def _changed(*changes: object) -> Difference:
    """What differs after these Changes."""
    melody = _start()
    for change in changes:
        apply(melody, change)  # type: ignore[arg-type]
    return difference(_start(), melody)


@settings(max_examples=300, deadline=None)
@given(sequences, sequences)
def test_the_changes_between_two_melodies_make_one_of_the_other_and_back(first, second):
    old, new = _after(first), _after(second)
    before, after = image(old), image(new)
    change = changes_between(old, new)
    assert (image(old), image(new)) == (before, after)
    inverse = apply(old, change)
    assert image(old) == after
    assert file.dumps(old) == file.dumps(new)
    apply(old, inverse)
    assert image(old) == before


@settings(max_examples=200, deadline=None)
@given(sequences)
def test_a_melody_does_not_differ_from_itself(sequence):
    melody = _after(sequence)
    again = copy.deepcopy(melody)
    assert difference(melody, again) == Difference()
    assert not changes_between(melody, again).changes


@settings(max_examples=200, deadline=None)
@given(sequences, sequences)
def test_seen_from_the_other_side_what_was_added_was_removed(first, second):
    old, new = _after(first), _after(second)
    forth, back = difference(old, new), difference(new, old)
    assert {node.id for node in forth.added} == {node.id for node in back.removed}
    assert set(forth.wires_added) == set(back.wires_removed)
    assert {note.id for note in forth.notes_added} == {note.id for note in back.notes_removed}
    assert {each.node.id for each in forth.changed} >= {
        node.id
        for node in new.nodes.values()
        if node.id in old.nodes and node.title != old.nodes[node.id].title
    }


def test_a_moved_node_is_no_change():
    found = _changed(MoveNodes({"a": (500.0, 40.0), "n1": (3.0, 4.0)}))
    assert found == Difference(moved=("a", "n1"))
    assert found.is_empty


def test_a_node_that_was_changed_and_moved_is_told_as_both():
    found = _changed(RenameNode("a", "First"), MoveNodes({"a": (9.0, 9.0)}))
    assert [each.node.id for each in found.changed] == ["a"]
    assert found.moved == ("a",)


@pytest.mark.parametrize(
    ("change", "edit"),
    [
        (RenameNode("a", "First"), Edit("title", "", "", "First")),
        (ReplacePlayer("a", "test/two"), Edit("player", "", "test/one", "test/two")),
        (SetParameter("a", "p", 3), Edit("parameter", "p", UNSET, 3)),
        (SetNodeOption("a", "priority", 2), Edit("priority", "", 0, 2)),
        (SetNodeOption("a", "retries", 2), Edit("retries", "", 0, 2)),
        (SetPolicy("a", Policy(timeout=5.0)), Edit("policy", "timeout", None, 5.0)),
        (SetRepeat("a", Repeat("x")), Edit("repeat", "", None, Repeat("x"))),
        (
            SetPins("a", {"x": {"type": "text", "value": "1"}}),
            Edit("pin", "x", UNSET, {"type": "text", "value": "1"}),
        ),
    ],
)
def test_of_a_changed_node_it_is_told_what_changed_from_what_to_what(change, edit):
    found = _changed(change)
    assert [(each.node.id, each.edits) for each in found.changed] == [("a", (edit,))]
    assert found == Difference(changed=found.changed)


@pytest.mark.parametrize(
    ("before", "after", "differ"),
    [(1, True, True), (0, False, True), (24, 24.0, False), ([1], [1.0], False), ("1", 1, True)],
)
def test_a_value_is_another_when_the_file_says_another(before: object, after: object, differ: bool):
    old = Melody("m", nodes={"a": Node("a", "test/one", parameters={"p": before})})
    new = Melody("m", nodes={"a": Node("a", "test/one", parameters={"p": after})})
    assert bool(difference(old, new).changed) is differ
    apply(old, changes_between(old, new))
    assert file.dumps(old) == file.dumps(new)


def test_a_removed_node_is_told_with_its_wires():
    found = _changed(RemoveNode("a"))
    assert [node.id for node in found.removed] == ["a"]
    assert set(found.wires_removed) == {
        A_TO_B,
        Connection("a", "x", "c", "y"),
    }
    assert not found.changed


def test_an_added_node_is_told_with_its_wire():
    wire = Connection("a", "x", "d", "y")
    found = _changed(AddNode(Node("d", "test/two")), Connect(wire))
    assert [node.id for node in found.added] == ["d"]
    assert found.wires_added == (wire,)


def test_a_wire_that_asks_something_else_is_changed():
    found = _changed(SetDependency(A_TO_B, "soft"))
    assert [(each.connection, each.before, each.after) for each in found.wires_changed] == [
        (A_TO_B, "hard", "soft")
    ]


def test_wires_that_arrive_in_another_order_are_told_by_their_input():
    wire = Connection("b", "x", "c", "y")
    found = _changed(Disconnect(wire), Connect(wire))
    assert found == Difference(reordered=(("c", "y"),))
    assert not found.is_empty


def test_notes_are_told_by_their_words():
    assert _changed(EditNote(Note("n1", "other"))).notes_changed[0].after.text == "other"
    assert _changed(RemoveNote("n1")).notes_removed[0].id == "n1"
    assert _changed(AddNote(Note("n2", "new"))).notes_added[0].id == "n2"
    assert _changed(EditNote(Note("n1", "note", width=400.0))) == Difference(moved=("n1",))


def test_name_description_limits_and_exposed_ports_are_settings():
    found = _changed(
        DescribeMelody("New", "Words"),
        SetLimits(Limits(tokens=9)),
        SetExposed((Exposed("in", "a", "y"),), ()),
    )
    assert [(each.what, each.name, each.before) for each in found.settings] == [
        ("name", "", ""),
        ("description", "", ""),
        ("limit", "tokens", None),
        ("inputs", "", []),
    ]


def test_a_renamed_part_is_told_as_that_alone():
    melody = _start()
    apply(melody, AddNode(Node("d", "melody:p1")))
    renamed = copy.deepcopy(melody)
    apply(renamed, RenamePart("p1", "p9"))
    assert difference(melody, renamed) == Difference(parts_renamed=(("p1", "p9"),))
    assert len(changes_between(melody, renamed).changes) == 1


def test_a_part_that_was_renamed_and_edited_is_told_as_both():
    found = _changed(EditPart("p1", RenameNode("a", "Inner")), RenamePart("p1", "p9"))
    assert found.parts_renamed == (("p1", "p9"),)
    assert [each.node.title for each in found.parts_changed["p9"].changed] == ["Inner"]
    assert not (found.parts_added or found.parts_removed or found.changed)


def test_a_part_with_nothing_in_common_is_another_part():
    other = Melody("p9", nodes={"z": Node("z", "test/two")})
    melody = _start()
    del melody.parts["p1"]
    apply(melody, AddPart(other))
    found = difference(_start(), melody)
    assert (found.parts_removed, found.parts_added) == (("p1",), ("p9",))


def test_what_was_only_moved_inside_of_a_part_is_no_change():
    found = _changed(EditPart("p1", MoveNodes({"a": (7.0, 7.0)})))
    assert found.parts_changed["p1"].moved == ("a",)
    assert found.is_empty


def test_a_chain_in_another_order_keeps_what_can_stay(melody_of: Callable[..., Melody]):
    old = melody_of("a:say", "b:upper", "c:upper", "a.text > b.text", "b.text > c.text")
    new = melody_of("c:upper", "a:say", "b:upper", "a.text > b.text", "b.text > c.text")
    touched = [step for step in changes_between(old, new).changes if isinstance(step, RemoveNode)]
    assert touched == [RemoveNode("c")]
