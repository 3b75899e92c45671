"""Folding and unfolding: one step each, and a run does the same before and after."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harmony.melody.changes import ChangeError, from_json, to_json
from harmony.melody.document import Document
from harmony.melody.flow import Flow
from harmony.melody.folding import fold, unfold
from harmony.melody.model import Connection, Exposed, Melody, Node, Note, Policy, Repeat
from harmony.melody.parts import flatten
from harmony.melody.validation import validate


@pytest.fixture
def chain(melody_of):
    melody = melody_of(
        "say:say", "a:upper", "b:upper", "c:upper", "end:both",
        "say.text > a.text", "a.text > b.text", "b.text > c.text",
        "b.text > end.one", "c.text > end.two",
    )  # fmt: skip
    for at, name in enumerate(("say", "a", "b", "c", "end")):
        melody.nodes[name] = Node(name, melody.nodes[name].player, x=at * 100.0, y=at * 10.0)
    return melody


def order_at_ports(melody):
    """What reaches each port, in order: all of a melody that its run hangs on."""
    ports: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for wire, dependency in melody.connections.items():
        arriving = ports.setdefault((wire.target, wire.input), [])
        arriving.append((wire.source, wire.output, dependency))
    return ports


def renamed(melody, names):
    wires = {
        Connection(
            names.get(w.source, w.source), w.output, names.get(w.target, w.target), w.input
        ): d
        for w, d in melody.connections.items()
    }
    return Melody(melody.id, connections=wires)


def test_the_wires_that_cross_the_border_become_ports(chain, players):
    document = Document(chain, players.get)
    group, placed = fold(chain, ["a", "b"], players.get, "Shout twice")
    document.apply(group)
    assert placed == "shout-twice"
    assert list(chain.nodes) == ["say", "c", "end", "shout-twice"]
    node = chain.nodes[placed]
    assert (node.player, node.x, node.y) == ("melody:shout-twice", 100, 10)
    part = chain.parts["shout-twice"]
    assert part.name == "Shout twice"
    assert part.inputs == (Exposed("text", "a", "text"),)
    assert part.outputs == (Exposed("text", "b", "text"),)
    assert list(chain.connections) == [
        Connection("say", "text", placed, "text"),
        Connection(placed, "text", "c", "text"),
        Connection(placed, "text", "end", "one"),
        Connection("c", "text", "end", "two"),
    ]
    assert document.findings == []
    document.undo()
    assert list(chain.nodes) == ["say", "a", "b", "c", "end"]
    assert chain.parts == {}
    assert not document.can_undo


def test_ports_of_the_same_name_are_told_apart_by_numbers(chain, players):
    group, placed = fold(chain, ["b", "c"], players.get)
    Document(chain, players.get).apply(group)
    (part,) = chain.parts.values()
    assert part.outputs == (Exposed("text", "b", "text"), Exposed("text-2", "c", "text"))
    assert Connection(placed, "text-2", "end", "two") in chain.connections


def test_the_outputs_at_the_end_are_shown_too(chain, players):
    group, _ = fold(chain, ["c", "end"], players.get)
    Document(chain, players.get).apply(group)
    (part,) = chain.parts.values()
    assert part.outputs == (Exposed("text", "end", "text"),)


def test_unfolding_what_was_folded_leads_back(chain, players):
    before = order_at_ports(chain)
    nodes = dict(chain.nodes)
    document = Document(chain, players.get)
    group, placed = fold(chain, ["a", "b", "c"], players.get)
    document.apply(group)
    back, ids = unfold(chain, placed)
    document.apply(back)
    assert ids == ("a", "b", "c")
    assert chain.nodes == nodes
    assert order_at_ports(chain) == before
    assert chain.parts == {}
    document.undo()
    assert list(chain.parts) == ["part"]


def test_a_selection_that_a_wire_leaves_and_enters_again_is_refused(chain, players):
    with pytest.raises(ChangeError) as caught:
        fold(chain, ["a", "c"], players.get)
    assert caught.value.code == "melody.fold_way_back"
    assert "select b" in str(caught.value)
    assert "b" not in chain.parts


def test_nothing_cannot_be_folded(chain, players):
    with pytest.raises(ChangeError) as caught:
        fold(chain, ["gone"], players.get)
    assert caught.value.code == "melody.fold_nothing"


def test_a_selection_whose_items_would_change_places_is_refused(melody_of, players):
    melody = melody_of("x:say", "y:say", "j:join", "x.text > j.texts", "y.text > j.texts")
    with pytest.raises(ChangeError) as caught:
        fold(melody, ["y", "j"], players.get)
    assert caught.value.code == "melody.fold_order"
    assert "select x" in str(caught.value)
    fold(melody, ["x", "j"], players.get)


def test_a_selection_that_would_no_longer_go_item_by_item_is_refused(melody_of, players):
    melody = melody_of(
        "x:list_texts", "u:upper", "j:join", "x.texts > u.text", "u.text > j.texts"
    )  # fmt: skip
    with pytest.raises(ChangeError) as caught:
        fold(melody, ["u", "j"], players.get)
    assert caught.value.code == "melody.part_not_itemwise"
    assert caught.value.finding is not None
    fold(melody, ["x", "u", "j"], players.get)


def test_what_wires_ask_stays_with_them(chain, players):
    chain.connections = dict.fromkeys(chain.connections, "soft")
    group, placed = fold(chain, ["a", "b"], players.get)
    Document(chain, players.get).apply(group)
    assert set(chain.connections.values()) == {"soft"}
    assert list(chain.parts["part"].connections.values()) == ["soft"]
    back, _ = unfold(chain, placed)
    Document(chain, players.get).apply(back)
    assert set(chain.connections.values()) == {"soft"}
    assert len(chain.connections) == 5


def test_a_part_placed_twice_stays_when_one_is_unfolded(chain, players):
    chain.parts["p"] = Melody(
        "p", nodes={"a": Node("a", "test/say", x=5)}, notes={"n": Note("n", "why", y=40)}
    )
    chain.nodes["one"] = Node("one", "melody:p", x=1000, y=500, retries=2)
    chain.nodes["two"] = Node("two", "melody:p")
    document = Document(chain, players.get)
    group, ids = unfold(chain, "one")
    document.apply(group)
    assert ids == ("a-2",)
    assert chain.nodes["a-2"] == Node("a-2", "test/say", x=1005, y=500, retries=2)
    assert (chain.notes["n"].x, chain.notes["n"].y) == (1000, 540)
    assert list(chain.parts) == ["p"]


@pytest.mark.parametrize(
    ("node", "code"),
    [("gone", "no_such_node"), ("a", "unfold_no_part"), ("loop", "unfold_repeats")],
)
def test_what_cannot_be_unfolded_says_why(chain, node, code):
    chain.parts["p"] = Melody("p")
    chain.nodes["loop"] = Node("loop", "melody:p", repeat=Repeat("x"))
    with pytest.raises(ChangeError) as caught:
        unfold(chain, node)
    assert caught.value.code == f"melody.{code}"


NAMES = tuple("abcdefgh")
KINDS = {"say": (), "upper": ("text",), "maybe": ("text",), "both": ("one", "two"),
         "join": ("texts",), "list_texts": (), "split": ("text",)}  # fmt: skip
OUTPUT = {"list_texts": "texts", "split": "parts"}


@st.composite
def melodies(draw):
    """Sound melodies: every wire leads on, scalars take one wire, lists take several."""
    kinds = [draw(st.sampled_from(list(KINDS))) for _ in NAMES]
    melody = Melody("m", nodes={n: Node(n, f"test/{k}") for n, k in zip(NAMES, kinds, strict=True)})
    wires = []
    for at, kind in enumerate(kinds):
        for port in KINDS[kind]:
            before = st.sets(st.integers(0, at - 1), max_size=3 if kind == "join" else 1)
            for source in draw(before) if at else ():
                output = OUTPUT.get(kinds[source], "text")
                wires.append(Connection(NAMES[source], output, NAMES[at], port))
    dependencies = st.sampled_from(("hard", "hard", "soft"))
    melody.connections = {wire: draw(dependencies) for wire in draw(st.permutations(wires))}
    return melody


@settings(max_examples=250, deadline=None)
@given(melodies(), st.sets(st.sampled_from(NAMES), min_size=1))
def test_a_run_does_the_same_before_and_after_folding_and_unfolding(players, melody, chosen):
    document = Document(melody, players.get)
    before, flow = order_at_ports(melody), Flow.of(melody, players.get)
    assume(all(found.code != "melody.list_of_lists" for found in validate(melody, players.get)))
    mapped = {node: flow.mapped(node) for node in melody.nodes}
    types = {w: flow.output_type(w.source, w.output) for w in melody.connections}
    nodes = dict(melody.nodes)
    try:
        group, placed = fold(melody, chosen, players.get)
    except ChangeError:
        return
    assert from_json(to_json(group)) == group
    document.apply(group)

    flat = flatten(melody, players.get)
    names = {f"{placed}/{node}": node for node in chosen}
    assert {names.get(node, node) for node in flat.nodes} == set(nodes)
    assert order_at_ports(renamed(flat, names)) == before
    after = Flow.of(flat, players.get)
    assert {names.get(node, node): after.mapped(node) for node in flat.nodes} == mapped
    outside = document.flow
    for wire in melody.connections:
        if wire.source in nodes and wire.target in nodes:
            assert outside.output_type(wire.source, wire.output) == types[wire]
    for node in melody.nodes.keys() & nodes.keys():
        assert outside.mapped(node) == mapped[node]

    back, _ = unfold(melody, placed)
    document.apply(back)
    assert melody.nodes == nodes
    assert order_at_ports(melody) == before
    document.undo()
    document.undo()
    assert list(melody.nodes) == list(NAMES)
    assert order_at_ports(melody) == before


def test_settings_of_the_place_are_handed_on_when_it_is_unfolded(chain, players):
    document = Document(chain, players.get)
    group, placed = fold(chain, ["a", "b"], players.get)
    document.apply(group)
    chain.nodes[placed] = Node(placed, "melody:part", policy=Policy(on_failure="skip"))
    back, ids = unfold(chain, placed)
    document.apply(back)
    assert [chain.nodes[node].policy.on_failure for node in ids] == ["skip", "skip"]
