"""The maintained topological order, against networkx as the oracle."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmony.melody.errors import CycleError
from harmony.melody.order import TopologicalOrder

NAMES = "abcdefgh"


def _is_topological(order: TopologicalOrder, graph: nx.MultiDiGraph) -> bool:
    place = {node: at for at, node in enumerate(order)}
    return set(place) == set(graph) and all(place[a] < place[b] for a, b in graph.edges())


def _is_circle(path: tuple[str, ...], graph: nx.MultiDiGraph, new: tuple[str, str]) -> bool:
    steps = set(pairwise(path))
    return (
        path[0] == path[-1] and all(s == new or graph.has_edge(*s) for s in steps) and new in steps
    )


def test_nodes_come_behind_what_they_depend_on():
    order = TopologicalOrder("abc", [("c", "b"), ("b", "a")])
    assert list(order) == ["c", "b", "a"]


def test_an_edge_that_closes_a_circle_is_refused_with_the_way_round():
    order = TopologicalOrder("abc", [("a", "b"), ("b", "c")])
    with pytest.raises(CycleError) as caught:
        order.add_edge("c", "a")
    assert caught.value.path == ("c", "a", "b", "c")
    assert "c → a → b → c" in str(caught.value)
    assert list(order) == ["a", "b", "c"]


def test_a_node_cannot_follow_itself():
    order = TopologicalOrder("a")
    assert order.would_cycle("a", "a") == ("a", "a")
    with pytest.raises(CycleError):
        order.add_edge("a", "a")


def test_two_edges_between_the_same_nodes_need_two_removals():
    order = TopologicalOrder("ab", [("a", "b"), ("a", "b")])
    order.remove_edge("a", "b")
    assert order.would_cycle("b", "a") is not None
    order.remove_edge("a", "b")
    assert order.would_cycle("b", "a") is None
    with pytest.raises(KeyError):
        order.remove_edge("a", "b")


def test_removing_a_node_takes_its_edges_along():
    order = TopologicalOrder("abc", [("a", "b"), ("b", "c")])
    order.remove_node("b")
    order.add_edge("c", "a")
    assert list(order) == ["c", "a"]


def test_downstream_and_upstream_reach_all_the_way():
    order = TopologicalOrder("abcd", [("a", "b"), ("b", "c")])
    assert order.downstream("a") == {"b", "c"}
    assert order.upstream("c") == {"a", "b"}
    assert order.downstream("d") == set()


edits = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "remove", "drop", "node"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    ),
    max_size=80,
)


@settings(max_examples=200, deadline=None)
@given(edits)
def test_after_any_edits_the_order_is_topological_and_circles_are_found_exactly(steps):
    order = TopologicalOrder(NAMES)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(NAMES)
    for what, source, target in steps:
        if source not in graph or target not in graph:
            if what == "node" and source not in graph:
                order.add_node(source)
                graph.add_node(source)
            continue
        if what == "add":
            circular = source == target or nx.has_path(graph, target, source)
            path = order.would_cycle(source, target)
            assert (path is not None) == circular
            if circular:
                assert _is_circle(path, graph, (source, target))
                with pytest.raises(CycleError):
                    order.add_edge(source, target)
            else:
                order.add_edge(source, target)
                graph.add_edge(source, target)
        elif what == "remove" and graph.has_edge(source, target):
            order.remove_edge(source, target)
            graph.remove_edge(source, target)
        elif what == "drop":
            order.remove_node(source)
            graph.remove_node(source)
        assert _is_topological(order, graph)
        if source in graph:
            assert order.downstream(source) == nx.descendants(graph, source)
