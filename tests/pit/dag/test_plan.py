"""A plan as it is kept with its run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.melody.graph import Graph
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.validation import validate
from harmony.pit.dag.compile import compile_plan
from harmony.pit.dag.plan import Plan, PlannedInput, PlannedNode, Source
from harmony.pit.dag.plan_json import PlanError, plan_from_json, plan_to_json
from harmony.players.specs import (
    PackageManifest,
    ParameterSpec,
    PlayerSpec,
    PortSpec,
)

NAMES = st.text("abcdefg_", min_size=1, max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
INPUTS = st.builds(
    PlannedInput,
    port=NAMES,
    type=st.sampled_from(["text", "list[text]"]),
    required=st.booleans(),
    sources=st.lists(st.builds(Source, node=NAMES, output=NAMES), max_size=3).map(tuple),
    gathers=st.booleans(),
    maps=st.booleans(),
)
SOME_NAMES = st.lists(NAMES, max_size=3).map(tuple)
NODES = st.builds(
    PlannedNode,
    id=NAMES,
    player=NAMES,
    package=NAMES,
    package_hash=NAMES,
    package_source=NAMES,
    parameters=st.dictionaries(NAMES, VALUES, max_size=3),
    secrets=SOME_NAMES,
    files=SOME_NAMES,
    paths=SOME_NAMES,
    inputs=st.lists(INPUTS, max_size=3).map(tuple),
    outputs=st.dictionaries(NAMES, st.just("text"), max_size=2),
    deterministic=st.booleans(),
    effects=st.booleans(),
    waits=st.booleans(),
    priority=st.integers(-9, 9),
    retries=st.integers(0, 9),
    predecessors=SOME_NAMES,
    successors=SOME_NAMES,
    rank=st.integers(1, 99),
    title=st.text(max_size=9),
)


@given(st.lists(NODES, max_size=4, unique_by=lambda node: node.id))
def test_a_plan_comes_back_from_json_as_it_was(nodes: list[PlannedNode]) -> None:
    plan = Plan({node.id: node for node in nodes})
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"format": 3, "nodes": []},
        {"format": 1, "nodes": [{"id": "a"}]},
        {"format": 1, "nodes": ["a"]},
        {"format": 1, "nodes": [{"id": "a", "inputs": [{"port": 1}]}]},
    ],
)
def test_a_plan_of_another_form_is_refused_by_name(damaged: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        plan_from_json(damaged)


def spec(name: str, *inputs: tuple[str, str], output: str = "text", **more: Any) -> PlayerSpec:
    values: dict[str, Any] = {
        "id": f"p/{name}",
        "title": name.title(),
        "kind": "operator",
        "category": "Test",
        "function": f"m:{name}",
        "summary": "",
        "help": "",
        "inputs": tuple(PortSpec(port, kind) for port, kind in inputs),
        "outputs": (PortSpec("out", output),),
        "parameters": (),
        **more,
    }
    return PlayerSpec(**values)


SPECS = {
    "p/list": spec("list", output="list[text]"),
    "p/each": spec(
        "each",
        ("text", "text"),
        parameters=(
            ParameterSpec("file", "file", default=""),
            ParameterSpec("key", "secret", default=""),
            ParameterSpec("mark", "text", default="!"),
        ),
    ),
    "p/all": spec("all", ("texts", "list[text]")),
}
PACKAGE = PackageManifest("p", "1", "hash", "/players", tuple(SPECS.values()))


def melody_of_three() -> Melody:
    melody = Melody(id="m", name="M")
    melody.nodes["a"] = Node("a", "p/list")
    melody.nodes["b"] = Node("b", "p/each", title="Each word", parameters={"mark": "?"})
    melody.nodes["c"] = Node("c", "p/all", retries=2, priority=1)
    melody.connections[Connection("a", "out", "b", "text")] = "hard"
    melody.connections[Connection("b", "out", "c", "texts")] = "hard"
    return melody


def compiled() -> Plan:
    return compile_plan(melody_of_three(), SPECS.__getitem__, lambda _: PACKAGE)


def test_a_list_into_a_scalar_port_maps_and_into_a_list_port_gathers() -> None:
    nodes = compiled().nodes
    assert nodes["b"].mapped
    assert not nodes["c"].mapped
    assert nodes["c"].inputs[0].gathers


def test_a_node_is_planned_with_its_defaults_its_name_and_what_its_parameters_mean() -> None:
    nodes = compiled().nodes
    assert nodes["b"].parameters == {"file": "", "key": "", "mark": "?"}
    assert (nodes["b"].secrets, nodes["b"].files, nodes["b"].paths) == (
        ("key",),
        ("file",),
        ("file",),
    )
    assert (nodes["a"].title, nodes["b"].title) == ("List", "Each word")
    assert (nodes["c"].retries, nodes["c"].priority) == (2, 1)


def test_the_rank_is_the_longest_way_to_an_end() -> None:
    assert [node.rank for node in compiled().nodes.values()] == [3, 2, 1]


def test_the_graph_that_a_melody_was_checked_with_serves_for_its_plan() -> None:
    melody = melody_of_three()
    graph = Graph.of(melody, SPECS.get)
    assert validate(melody, SPECS.get, graph=graph) == validate(melody, SPECS.get)
    assert compile_plan(melody, SPECS.__getitem__, lambda _: PACKAGE, graph) == compiled()


def test_nodes_of_one_player_have_each_their_own_parameters() -> None:
    melody = melody_of_three()
    melody.nodes["d"] = Node("d", "p/each", parameters={"file": "x.csv"})
    melody.connections[Connection("a", "out", "d", "text")] = "hard"
    nodes = compile_plan(melody, SPECS.__getitem__, lambda _: PACKAGE).nodes
    nodes["d"].parameters["mark"] = "changed"
    assert nodes["b"].parameters == {"file": "", "key": "", "mark": "?"}
    assert nodes["d"].parameters == {"file": "x.csv", "key": "", "mark": "changed"}
    assert compiled().nodes["b"].parameters["mark"] == "?"
