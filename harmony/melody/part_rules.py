"""What speaks against the parts of a melody and against nodes that place one.

A part is judged once, as a melody whose exposed inputs are fed. What is wrong inside shows at every
node that places it, under the way that leads there: `outer/inner`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Final

from harmony.melody.circles import circles, way_round
from harmony.melody.findings import Finding
from harmony.melody.graph import Graph
from harmony.melody.limits import MAXIMUM_NODES, MAXIMUM_ROUNDS
from harmony.melody.model import DEFAULT_POLICY, Exposed, Melody, Node, Policy, part_name
from harmony.melody.part_specs import MAXIMUM_PART_DEPTH, Parts
from harmony.melody.policy_rules import place_of_setting, setting_label
from harmony.players.ports import fit, item_type
from harmony.players.specs import PlayerSpec, PortSpec

Judge = Callable[[Node, Graph, frozenset[tuple[str, str]]], list[Finding]]
"""Judges one node of a part, given the ports that the part exposes as inputs."""

_MOST_OF_A_PART: Final = 20

HANDED_ON: Final = (
    "retry_base",
    "retry_cap",
    "retry_errors",
    "on_failure",
    "notify",
    "parallel",
)
"""What of the policy of a node that places a part is handed to the nodes inside."""

OF_A_REPETITION: Final = ("on_failure", "notify")
"""What of a policy a node can have that repeats a part."""


def findings_of_parts(graph: Graph) -> list[Finding]:
    """What is wrong with the parts as a whole: circles among them, and far too many nodes."""
    if not graph.parts.names:
        return []
    names = graph.parts.names

    def placed(name: str) -> Iterable[str]:
        inner = (node.part for node in graph.parts[name].nodes.values())
        return {each: None for each in inner if each is not None and each in graph.parts}

    found = []
    for circle in circles(names, placed):
        start = min(circle, key=names.index)
        facts = {"path": " → ".join(way_round(start, circle, placed))}
        found.append(Finding("melody.part_circle", "error", None, None, None, facts))
    count = len(graph.specs)
    for player in graph.placing.values():
        name = part_name(player)
        if name is not None and name in graph.parts and graph.parts.depth(name) is not None:
            count += graph.parts.size(name) - 1
    if count > MAXIMUM_NODES:
        facts = {"count": f"{count:,}", "limit": f"{MAXIMUM_NODES:,}"}
        found.append(Finding("melody.parts_too_many", "error", None, None, None, facts))
    return found


def exposed_findings(melody: Melody, graph: Graph) -> Iterator[Finding]:
    """Ports to be shown outside that are not there, or that are shown twice."""
    for side, ports in (("input", melody.inputs), ("output", melody.outputs)):
        seen: dict[tuple[str, str], str] = {}
        for port in ports:
            facts = {"side": side, "name": port.name}
            if port.node not in graph.specs:
                yield Finding("melody.exposed_node", "error", port.node, port.port, None, facts)
                continue
            declared = _declared(port, side, graph)
            if declared is not None:
                yield declared
            elif side == "input" and (port.node, port.port) in seen:
                facts["other"] = seen[port.node, port.port]
                yield Finding("melody.exposed_twice", "error", port.node, port.port, None, facts)
            seen.setdefault((port.node, port.port), port.name)


def _declared(port: Exposed, side: str, graph: Graph) -> Finding | None:
    spec = graph.specs[port.node]
    if spec is None:
        return None
    ports = spec.inputs if side == "input" else spec.outputs
    if any(each.name == port.port for each in ports):
        return None
    matches = ", ".join(each.name for each in ports)
    facts = {"side": side, "name": port.name, "matches": matches}
    return Finding("melody.exposed_port", "error", port.node, port.port, None, facts)


def findings_inside(name: str, graph: Graph, judge: Judge) -> list[Finding]:
    """What is wrong inside a part that is on no circle; the first of it, when it is much."""
    parts = graph.parts
    if name not in parts.found:
        part, inner = parts[name], parts.graph(name)
        fed = frozenset((port.node, port.port) for port in part.inputs)
        found = [
            Finding("melody.part_cycle", "error", min(circle), None, None, {"part": name})
            for circle in inner.circles
        ]
        found += exposed_findings(part, inner)
        for node in part.nodes.values():
            found += judge(node, inner, fed)
        parts.found[name] = found[:_MOST_OF_A_PART]
    return parts.found[name]


def unknown_part(node: Node, name: str, graph: Graph) -> Finding:
    """The finding for a node whose part has no spec: it is not there, or cannot be worked out."""
    facts: dict[str, Any] = {"part": name}
    if name in graph.parts:
        facts["limit"] = MAXIMUM_PART_DEPTH
        return Finding("melody.part_endless", "error", node.id, None, None, facts)
    facts["matches"] = ", ".join(get_close_matches(name, graph.parts.names, n=3))
    return Finding("melody.part_unknown", "error", node.id, None, None, facts)


def placing_findings(
    node: Node, name: str, spec: PlayerSpec, graph: Graph, judge: Judge
) -> Iterator[Finding]:
    """What is wrong with a node that places a part, and with the part, at this place."""
    yield from _policy(node)
    if node.repeat is None:
        yield from _itemwise(node, name, graph)
    else:
        yield from _repeat(node, spec, graph)
    for finding in findings_inside(name, graph, judge):
        inner = node.id if finding.node is None else f"{node.id}/{finding.node}"
        yield replace(finding, node=inner)


def says_yes_or_no(port: PortSpec) -> bool:
    """Whether a repetition can end by this output; one of any type is taken at its word."""
    return fit(port.type, "boolean") == "direct"


def repeat_without_part(node: Node) -> Finding:
    """The finding for a repetition of what is no part."""
    facts = {"player": node.player}
    return Finding("melody.repeat_without_part", "error", node.id, None, "repeat", facts)


def _policy(node: Node) -> Iterator[Finding]:
    """Settings that mean nothing for a part as a whole; those that are handed on, do."""
    usable = HANDED_ON if node.repeat is None else OF_A_REPETITION
    given = [name for name in Policy.__dataclass_fields__ if _differs(node.policy, name)]
    idle = [name for name in given if name not in usable]
    if node.repeat is not None and node.retries:
        idle.append("retries")
    if idle:
        facts = {"settings": ", ".join(setting_label(name) for name in idle)}
        place = place_of_setting(idle[0])
        yield Finding("melody.policy_of_part", "error", node.id, None, place, facts)


def _differs(policy: Policy, name: str) -> bool:
    return bool(getattr(policy, name) != getattr(DEFAULT_POLICY, name))


def _repeat(node: Node, spec: PlayerSpec, graph: Graph) -> Iterator[Finding]:
    repeat = node.repeat
    assert repeat is not None

    def finding(code: str, port: str | None, **facts: Any) -> Finding:
        return Finding(code, "error", node.id, port, "repeat", facts)

    until = spec.output(repeat.until)
    if until is None or not says_yes_or_no(until):
        fitting = [port.name for port in spec.outputs if says_yes_or_no(port)]
        facts = {"until": repeat.until, "matches": ", ".join(fitting)}
        yield finding("melody.repeat_until", None, **facts)
    if not 1 <= repeat.at_most <= MAXIMUM_ROUNDS:
        yield finding("melody.repeat_rounds", None, at_most=repeat.at_most, most=MAXIMUM_ROUNDS)
    for entry in spec.inputs:
        leaving = spec.output(entry.name)
        if leaving is not None and fit(leaving.type, entry.type) != "direct":
            facts = {"gives": leaving.type, "takes": entry.type}
            yield finding("melody.repeat_carried", entry.name, **facts)
    if graph.flow.mapped(node.id):
        yield finding("melody.repeat_mapped", graph.flow.mapped(node.id)[0])


def _itemwise(node: Node, name: str, graph: Graph) -> Iterator[Finding]:
    """A list into a part maps its inner nodes. That is the same as running the part once an item
    only when no node inside takes the list whole, and when each output hangs on an item."""
    mapped = graph.flow.mapped(node.id)
    if not mapped:
        return
    used = {wire.output for wire in graph.wiring.out_of(node.id)}
    blocking = _blocking(name, frozenset(mapped), used, graph.parts)
    if blocking is not None:
        facts = {"inner": f"{node.id}/{blocking}", "ports": ", ".join(mapped)}
        yield Finding("melody.part_not_itemwise", "error", node.id, mapped[0], None, facts)


def _blocking(name: str, listed: frozenset[str], used: set[str], parts: Parts) -> str | None:
    """The way to the first node of a part that does not go item by item when these inputs do."""
    part, graph = parts[name], parts.graph(name)
    arriving: dict[str, set[str]] = {}
    for port in part.inputs:
        if port.name in listed:
            arriving.setdefault(port.node, set()).add(port.port)
    for at in graph.order:
        ports = arriving.get(at)
        spec, node = graph.specs[at], part.nodes[at]
        if ports is None or spec is None:
            continue
        whole = any(_takes_lists(port) for port in spec.inputs if port.name in ports)
        gives_lists = any(item_type(port.type) is not None for port in spec.outputs)
        votes = node.policy.quorum > 0 or node.repeat is not None
        if whole or gives_lists or votes or graph.flow.mapped(at):
            return at
        if node.part is not None:
            used_here = {wire.output for wire in graph.wiring.out_of(at)}
            inner = _blocking(node.part, frozenset(ports), used_here, parts)
            if inner is not None:
                return f"{at}/{inner}"
        for wire in graph.wiring.out_of(at):
            arriving.setdefault(wire.target, set()).add(wire.input)
    shown = (port.node for port in part.outputs if port.name in used)
    return next((node for node in shown if node not in arriving), None)


def _takes_lists(port: PortSpec) -> bool:
    return item_type(port.type) is not None or port.type == "any"
