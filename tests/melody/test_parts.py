"""Parts: Players outside, nodes inside; what a list does to them; what is wrong with them."""

from __future__ import annotations

import pytest

from harmony.melody.changes import (
    AddNode,
    AddPart,
    Connect,
    EditPart,
    Group,
    RemoveNode,
    RemovePart,
    RenamePart,
    SetExposed,
    SetPolicy,
    SetRepeat,
)
from harmony.melody.document import Document
from harmony.melody.flow import Flow
from harmony.melody.model import Connection, Exposed, Melody, Node, Policy, Repeat
from harmony.melody.part_specs import MAXIMUM_PART_DEPTH
from harmony.melody.parts import PartError, flatten, with_parts
from harmony.melody.validation import validate


@pytest.fixture
def shout(melody_of):
    """A part that makes a text loud in two steps: `text` in, `loud` out."""
    part = melody_of("one:upper", "two:upper", "one.text > two.text")
    part.id, part.name = "shout", "Shout"
    part.inputs = (Exposed("text", "one", "text"),)
    part.outputs = (Exposed("loud", "two", "text"),)
    return part


@pytest.fixture
def placed(melody_of, shout):
    melody = melody_of("say:say", "end:upper")
    melody.nodes["s"] = Node("s", "melody:shout", "Loud")
    melody.connections[Connection("say", "text", "s", "text")] = "hard"
    melody.connections[Connection("s", "loud", "end", "text")] = "soft"
    melody.parts["shout"] = shout
    return melody


def codes(findings):
    for finding in findings:
        assert not finding.message.startswith("melody."), "the catalogue has a sentence for it"
        assert not finding.cure.startswith("melody."), "the catalogue has a cure for it"
        assert "{" not in finding.message + finding.cure, "every fact of the sentence is there"
    return [(finding.code.removeprefix("melody."), finding.node) for finding in findings]


def allow_soft(melody):
    """The wires as they would be without a word about what they ask."""
    melody.connections.update(dict.fromkeys(melody.connections, "hard"))
    return melody


def test_a_part_looks_like_a_player_with_the_ports_it_exposes(players, placed):
    spec = with_parts(placed, players.get)("melody:shout")
    assert spec is not None
    assert (spec.id, spec.title, spec.kind) == ("melody:shout", "Shout", "operator")
    assert [(port.name, port.type, port.required) for port in spec.inputs] == [
        ("text", "text", True)
    ]
    assert [(port.name, port.type) for port in spec.outputs] == [("loud", "text")]
    assert with_parts(placed, players.get)("test/say") is players["test/say"]
    assert with_parts(placed, players.get)("melody:nowhere") is None


def test_taken_apart_inner_nodes_go_by_their_way_and_wires_lead_to_their_ports(players, placed):
    flat = flatten(placed, players.get)
    assert list(flat.nodes) == ["say", "end", "s/one", "s/two"]
    assert flat.parts == {}
    assert flat.connections == {
        Connection("s/one", "text", "s/two", "text"): "hard",
        Connection("say", "text", "s/one", "text"): "hard",
        Connection("s/two", "text", "end", "text"): "soft",
    }
    assert flat.nodes["s/one"].title == "Loud / upper"
    assert list(placed.nodes) == ["say", "end", "s"], "the melody is left as it was"


def test_a_melody_without_parts_is_flat_already(players, melody_of):
    melody = melody_of("a:say")
    assert flatten(melody, players.get) is melody


def test_parts_within_parts_are_taken_apart_down_to_the_ground(players, placed):
    outer = Melody("twice", nodes={"s": Node("s", "melody:shout"), "t": Node("t", "melody:shout")})
    outer.connections[Connection("s", "loud", "t", "text")] = "hard"
    outer.inputs = (Exposed("text", "s", "text"),)
    outer.outputs = (Exposed("loud", "t", "loud"),)
    placed.parts["twice"] = outer
    placed.nodes["s"] = Node("s", "melody:twice")
    flat = flatten(placed, players.get)
    assert list(flat.nodes) == ["say", "end", "s/s/one", "s/s/two", "s/t/one", "s/t/two"]
    assert Connection("s/s/two", "text", "s/t/one", "text") in flat.connections
    assert Connection("say", "text", "s/s/one", "text") in flat.connections
    assert Connection("s/t/two", "text", "end", "text") in flat.connections
    assert validate(allow_soft(placed), players.get) == []


