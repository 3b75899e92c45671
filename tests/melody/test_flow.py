"""How values travel: mapping, gathering, and the types that result."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.melody.changes import ChangeError, Connect, Disconnect, RemoveNode, ReplacePlayer
from harmony.melody.document import Document
from harmony.melody.flow import Flow
from harmony.melody.graph import Graph
from harmony.melody.model import Connection
from harmony.melody.validation import validate


def test_a_list_into_a_scalar_port_maps_the_node_and_its_outputs_become_lists(
    players, melody_of, wire_of
):
    wire = wire_of("files.files > read.file")
    flow = Flow.of(
        melody_of("files:list_files", "read:read", "files.files > read.file"), players.get
    )
    assert flow.fit_of(wire) == "map"
    assert flow.mapped("read") == ("file",)
    assert flow.mapped("files") == ()
    assert flow.output_type("read", "text") == "list[text]"
    assert flow.output_type("files", "files") == "list[file]"


def test_mapping_goes_on_until_a_list_port_takes_the_list_whole(players, melody_of, wire_of):
    melody = melody_of(
        "files:list_files", "read:read", "upper:upper", "join:join", "last:upper",
        "files.files > read.file", "read.text > upper.text", "upper.text > join.texts",
        "join.text > last.text",
    )  # fmt: skip
    flow = Flow.of(melody, players.get)
    assert flow.mapped("upper") == ("text",)
    assert flow.fit_of(wire_of("upper.text > join.texts")) == "direct"
    assert flow.mapped("join") == ()
    assert flow.fit_of(wire_of("join.text > last.text")) == "direct"
    assert flow.mapped("last") == ()


def test_several_values_gather_in_a_list_port(players, melody_of, wire_of):
    melody = melody_of("a:say", "b:say", "join:join", "a.text > join.texts", "b.text > join.texts")
    flow = Flow.of(melody, players.get)
    assert flow.fit_of(wire_of("a.text > join.texts")) == "gather"
    assert flow.fit_of(wire_of("b.text > join.texts")) == "gather"
    assert flow.mapped("join") == ()
    assert validate(melody, players.get) == []


def test_two_lists_into_one_node_map_both_inputs_in_the_order_of_its_ports(players, melody_of):
    melody = melody_of("x:list_texts", "both:both", "x.texts > both.two", "x.texts > both.one")
    assert Flow.of(melody, players.get).mapped("both") == ("one", "two")


def test_a_mapped_node_that_answers_lists_is_refused(players, melody_of):
    melody = melody_of("x:list_texts", "split:split", "x.texts > split.text")
    (finding,) = validate(melody, players.get)
    assert (finding.code, finding.node, finding.port) == ("melody.list_of_lists", "split", "parts")
    assert Flow.of(melody, players.get).output_type("split", "parts") == "any"


def test_a_wire_is_refused_when_a_list_of_lists_would_arise_further_down(
    players, melody_of, wire_of
):
    document = Document(
        melody_of(
            "x:list_texts", "one:upper", "two:upper", "split:split",
            "one.text > two.text", "two.text > split.text",
        ),
        players.get,
    )  # fmt: skip
    finding = document.refusal(wire_of("x.texts > one.text"))
    assert finding is not None
    assert (finding.code, finding.node) == ("melody.list_of_lists", "split")


def test_anything_fits_anything_and_a_list_enters_it_whole(players, melody_of, wire_of):
    melody = melody_of("x:list_texts", "any:anything", "x.texts > any.value")
    flow = Flow.of(melody, players.get)
    assert flow.fit_of(wire_of("x.texts > any.value")) == "direct"
    assert flow.mapped("any") == ()


def test_a_wire_to_a_port_of_another_type_has_no_fit(players, melody_of, wire_of):
    melody = melody_of("join:count", "up:upper", "join.count > up.text")
    assert Flow.of(melody, players.get).fit_of(wire_of("join.count > up.text")) is None


def test_ports_of_an_unknown_player_are_taken_at_their_word(players, melody_of, wire_of):
    melody = melody_of("lost:nowhere", "up:upper", "lost.what > up.text", "up.text > lost.why")
    flow = Flow.of(melody_of("lost:nowhere", "up:upper", "lost.what > up.text"), players.get)
    assert flow.output_type("lost", "what") == "any"
    assert flow.fit_of(wire_of("lost.what > up.text")) == "direct"
    assert "melody.cycle" in {finding.code for finding in validate(melody, players.get)}


NODES = ("files", "texts", "read", "up", "split", "join", "any")
KINDS = ("list_files", "list_texts", "read", "upper", "split", "join", "anything", "say", "gone")
PORTS_OUT = ("files", "texts", "text", "parts", "value")
PORTS_IN = ("file", "text", "texts", "value")
wires = st.builds(
    Connection,
    st.sampled_from(NODES),
    st.sampled_from(PORTS_OUT),
    st.sampled_from(NODES),
    st.sampled_from(PORTS_IN),
)
gestures = st.lists(
    st.one_of(
        st.builds(Connect, wires),
        st.builds(Connect, wires),
        st.builds(Disconnect, wires),
        st.builds(
            ReplacePlayer, st.sampled_from(NODES), st.sampled_from(KINDS).map("test/{}".format)
        ),
        st.builds(RemoveNode, st.sampled_from(NODES)),
        st.sampled_from(["undo", "redo"]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(wires, max_size=6), gestures)
def test_kept_step_by_step_the_flow_is_what_it_is_computed_whole(players, melody_of, first, steps):
    """Also from a file with circles and bad wires in it, which the document opens as it is."""
    melody = melody_of(
        "files:list_files", "texts:list_texts", "read:read", "up:upper", "split:split",
        "join:join", "any:anything",
    )  # fmt: skip
    melody.connections.update(dict.fromkeys(first, "hard"))
    document = Document(melody, players.get)
    for step in steps:
        if step == "undo":
            document.undo()
        elif step == "redo":
            document.redo()
        else:
            try:
                document.apply(step)
            except ChangeError:
                pass
        whole = Graph.of(melody, players.get)
        for node in melody.nodes.values():
            assert document.flow.mapped(node.id) == whole.flow.mapped(node.id)
            spec = players.get(node.player)
            for port in spec.outputs if spec is not None else ():
                assert document.flow.output_type(node.id, port.name) == whole.flow.output_type(
                    node.id, port.name
                )
        for wire in melody.connections:
            assert document.flow.fit_of(wire) == whole.flow.fit_of(wire)
        kept = sorted(map(repr, document.findings))
        assert kept == sorted(map(repr, validate(melody, players.get)))
