"""Runs of a part of a melody: what is left in their plans, and what runs anew."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony.melody.model import Melody, Node
from harmony.pit.dag.plan import Dependency, Plan, PlannedInput, PlannedNode, Scope, Source
from harmony.pit.dag.plan_json import plan_from_json, plan_to_json
from harmony.pit.dag.scope import ScopeError, scope_left, within

Drawn = dict[str, list[str]]
"""The nodes that each node takes a value from."""

DIAMOND: Drawn = {
    "read": [],
    "left": ["read"],
    "right": ["read"],
    "join": ["left", "right"],
    "aside": ["read"],
}


def planned(drawn: Drawn, dependency: Dependency = "hard") -> Plan:
    after: dict[str, list[str]] = {name: [] for name in drawn}
    for name, sources in drawn.items():
        for source in sources:
            after[source].append(name)
    return Plan(
        {
            name: PlannedNode(
                id=name,
                player="trial/do",
                package="trial",
                package_hash="0",
                package_source="trial",
                parameters={},
                secrets=(),
                files=(),
                paths=(),
                inputs=tuple(
                    PlannedInput(
                        f"in{number}",
                        "text",
                        True,
                        (Source(source, "text", dependency),),
                        False,
                        False,
                    )
                    for number, source in enumerate(sources)
                ),
                outputs={"text": "text"},
                deterministic=True,
                effects=False,
                waits=False,
                priority=0,
                retries=0,
                predecessors=tuple(sources) if dependency != "optional" else (),
                successors=tuple(after[name]) if dependency != "optional" else (),
                rank=1,
            )
            for name, sources in drawn.items()
        }
    )


def kept(plan: Plan) -> list[str]:
    return list(plan.nodes)


def anew(plan: Plan) -> set[str]:
    return {node.id for node in plan.nodes.values() if node.afresh}


def test_a_run_to_a_node_keeps_what_it_needs_and_makes_nothing_anew() -> None:
    plan = within(planned(DIAMOND), Scope("to", ("left",)))
    assert (kept(plan), anew(plan)) == (["read", "left"], set())
    assert plan.nodes["read"].successors == ("left",)


def test_a_run_of_one_node_makes_that_one_anew() -> None:
    plan = within(planned(DIAMOND), Scope("only", ("join",)))
    assert (kept(plan), anew(plan)) == (["read", "left", "right", "join"], {"join"})


def test_a_run_from_a_node_makes_all_that_follows_anew_with_what_that_needs() -> None:
    plan = within(planned(DIAMOND), Scope("from", ("left",)))
    assert (kept(plan), anew(plan)) == (["read", "left", "right", "join"], {"left", "join"})


def test_several_nodes_are_one_scope() -> None:
    plan = within(planned(DIAMOND), Scope("to", ("left", "aside")))
    assert kept(plan) == ["read", "left", "aside"]


def test_a_value_that_may_be_missing_is_still_among_what_a_node_needs() -> None:
    plan = within(planned(DIAMOND, "optional"), Scope("to", ("join",)))
    assert kept(plan) == ["read", "left", "right", "join"]


def test_a_part_stands_for_all_of_its_nodes() -> None:
    plan = planned(
        {"read": [], "clean/cut": ["read"], "clean/trim": ["clean/cut"], "show": ["read"]}
    )
    assert kept(within(plan, Scope("to", ("clean",)))) == ["read", "clean/cut", "clean/trim"]


def test_a_node_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ScopeError, match=r"'jion'.*read, left, right, join, aside"):
        within(planned(DIAMOND), Scope("to", ("jion",)))


def test_a_scope_is_kept_with_the_plan() -> None:
    plan = within(planned(DIAMOND), Scope("from", ("left",)))
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_a_scope_forgets_nodes_that_were_deleted_since() -> None:
    melody = Melody("m")
    melody.nodes["left"] = Node("left", "trial/do")
    assert scope_left(Scope("to", ("left", "gone/inner")), melody) == Scope("to", ("left",))
    assert scope_left(Scope("to", ("gone",)), melody) is None
    assert scope_left(None, melody) is None


@given(st.data())
def test_nothing_in_a_scope_misses_a_source(data: st.DataObject) -> None:
    drawn: Drawn = {}
    for number in range(data.draw(st.integers(1, 12))):
        drawn[f"n{number}"] = (
            data.draw(st.lists(st.sampled_from(sorted(drawn)), max_size=3)) if drawn else []
        )
    kind = data.draw(st.sampled_from(["to", "only", "from"]))
    chosen = data.draw(st.lists(st.sampled_from(sorted(drawn)), min_size=1, max_size=3))
    plan = within(planned(drawn), Scope(kind, tuple(chosen)))  # type: ignore[arg-type]
    assert set(chosen) <= set(plan.nodes)
    for node in plan.nodes.values():
        assert set(node.predecessors) | set(node.successors) <= set(plan.nodes)