def test_a_part_that_repeats_stays_a_node_and_is_flat_inside(players, placed, melody_of):
    body = Melody("again", nodes={"s": Node("s", "melody:shout")})
    body.inputs = (Exposed("text", "s", "text"),)
    body.outputs = (Exposed("text", "s", "loud"),)
    placed.parts["again"] = body
    placed.nodes["s"] = Node("s", "melody:again", repeat=Repeat("text"))
    placed.connections.pop(Connection("s", "loud", "end", "text"))
    flat = flatten(placed, players.get)
    assert list(flat.nodes) == ["say", "end", "s"]
    assert flat.nodes["s"].repeat == Repeat("text")
    assert list(flat.parts) == ["again"]
    inside = flat.parts["again"]
    assert list(inside.nodes) == ["s/one", "s/two"]
    assert inside.inputs == (Exposed("text", "s/one", "text"),)
    assert inside.outputs == (Exposed("text", "s/two", "text"),)


def test_what_the_place_of_a_part_says_holds_for_the_nodes_that_leave_it_open(players, placed):
    placed.nodes["s"] = Node(
        "s",
        "melody:shout",
        priority=3,
        retries=2,
        policy=Policy(retry_base=5.0, on_failure="skip", notify=True, parallel=4),
    )
    own = Policy(retry_base=0.5, on_failure="halt", parallel=1)
    inner = Node("two", "test/upper", priority=1, retries=7, policy=own)
    placed.parts["shout"].nodes["two"] = inner
    flat = flatten(placed, players.get)
    one, two = flat.nodes["s/one"], flat.nodes["s/two"]
    assert (one.priority, one.retries) == (3, 2)
    assert one.policy == Policy(retry_base=5.0, on_failure="skip", notify=True, parallel=4)
    assert (two.priority, two.retries) == (1, 7)
    assert two.policy == Policy(retry_base=0.5, on_failure="halt", notify=True, parallel=1)
    assert [c for c, _ in codes(validate(allow_soft(placed), players.get))] == []


def test_a_list_into_a_part_maps_the_nodes_inside(players, placed, melody_of):
    placed.nodes["say"] = Node("say", "test/list_texts")
    placed.connections = {
        Connection("say", "texts", "s", "text"): "hard",
        Connection("s", "loud", "end", "text"): "hard",
    }
    outside = Flow.of(placed, players.get)
    assert outside.mapped("s") == ("text",)
    assert outside.output_type("s", "loud") == "list[text]"
    assert outside.mapped("end") == ("text",)
    flat = flatten(placed, players.get)
    inside = Flow.of(flat, players.get)
    assert [inside.mapped(node) for node in ("s/one", "s/two", "end")] == [("text",)] * 3
    assert inside.output_type("s/two", "text") == "list[text]"
    assert validate(placed, players.get) == []


def test_a_list_into_a_part_that_would_take_it_whole_is_refused(players, placed, melody_of):
    part = melody_of("one:upper", "gather:join", "one.text > gather.texts")
    part.inputs = (Exposed("text", "one", "text"),)
    part.outputs = (Exposed("loud", "gather", "text"),)
    placed.parts["shout"] = part
    placed.nodes["say"] = Node("say", "test/list_texts")
    placed.connections = {Connection("say", "texts", "s", "text"): "hard"}
    placed.nodes.pop("end")
    (finding,) = validate(placed, players.get)
    assert codes([finding]) == [("part_not_itemwise", "s")]
    assert "s/gather" in finding.message
    placed.nodes["say"] = Node("say", "test/say")
    placed.connections = {Connection("say", "text", "s", "text"): "hard"}
    assert validate(placed, players.get) == [], "a single value may be gathered"


def test_an_output_that_hangs_on_no_item_cannot_be_one_for_each(players, placed, melody_of):
    part = melody_of("one:upper", "aside:say")
    part.inputs = (Exposed("text", "one", "text"),)
    part.outputs = (Exposed("loud", "aside", "text"),)
    placed.parts["shout"] = part
    placed.nodes["say"] = Node("say", "test/list_texts")
    placed.connections = {
        Connection("say", "texts", "s", "text"): "hard",
        Connection("s", "loud", "end", "text"): "hard",
    }
    (finding,) = validate(placed, players.get)
    assert codes([finding]) == [("part_not_itemwise", "s")]
    assert "s/aside" in finding.message


def test_what_is_wrong_inside_shows_at_each_place_under_its_way(players, placed):
    placed.parts["shout"].nodes["two"] = Node("two", "test/uper", parameters={"x": 1})
    placed.parts["shout"].nodes["three"] = Node("three", "test/upper")
    placed.nodes["t"] = Node("t", "melody:shout")
    placed.connections[Connection("say", "text", "t", "text")] = "hard"
    assert codes(validate(allow_soft(placed), players.get, players.keys)) == [
        ("player_unknown", "s/two"),
        ("input_missing", "s/three"),
        ("player_unknown", "t/two"),
        ("input_missing", "t/three"),
    ]


