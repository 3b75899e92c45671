"""Nodes whose outputs are known before a run: pinned by a person, or stood in for in a preview.

Such a node waits for nothing and is never given to a process. What it would have been fed stays in
the plan for the other nodes that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harmony.melody.model import DEFAULT_POLICY, Melody, Reference
from harmony.pit.dag.plan import Plan, PlannedNode

ExampleOf = Callable[[PlannedNode], Mapping[str, Reference] | None]
"""What the outputs of a node may be in a preview; None when nobody knows."""


def with_pins(plan: Plan, melody: Melody) -> Plan:
    """The plan of a flattened melody with the values that are pinned in it, loops included."""
    return released(_with_pins(plan, melody, melody.parts))


def _with_pins(plan: Plan, melody: Melody, parts: Mapping[str, Melody]) -> Plan:
    nodes: dict[str, PlannedNode] = {}
    for name, node in plan.nodes.items():
        placed = melody.nodes[name]
        if placed.pins:
            nodes[name] = replace(node, pinned=placed.pins)
        elif node.repeat is not None and placed.part is not None:
            body = _with_pins(node.repeat.body, parts[placed.part], parts)
            if body is not node.repeat.body:
                nodes[name] = replace(node, repeat=replace(node.repeat, body=body))
    return replace(plan, nodes={**plan.nodes, **nodes}) if nodes else plan


def released(plan: Plan) -> Plan:
    """The plan with its pinned nodes free of what leads to them, inside of loops as well."""
    if not any(node.pinned is not None or node.repeat is not None for node in plan.nodes.values()):
        return plan
    pinned = {node.id for node in plan.nodes.values() if node.pinned is not None}
    nodes: dict[str, PlannedNode] = {}
    for name, node in plan.nodes.items():
        if name in pinned:
            nodes[name] = _free(node)
            continue
        if node.repeat is not None:
            repeat = replace(node.repeat, body=released(node.repeat.body))
            node = replace(node, repeat=repeat)  # noqa: PLW2901 - the same node, its body released
        nodes[name] = node
    for name, node in nodes.items():
        if not pinned.isdisjoint(node.successors):
            after = tuple(other for other in node.successors if other not in pinned)
            nodes[name] = replace(node, successors=after)
    return replace(plan, nodes=nodes)


def previewed(plan: Plan, example_of: ExampleOf) -> Plan:
    """The plan in which no Player with effects is called.

    Each of them has its pinned or its example output instead. Where there is neither, the node is
    left out, and so is what cannot do without it.
    """
    nodes: dict[str, PlannedNode] = {}
    left_out: set[str] = set()
    for name, node in plan.nodes.items():
        seen = node
        if node.repeat is not None and node.pinned is None:
            body = previewed(node.repeat.body, example_of)
            if len(body.nodes) < len(node.repeat.body.nodes):
                left_out.add(name)
                continue
            seen = replace(node, repeat=replace(node.repeat, body=body))
        elif node.effects and node.pinned is None:
            example = example_of(node)
            if example is None:
                left_out.add(name)
                continue
            seen = replace(node, pinned=dict(example))
        if seen.pinned is None and _misses(seen, left_out):
            left_out.add(name)
            continue
        # What takes a node back has effects too; in a preview there is nothing to take back.
        nodes[name] = replace(seen, compensation=None, fallback=_harmless(seen.fallback))
    kept = {name: _without(node, left_out) for name, node in nodes.items()}
    return released(replace(plan, nodes=kept))


def _free(node: PlannedNode) -> PlannedNode:
    return replace(
        node,
        inputs=(),
        predecessors=(),
        effects=False,
        retries=0,
        policy=DEFAULT_POLICY,
        fallback=None,
        compensation=None,
        repeat=None,
    )


def _harmless(fallback: PlannedNode | None) -> PlannedNode | None:
    return None if fallback is None or fallback.effects else fallback


def _misses(node: PlannedNode, left_out: set[str]) -> bool:
    """Whether a node cannot do without something that is left out."""
    return any(
        source.node in left_out and source.dependency == "hard"
        for port in node.inputs
        for source in port.sources
    )


def _without(node: PlannedNode, left_out: set[str]) -> PlannedNode:
    if not left_out:
        return node
    inputs = (
        replace(port, sources=tuple(s for s in port.sources if s.node not in left_out))
        for port in node.inputs
    )
    return replace(
        node,
        inputs=tuple(port for port in inputs if port.sources or port.outer),
        predecessors=tuple(name for name in node.predecessors if name not in left_out),
        successors=tuple(name for name in node.successors if name not in left_out),
    )
