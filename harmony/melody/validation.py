"""What is wrong with a melody: the whole of it before a run, one node of it after an edit.

Each finding is a code with its place (DESIGN.md section 6). The work is linear in nodes and wires;
nothing here follows paths, of which a braided graph has exponentially many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from harmony.melody.circles import way_round
from harmony.melody.findings import Finding, Severity
from harmony.melody.flow import Lookup
from harmony.melody.graph import Graph
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.parameters import parameter_finding, parameter_findings
from harmony.melody.wire_rules import (
    cycle,
    ends,
    list_of_lists,
    refusal,
    takes_many,
    type_mismatch,
    unknown_input,
    unknown_output,
)
from harmony.players.specs import PlayerSpec

KnownPlayers = Callable[[], Iterable[str]]

__all__ = [
    "Finding",
    "KnownPlayers",
    "Severity",
    "findings_of_melody",
    "findings_of_node",
    "no_players",
    "parameter_finding",
    "refusal",
    "validate",
]


def no_players() -> Iterable[str]:
    """The answer of whoever cannot say which Players there are."""
    return ()


def validate(melody: Melody, lookup: Lookup, known: KnownPlayers = no_players) -> list[Finding]:
    """Everything that is wrong with a melody: what concerns all of it, then node by node.

    `lookup` answers the spec of a Player's id; `known` all ids there are, for suggestions.
    """
    graph = Graph.of(melody, lookup)
    findings = findings_of_melody(melody, graph)
    suggested: dict[str, str] = {}
    for node in melody.nodes.values():
        findings.extend(findings_of_node(node, graph, known, suggested))
    return findings


def findings_of_melody(melody: Melody, graph: Graph) -> list[Finding]:
    """What is wrong with the melody as a whole: circles, or nothing in it."""
    if not melody.nodes:
        return [Finding("melody.empty", "warning")]
    if not graph.circles:
        return []
    place = {node: at for at, node in enumerate(melody.nodes)}
    starts = sorted(
        ((min(circle, key=place.__getitem__), circle) for circle in graph.circles),
        key=lambda pair: place[pair[0]],
    )
    return [cycle(way_round(start, circle, graph.successors)) for start, circle in starts]


def findings_of_node(
    node: Node, graph: Graph, known: KnownPlayers, suggested: dict[str, str]
) -> list[Finding]:
    """What is wrong with one node, its parameters and the wires that lead to it.

    `suggested` remembers the close matches of an unknown Player from one call to the next.
    """
    spec = graph.specs[node.id]
    findings = list(_wires(node, graph))
    if spec is None:
        if node.player not in suggested:
            matches = get_close_matches(node.player, list(known()), n=3)
            suggested[node.player] = ", ".join(matches)
        facts = {"player": node.player, "matches": suggested[node.player]}
        return [Finding("melody.player_unknown", "error", node.id, None, None, facts), *findings]
    findings.extend(_missing(node, spec, graph))
    nested = graph.flow.nested(node.id)
    if nested:
        findings.append(list_of_lists(node.id, nested))
    findings.extend(parameter_findings(node, spec))
    return findings


def _wires(node: Node, graph: Graph) -> Iterator[Finding]:
    arriving: dict[str, list[Connection]] = {}
    for wire in graph.wiring.into(node.id):
        unknown = unknown_output(graph, wire)
        if unknown is not None:
            yield unknown
        missing = unknown_input(graph, wire)
        if missing is not None:
            yield missing
        elif graph.flow.fit_of(wire) is None:
            yield type_mismatch(graph, wire)
        arriving.setdefault(wire.input, []).append(wire)
    for port, wires in arriving.items():
        if len(wires) > 1 and not takes_many(graph, node.id, port):
            names = sorted(f"{wire.source}.{wire.output}" for wire in wires)
            facts = ends(wires[-1]) | {"sources": ", ".join(names)}
            yield Finding("melody.input_taken", "error", node.id, port, None, facts)


def _missing(node: Node, spec: PlayerSpec, graph: Graph) -> Iterator[Finding]:
    wired = {wire.input for wire in graph.wiring.into(node.id)}
    for port in spec.inputs:
        if port.required and port.name not in wired:
            facts = {"type": port.type, "player": spec.id}
            yield Finding("melody.input_missing", "error", node.id, port.name, None, facts)