def test_a_part_that_is_missing_or_a_slip_of_the_pen_is_named(players, placed):
    placed.nodes["s"] = Node("s", "melody:shuot")
    (finding,) = validate(allow_soft(placed), players.get)
    assert codes([finding]) == [("part_unknown", "s")]
    assert "shout" in finding.cure
    with pytest.raises(PartError) as caught:
        flatten(placed, players.get)
    assert caught.value.code == "melody.part_unknown"


def test_parts_that_contain_each_other_are_refused(players, placed):
    placed.parts["shout"].nodes["again"] = Node("again", "melody:other")
    placed.parts["other"] = Melody("other", nodes={"x": Node("x", "melody:shout")})
    found = codes(validate(allow_soft(placed), players.get))
    assert ("part_circle", None) in found
    assert ("part_endless", "s") in found
    with pytest.raises(PartError) as caught:
        flatten(placed, players.get)
    assert caught.value.code == "melody.part_endless"


def test_parts_can_stand_within_each_other_so_deep_and_no_deeper(players):
    def nested(levels: int) -> Melody:
        melody = Melody("m", nodes={"n": Node("n", "melody:p1")})
        for at in range(1, levels):
            inner = {"n": Node("n", f"melody:p{at + 1}"), "o": Node("o", f"melody:p{at + 1}")}
            melody.parts[f"p{at}"] = Melody(f"p{at}", nodes=inner)
        melody.parts[f"p{levels}"] = Melody(f"p{levels}", nodes={"n": Node("n", "test/say")})
        return melody

    assert validate(nested(MAXIMUM_PART_DEPTH), players.get) == []
    assert codes(validate(nested(MAXIMUM_PART_DEPTH + 1), players.get)) == [("part_endless", "n")]
    assert len(flatten(nested(10), players.get).nodes) == 2**9


def test_parts_that_come_to_far_too_many_nodes_are_refused(players):
    melody = Melody("m", nodes={"n": Node("n", "melody:p1")})
    for at in range(1, 6):
        inner = {f"n{i}": Node(f"n{i}", f"melody:p{at + 1}") for i in range(11)}
        melody.parts[f"p{at}"] = Melody(f"p{at}", nodes=inner)
    melody.parts["p6"] = Melody("p6", nodes={"n": Node("n", "test/say")})
    assert codes(validate(melody, players.get)) == [("parts_too_many", None)]
    with pytest.raises(PartError) as caught:
        flatten(melody, players.get)
    assert caught.value.code == "melody.parts_too_many"


@pytest.mark.parametrize(
    ("inputs", "outputs", "code", "node"),
    [
        ((Exposed("text", "gone", "text"),), (), "exposed_node", "s/gone"),
        ((Exposed("text", "one", "words"),), (), "exposed_port", "s/one"),
        (
            (Exposed("text", "one", "text"), Exposed("more", "one", "text")),
            (),
            "exposed_twice",
            "s/one",
        ),
        (
            (Exposed("text", "one", "text"),),
            (Exposed("loud", "two", "words"),),
            "exposed_port",
            "s/two",
        ),
    ],
)
def test_ports_to_show_that_are_not_there_are_named(players, placed, inputs, outputs, code, node):
    placed.connections.pop(Connection("s", "loud", "end", "text"))
    placed.nodes.pop("end")
    placed.parts["shout"].inputs, placed.parts["shout"].outputs = inputs, outputs
    assert (code, node) in codes(validate(placed, players.get))


@pytest.mark.parametrize(
    "policy",
    [
        Policy(timeout=5.0),
        Policy(heartbeat=5.0),
        Policy(adaptive=True),
        Policy(fallback="test/upper"),
        Policy(compensate="test/upper"),
        Policy(quorum=1),
    ],
)
def test_what_means_nothing_for_a_part_as_a_whole_is_said(players, placed, policy):
    placed.nodes["s"] = Node("s", "melody:shout", policy=policy)
    assert codes(validate(allow_soft(placed), players.get)) == [("policy_of_part", "s")]


