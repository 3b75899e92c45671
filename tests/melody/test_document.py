"""The document: one edit one step, with undo, findings, the saved point, and those who listen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.melody import file
from harmony.melody.between import changes_between
from harmony.melody.changes import (
    AddNode,
    ChangeError,
    Connect,
    Disconnect,
    Group,
    MoveNodes,
    RemoveNode,
    RenameNode,
    ReplacePlayer,
    SetParameter,
    apply,
)
from harmony.melody.document import Document
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.validation import validate


@pytest.fixture
def document(players, melody_of):
    return Document(melody_of("a:say", "b:upper", "c:upper", "a.text > b.text"), players.get)


def test_an_edit_is_done_undone_and_done_again(document):
    start = file.dumps(document.melody)
    document.apply(SetParameter("a", "words", "hi"))
    changed = file.dumps(document.melody)
    assert document.can_undo
    assert not document.can_redo
    assert document.undo_label == "Set words of a"
    document.undo()
    assert file.dumps(document.melody) == start
    assert document.redo_label == "Set words of a"
    assert not document.can_undo
    document.redo()
    assert file.dumps(document.melody) == changed


def test_undo_and_redo_with_nothing_to_do_do_nothing(document):
    version = document.version
    document.undo()
    document.redo()
    assert document.version == version


def test_a_new_edit_ends_what_could_be_done_again(document):
    document.apply(RenameNode("a", "one"))
    document.undo()
    document.apply(RenameNode("a", "two"))
    assert not document.can_redo


def test_the_version_rises_with_every_edit_undo_and_redo(document):
    seen = [document.version]
    for act in (lambda: document.apply(RenameNode("a", "x")), document.undo, document.redo):
        act()
        seen.append(document.version)
    assert seen == sorted(set(seen))


def test_modified_is_measured_against_the_saved_point(document, tmp_path):
    assert not document.modified
    document.apply(RenameNode("a", "x"))
    assert document.modified
    document.undo()
    assert not document.modified
    document.redo()
    document.save(tmp_path / "m.melody")
    assert not document.modified
    document.undo()
    assert document.modified
    document.apply(RenameNode("a", "y"))
    document.undo()
    assert document.modified, "the saved state can no longer be reached by undo or redo"


def test_a_drag_is_one_step(document):
    for x in range(1, 5):
        document.apply(MoveNodes({"a": (x, 0)}), merge_key="drag 1")
    document.apply(MoveNodes({"a": (9, 9)}), merge_key="drag 2")
    document.undo()
    assert document.melody.nodes["a"].x == 4
    document.undo()
    assert document.melody.nodes["a"].x == 0
    assert not document.can_undo
    document.redo()
    assert document.melody.nodes["a"].x == 4


def test_edits_of_other_fields_or_without_a_merge_key_stay_steps_of_their_own(document):
    document.apply(SetParameter("a", "words", "h"), merge_key="typing")
    document.apply(SetParameter("a", "other", "h"), merge_key="typing")
    document.apply(SetParameter("a", "other", "hi"))
    document.apply(MoveNodes({"a": (1, 1)}), merge_key="typing")
    document.apply(MoveNodes({"a": (1, 1), "b": (1, 1)}), merge_key="typing")
    for _ in range(5):
        assert document.can_undo
        document.undo()
    assert not document.can_undo


def test_a_step_never_grows_across_the_saved_point(document, tmp_path):
    document.apply(SetParameter("a", "words", "h"), merge_key="typing")
    document.save(tmp_path / "m.melody")
    document.apply(SetParameter("a", "words", "hi"), merge_key="typing")
    assert document.modified
    document.undo()
    assert not document.modified
    assert document.melody.nodes["a"].parameters == {"words": "h"}


def test_a_wire_that_is_refused_changes_nothing_and_says_why(document, wire_of):
    before, version = file.dumps(document.melody), document.version
    for wire, code in (
        ("b.text > a.words", "melody.input_unknown"),
        ("b.text > b.text", "melody.cycle"),
        ("c.text > b.text", "melody.input_taken"),
    ):
        with pytest.raises(ChangeError) as caught:
            document.apply(Connect(wire_of(wire)))
        assert caught.value.code == code
        assert caught.value.finding == document.refusal(wire_of(wire))
        assert str(caught.value) == caught.value.finding.message
    assert file.dumps(document.melody) == before
    assert document.version == version
    assert not document.can_undo


def test_a_group_with_a_wire_that_is_refused_is_taken_back_whole(document, wire_of):
    before, findings = file.dumps(document.melody), document.findings
    heard = []
    document.subscribe(lambda change, inverse: heard.append(change))
    group = Group(
        "x",
        (
            AddNode(Node("d", "test/upper")),
            Connect(wire_of("b.text > d.text")),
            Connect(wire_of("d.text > c.text")),
            Connect(wire_of("c.text > d.text")),
        ),
    )
    with pytest.raises(ChangeError) as caught:
        document.apply(group)
    assert caught.value.code == "melody.cycle"
    assert file.dumps(document.melody) == before
    assert document.findings == findings
    assert list(document.order) == list(Document(document.melody, document._lookup).order)
    assert heard == []


def test_wires_of_a_group_are_judged_in_their_turn(document, wire_of):
    """The occupied port is free, and the circle open, once the old wire is gone."""
    document.apply(
        Group(
            "Turn round",
            (
                Disconnect(wire_of("a.text > b.text")),
                Connect(wire_of("c.text > b.text")),
                Connect(wire_of("a.text > c.text")),
            ),
        )
    )
    assert [node for node in document.order if node in "abc"] == ["a", "c", "b"]


def test_everyone_who_listens_hears_of_edits_undo_and_redo(document):
    heard, other = [], []
    end = document.subscribe(lambda change, inverse: heard.append((change, inverse)))
    document.subscribe(lambda change, inverse: other.append(change))
    document.apply(RenameNode("a", "x"))
    document.undo()
    document.redo()
    renamed, named_back = RenameNode("a", "x"), RenameNode("a", "")
    assert heard == [(renamed, named_back), (named_back, renamed), (renamed, named_back)]
    end()
    end()
    document.undo()
    assert len(heard) == 3
    assert len(other) == 4


def test_the_inverse_of_a_removal_names_the_wires_that_went_with_it(document, wire_of):
    heard = []
    document.subscribe(lambda change, inverse: heard.append(inverse))
    document.apply(RemoveNode("b"))
    assert Connect(wire_of("a.text > b.text"), 0) in heard[0].changes


def test_one_who_fails_to_listen_does_not_keep_the_others_from_hearing(document):
    heard = []

    def fails(change, inverse):
        raise RuntimeError("broken view")

    document.subscribe(fails)
    document.subscribe(lambda change, inverse: heard.append(change))
    with pytest.raises(RuntimeError, match="broken view"):
        document.apply(RenameNode("a", "x"))
    assert heard == [RenameNode("a", "x")]
    assert document.melody.nodes["a"].title == "x"


def test_one_who_listens_may_not_edit(document):
    document.subscribe(lambda change, inverse: document.apply(RenameNode("b", "y")))
    with pytest.raises(ChangeError) as caught:
        document.apply(RenameNode("a", "x"))
    assert caught.value.code == "melody.edit_within_edit"
    assert document.melody.nodes["b"].title == ""


def test_findings_follow_the_edits(document):
    def codes():
        return [(finding.code, finding.node) for finding in document.findings]

    assert codes() == [("melody.input_missing", "c")]
    document.apply(Disconnect(Connection("a", "text", "b", "text")))
    assert codes() == [("melody.input_missing", "b"), ("melody.input_missing", "c")]
    document.apply(ReplacePlayer("c", "test/gone"))
    assert codes() == [("melody.input_missing", "b"), ("melody.player_unknown", "c")]
    document.apply(SetParameter("a", "words", 7))
    assert ("melody.parameter_type", "a") in codes()
    document.undo()
    document.undo()
    document.undo()
    assert codes() == [("melody.input_missing", "c")]


def test_a_file_with_a_circle_opens_is_mended_and_may_be_broken_again_by_undo(players, melody_of):
    melody = melody_of("a:upper", "b:upper", "a.text > b.text", "b.text > a.text")
    document = Document(melody, players.get)
    assert [finding.code for finding in document.findings] == ["melody.cycle"]
    document.apply(Disconnect(Connection("a", "text", "b", "text")))
    assert [finding.code for finding in document.findings] == ["melody.input_missing"]
    assert list(document.order) == ["b", "a"]
    with pytest.raises(ChangeError):
        document.apply(Connect(Connection("a", "text", "b", "text")))
    document.undo()
    assert [finding.code for finding in document.findings] == ["melody.cycle"]
    document.redo()
    assert [finding.code for finding in document.findings] == ["melody.input_missing"]


def test_a_player_that_came_is_seen_after_a_reload(players, melody_of):
    known = dict(players)
    del known["test/say"]
    document = Document(melody_of("a:say"), known.get, known=known.keys)
    assert [finding.code for finding in document.findings] == ["melody.player_unknown"]
    known["test/say"] = players["test/say"]
    document.reload_players()
    assert document.findings == []


def test_a_document_saves_to_its_path_and_reads_back_unchanged(document, tmp_path):
    with pytest.raises(ChangeError) as caught:
        document.save()
    assert caught.value.code == "melody.no_path"
    document.save(tmp_path / "m.melody")
    assert document.path == tmp_path / "m.melody"
    document.apply(RenameNode("a", "x"))
    document.save()
    assert file.load(tmp_path / "m.melody") == document.melody


def test_deleting_everything_and_undoing_it_restores_each_place(players):
    melody = Melody("m")
    for at in range(300):
        melody.nodes[f"n{at}"] = Node(f"n{at}", "test/both")
        if at:
            melody.connections[Connection(f"n{at - 1}", "text", f"n{at}", "one")] = "hard"
        if at > 1:
            melody.connections[Connection(f"n{at - 2}", "text", f"n{at}", "two")] = "hard"
    start = file.dumps(melody)
    document = Document(melody, players.get)
    findings = document.findings
    document.apply(Group("Delete", [RemoveNode(name) for name in reversed(list(melody.nodes))]))
    assert not melody.nodes
    assert not melody.connections
    document.undo()
    assert file.dumps(melody) == start
    assert document.findings == findings
    document.redo()
    assert not melody.connections


NAMES = ("a", "b", "c", "d", "e")
changes = st.one_of(
    st.builds(
        AddNode,
        st.builds(
            Node,
            st.sampled_from(NAMES),
            st.sampled_from(("test/say", "test/upper", "test/join", "test/list_texts")),
        ),
    ),
    st.builds(RemoveNode, st.sampled_from(NAMES)),
    st.builds(
        Connect,
        st.builds(
            Connection,
            st.sampled_from(NAMES),
            st.sampled_from(("text", "texts")),
            st.sampled_from(NAMES),
            st.sampled_from(("text", "texts")),
        ),
    ),
    st.builds(SetParameter, st.sampled_from(NAMES), st.just("words"), st.integers(0, 3)),
    st.builds(
        MoveNodes, st.dictionaries(st.sampled_from(NAMES), st.tuples(st.just(1), st.just(2)))
    ),
)
steps = st.one_of(
    changes,
    changes,
    changes,
    st.builds(Group, st.just("group"), st.lists(changes, max_size=4)),
    st.sampled_from(["undo", "redo"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(steps, st.sampled_from([None, None, "key"])), max_size=40))
def test_whatever_is_done_the_document_is_what_its_melody_says(players, sequence):
    document = Document(Melody("m"), players.get)
    mirror = Melody("m")
    document.subscribe(lambda change, inverse: apply(mirror, change))
    start = file.dumps(document.melody)
    for step, merge_key in sequence:
        if step == "undo":
            document.undo()
        elif step == "redo":
            document.redo()
        else:
            before = file.dumps(document.melody)
            try:
                document.apply(step, merge_key)
            except ChangeError:
                assert file.dumps(document.melody) == before
        assert sorted(map(repr, document.findings)) == sorted(
            map(repr, validate(document.melody, players.get))
        )
        assert file.dumps(mirror) == file.dumps(document.melody), "listeners can follow"
    end = file.dumps(document.melody)
    undone = 0
    while document.can_undo:
        document.undo()
        undone += 1
    assert file.dumps(document.melody) == start
    assert not document.modified
    for _ in range(undone):
        document.redo()
    assert file.dumps(document.melody) == end


def test_a_melody_is_restored_with_the_faults_that_it_had(melody_of, wire_of, players):
    faulty = melody_of("a:upper", "b:upper", "a.text > b.text", "b.text > a.text")
    document = Document(melody_of("a:upper", "b:upper"), players.get)
    change = changes_between(document.melody, faulty, "Restore")
    with pytest.raises(ChangeError):
        document.apply(change)
    assert not document.melody.connections
    document.apply(change, as_it_was=True)
    assert document.melody == faulty
    assert any(finding.code == "melody.cycle" for finding in document.findings)
    document.undo()
    assert not document.melody.connections
    assert all(finding.code != "melody.cycle" for finding in document.findings)
