"""Findings: each a code with its place, its words and its cure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harmony.melody.document import Document
from harmony.melody.graph import Graph
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.validation import refusal, validate
from harmony.players.specs import PlayerSpec, PortSpec


def only(findings):
    (finding,) = findings
    assert not finding.message.startswith("melody."), "the catalogue has a sentence for it"
    assert not finding.cure.startswith("melody."), "the catalogue has a cure for it"
    assert "{" not in finding.message + finding.cure, "every fact of the sentence is there"
    return finding


def test_a_sound_melody_has_no_findings(players, melody_of):
    assert validate(melody_of("a:say", "b:upper", "a.text > b.text"), players.get) == []


def test_an_empty_melody_is_a_warning(players):
    finding = only(validate(Melody("m"), players.get))
    assert (finding.code, finding.severity) == ("melody.empty", "warning")


def test_a_circle_is_named_with_its_path(players, melody_of):
    melody = melody_of(
        "start:say", "a:both", "b:upper", "c:upper",
        "start.text > a.one", "a.text > b.text", "b.text > c.text", "c.text > a.two",
    )  # fmt: skip
    finding = only(validate(melody, players.get))
    assert finding.code == "melody.cycle"
    assert finding.parameters["nodes"] == ["a", "b", "c"]
    assert "a → b → c → a" in finding.message


def test_two_circles_are_two_findings_and_a_node_wired_to_itself_is_one(players, melody_of):
    melody = melody_of(
        "a:upper", "b:upper", "c:anything", "a.text > b.text", "b.text > a.text",
        "c.value > c.value",
    )  # fmt: skip
    paths = [finding.parameters["path"] for finding in validate(melody, players.get)]
    assert paths == ["a → b → a", "c → c"]


def test_a_long_circle_is_named_by_its_ends(players, melody_of):
    names = [f"n{at}" for at in range(50)]
    melody = melody_of(*(f"{name}:upper" for name in names))
    for source, target in zip(names, [*names[1:], names[0]], strict=True):
        melody.connections[Connection(source, "text", target, "text")] = "hard"
    finding = only(validate(melody, players.get))
    assert finding.parameters["path"] == "n0 → n1 → n2 → n3 → … → n47 → n48 → n49 → n0"
    assert finding.parameters["nodes"] == names


def test_a_value_of_another_type_is_named_with_both_types(players, melody_of):
    melody = melody_of("a:say", "j:count", "b:upper", "a.text > j.texts", "j.count > b.text")
    finding = only(validate(melody, players.get))
    assert (finding.code, finding.node, finding.port) == ("melody.type_mismatch", "b", "text")
    assert "j.count gives number, but b.text takes text" in finding.message


def test_a_missing_input_is_named_and_an_optional_one_is_not(players, melody_of):
    finding = only(validate(melody_of("a:upper", "b:maybe"), players.get))
    assert (finding.code, finding.node, finding.port) == ("melody.input_missing", "a", "text")


def test_an_unknown_player_is_named_with_close_matches(players, melody_of):
    finding = only(validate(melody_of("a:uper"), players.get, players.keys))
    assert (finding.code, finding.node) == ("melody.player_unknown", "a")
    assert "test/upper" in finding.cure
    plain = only(validate(melody_of("a:uper"), players.get))
    assert "Install" in plain.cure


def test_unknown_ports_are_named_with_those_there_are(players, melody_of):
    melody = melody_of("a:say", "b:maybe", "a.words > b.text", "a.text > b.txt")
    found = {finding.code: finding for finding in validate(melody, players.get)}
    assert set(found) == {"melody.output_unknown", "melody.input_unknown"}
    assert found["melody.output_unknown"].node == "a"
    assert found["melody.output_unknown"].port == "words"
    assert "text" in found["melody.output_unknown"].cure
    assert found["melody.input_unknown"].node == "b"
    assert found["melody.input_unknown"].port == "txt"


def test_two_wires_into_a_scalar_port_are_one_finding_that_names_both(players, melody_of):
    melody = melody_of("a:say", "b:say", "c:upper", "a.text > c.text", "b.text > c.text")
    finding = only(validate(melody, players.get))
    assert (finding.code, finding.node, finding.port) == ("melody.input_taken", "c", "text")
    assert "a.text, b.text" in finding.message


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("name", "", "required"),
        ("name", "  ", "required"),
        ("name", None, "required"),
        ("name", 3, "type"),
        ("nam", "x", "unknown"),
        ("size", "3", "type"),
        ("size", True, "type"),
        ("size", "", "type"),
        ("size", -0.5, "too_small"),
        ("size", 11, "too_large"),
        ("times", 1.5, "type"),
        ("times", 0, "too_small"),
        ("loud", 1, "type"),
        ("how", "medium", "choice"),
        ("how", ["fast"], "choice"),
        ("where", 7, "type"),
        ("key", "hunter2", "secret"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(players, name, value, what):
    melody = Melody("m")
    melody.nodes["f"] = Node("f", "test/form", parameters={"name": "ok"} | {name: value})
    finding = only(validate(melody, players.get))
    assert finding.code == f"melody.parameter_{what}"
    assert (finding.node, finding.parameter, finding.severity) == ("f", name, "error")


def test_good_parameters_have_no_findings(players):
    parameters = {
        "name": "x", "size": 10, "times": 2.0, "loud": True, "how": "slow", "where": "/a",
        "key": "secret:KEY",
    }  # fmt: skip
    melody = Melody("m")
    melody.nodes["f"] = Node("f", "test/form", parameters=parameters)
    assert validate(melody, players.get) == []


def test_a_finding_as_json_carries_its_words(players, melody_of):
    (finding,) = validate(melody_of("a:upper"), players.get)
    data = finding.to_json()
    assert data["code"] == "melody.input_missing"
    assert data["message"] == finding.message
    assert data["cure"] == finding.cure


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        ("say.text > join.texts", None),
        ("say.text > up2.text", None),
        ("say.text > up.text", "melody.duplicate_connection"),
        ("both.text > up.text", "melody.input_taken"),
        ("up.text > both.one", None),
        ("both.text > say.words", "melody.input_unknown"),
        ("say.word > join.texts", "melody.output_unknown"),
        ("count.count > up2.text", "melody.type_mismatch"),
        ("texts.texts > up2.text", None),
        ("texts.texts > split.text", "melody.list_of_lists"),
        ("up2.text > up2.text", "melody.cycle"),
        ("join.text > up.text", "melody.cycle"),
        ("say.text > nobody.text", "melody.no_such_node"),
        ("up.text > join.texts", "melody.duplicate_connection"),
        ("join.text > count.texts", None),
        ("count.count > lost.anything", None),
    ],
)
def test_a_wire_is_judged_before_it_is_drawn(players, melody_of, wire_of, wire, code):
    melody = melody_of(
        "say:say", "texts:list_texts", "up:upper", "up2:upper", "join:join", "both:both",
        "split:split", "count:count", "lost:lost", "say.text > up.text", "up.text > join.texts",
    )  # fmt: skip
    finding = refusal(Graph.of(melody, players.get), wire_of(wire))
    assert (finding.code if finding else None) == code


def test_a_wire_that_would_close_a_circle_is_refused_with_the_path(players, melody_of, wire_of):
    document = Document(
        melody_of("a:maybe", "b:upper", "c:upper", "a.text > b.text", "b.text > c.text"),
        players.get,
    )
    finding = document.refusal(wire_of("c.text > a.text"))
    assert finding is not None
    assert finding.code == "melody.cycle"
    assert "c → a → b → c" in finding.message


def test_a_wire_may_be_judged_as_if_the_one_it_replaces_were_gone(players, melody_of, wire_of):
    document = Document(
        melody_of("a:say", "b:say", "c:upper", "d:maybe", "a.text > c.text", "d.text > a.x"),
        players.get,
    )
    old = wire_of("a.text > c.text")
    assert document.refusal(wire_of("b.text > c.text")).code == "melody.input_taken"
    assert document.refusal(wire_of("b.text > c.text"), replacing=old) is None
    assert document.refusal(wire_of("c.text > d.text")).code == "melody.cycle"
    assert document.refusal(wire_of("c.text > d.text"), replacing=old) is None
    assert document.flow.fit_of(old) == "direct", "the question changed nothing"
    assert document.refusal(wire_of("b.text > c.text")).code == "melody.input_taken"


def test_ten_thousand_braided_nodes_are_validated_without_following_paths(players):
    """5,000 layers of two nodes, each wired to both of the next: 2 to the 4,999 paths."""
    braid = PlayerSpec(
        "test/braid", "operator", "Braid", "Test", "test:braid",
        inputs=(PortSpec("left", "text"), PortSpec("right", "text")),
        outputs=(PortSpec("out", "text"),),
    )  # fmt: skip
    lookup = {**players, "test/braid": braid}
    melody = Melody("braid")
    for layer in range(5_000):
        for side in ("left", "right"):
            name = f"{side}-{layer}"
            melody.nodes[name] = Node(name, "test/braid" if layer else "test/say")
            if layer:
                for other in ("left", "right"):
                    wire = Connection(
                        f"{other}-{layer - 1}", "out" if layer > 1 else "text", name, other
                    )
                    melody.connections[wire] = "hard"
    assert validate(melody, lookup.get) == []
    melody.nodes["left-2500"] = replace(melody.nodes["left-2500"], parameters={"no": 1})
    assert [finding.code for finding in validate(melody, lookup.get)] == [
        "melody.parameter_unknown"
    ]
    first = Connection("right-4999", "out", "left-1", "left")
    document = Document(melody, lookup.get)
    finding = document.refusal(first)
    assert finding is not None
    assert finding.code == "melody.cycle"
    melody.connections[first] = "hard"
    codes = {finding.code for finding in validate(melody, lookup.get)}
    assert codes == {"melody.cycle", "melody.input_taken", "melody.parameter_unknown"}