def looping(melody_of, **policy):
    """A part that makes a text longer until it is long enough, in a melody that repeats it."""
    melody = melody_of("say:say")
    melody.parts["grow"] = Melody(
        "grow",
        nodes={"longer": Node("longer", "test/upper"), "enough": Node("enough", "test/judge")},
        connections={Connection("longer", "text", "enough", "text"): "hard"},
        inputs=(Exposed("text", "longer", "text"),),
        outputs=(Exposed("text", "longer", "text"), Exposed("done", "enough", "good")),
    )
    melody.nodes["loop"] = Node("loop", "melody:grow", repeat=Repeat("done", 5), **policy)
    melody.connections[Connection("say", "text", "loop", "text")] = "hard"
    return melody


def test_a_sound_repetition_has_no_findings(players, melody_of):
    policy = Policy(on_failure="skip", notify=True)
    assert validate(looping(melody_of, policy=policy), players.get) == []


def test_an_output_of_any_type_may_end_a_repetition(players, melody_of):
    melody = looping(melody_of)
    part = melody.parts["grow"]
    part.nodes["any"] = Node("any", "test/anything")
    part.connections[Connection("longer", "text", "any", "value")] = "hard"
    part.outputs = (part.outputs[0], Exposed("done", "any", "value"))
    assert validate(melody, players.get) == []


def test_a_repetition_has_no_retries_and_no_waits_of_its_own(players, melody_of):
    for given in ({"retries": 1}, {"policy": Policy(retry_base=3)}, {"policy": Policy(parallel=1)}):
        found = codes(validate(looping(melody_of, **given), players.get))
        assert found == [("policy_of_part", "loop")]


@pytest.mark.parametrize(
    ("repeat", "code"),
    [
        (Repeat("nothing"), "repeat_until"),
        (Repeat("text"), "repeat_until"),
        (Repeat("done", 0), "repeat_rounds"),
        (Repeat("done", 1001), "repeat_rounds"),
    ],
)
def test_a_repetition_that_cannot_be_is_named(players, melody_of, repeat, code):
    melody = looping(melody_of)
    melody.nodes["loop"] = Node("loop", "melody:grow", repeat=repeat)
    (finding,) = validate(melody, players.get)
    assert codes([finding]) == [(code, "loop")]
    assert finding.parameter == "repeat"
    if code == "repeat_until":
        assert "done" in finding.cure


def test_what_goes_round_must_keep_its_type(players, melody_of):
    melody = looping(melody_of)
    done = melody.parts["grow"].outputs[1]
    melody.parts["grow"].outputs = (Exposed("text", "enough", "good"), done)
    assert codes(validate(melody, players.get)) == [("repeat_carried", "loop")]


def test_a_list_cannot_enter_a_repetition_item_by_item(players, melody_of):
    melody = looping(melody_of)
    melody.nodes["say"] = Node("say", "test/list_texts")
    melody.connections = {Connection("say", "texts", "loop", "text"): "hard"}
    assert codes(validate(melody, players.get)) == [("repeat_mapped", "loop")]


def test_only_a_part_can_repeat(players, melody_of):
    melody = melody_of("a:say")
    melody.nodes["a"] = Node("a", "test/say", repeat=Repeat("text"))
    assert codes(validate(melody, players.get)) == [("repeat_without_part", "a")]


def test_findings_follow_every_edit_of_a_part_and_of_who_places_it(players, placed, melody_of):
    document = Document(allow_soft(placed), players.get, known=players.keys)
    steps = [
        EditPart("shout", AddNode(Node("three", "test/uper"))),
        RenamePart("shout", "yell"),
        EditPart("yell", RemoveNode("three")),
        EditPart("yell", SetExposed((), ())),
        SetPolicy("s", Policy(timeout=4)),
        SetRepeat("s", Repeat("loud")),
        RemovePart("yell"),
        AddPart(Melody("yell", nodes={"x": Node("x", "melody:yell")})),
        Group(
            "another",
            (
                AddPart(looping(melody_of).parts["grow"]),
                AddNode(Node("g", "melody:grow")),
                Connect(Connection("say", "text", "g", "text")),
                Connect(Connection("g", "text", "end", "nothing")),
            ),
        ),
    ]
    seen = []
    for step in steps[:-1]:
        document.apply(step)
        kept = sorted(map(repr, document.findings))
        assert kept == sorted(map(repr, validate(document.melody, players.get, players.keys)))
        seen.append(kept)
    for _ in steps[:-1]:
        assert sorted(map(repr, document.findings)) == seen.pop()
        document.undo()
    assert document.findings == []
    while document.can_redo:
        document.redo()
    kept = sorted(map(repr, document.findings))
    assert kept == sorted(map(repr, validate(document.melody, players.get, players.keys)))
    with pytest.raises(Exception, match="no input called nothing"):
        document.apply(steps[-1])
    assert "grow" not in document.melody.parts
    assert sorted(map(repr, document.findings)) == kept
