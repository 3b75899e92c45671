"""What is wrong with a melody: the whole of it before a run, one node of it after an edit.

Each finding is a code with its place (DESIGN.md section 6). The work is linear in nodes and wires;
nothing here follows paths, of which a braided graph has exponentially many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from harmony.foundation import words
from harmony.melody.change_kinds import DEPENDENCY_WORDS
from harmony.melody.circles import way_round
from harmony.melody.findings import Finding, Severity
from harmony.melody.flow import Lookup
from harmony.melody.graph import Graph
from harmony.melody.model import DEFAULT_POLICY, Connection, Melody, Node
from harmony.melody.parameters import parameter_finding, parameter_findings
from harmony.melody.part_rules import (
    Judge,
    exposed_findings,
    findings_of_parts,
    placing_findings,
    repeat_without_part,
    unknown_part,
)
from harmony.melody.pin_rules import pin_findings
from harmony.melody.policy_rules import bounds_findings, policy_findings
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


def validate(
    melody: Melody,
    lookup: Lookup,
    known: KnownPlayers = no_players,
    graph: Graph | None = None,
) -> list[Finding]:
    """Everything that is wrong with a melody: what concerns all of it, then node by node.

    `lookup` answers the spec of a Player's id; `known` all ids there are, for suggestions. `graph`
    is that of this very melody, when there is one already.
    """
    graph = graph or Graph.of(melody, lookup)
    findings = findings_of_melody(melody, graph)
    suggested: dict[str, str] = {}
    for node in melody.nodes.values():
        findings.extend(findings_of_node(node, graph, known, suggested))
    return findings


def findings_of_melody(melody: Melody, graph: Graph) -> list[Finding]:
    """What is wrong with the melody as a whole: circles, parts, or nothing in it."""
    if not melody.nodes:
        return [Finding("melody.empty", "warning")]
    return [
        *_circles(melody, graph),
        *findings_of_parts(graph),
        *exposed_findings(melody, graph),
    ]


def _circles(melody: Melody, graph: Graph) -> list[Finding]:
    if not graph.circles:
        return []
    place = {node: at for at, node in enumerate(melody.nodes)}
    starts = sorted(
        ((min(circle, key=place.__getitem__), circle) for circle in graph.circles),
        key=lambda pair: place[pair[0]],
    )
    return [cycle(way_round(start, circle, graph.successors)) for start, circle in starts]


def findings_of_node(
    node: Node,
    graph: Graph,
    known: KnownPlayers,
    suggested: dict[str, str],
    fed: frozenset[tuple[str, str]] = frozenset(),
) -> list[Finding]:
    """What is wrong with one node, its parameters and the wires that lead to it.

    `suggested` remembers the close matches of an unknown Player from one call to the next; `fed`
    are the ports (node, port) that get their values from outside, when this is a part. A node that
    places a part answers for what is wrong inside as well.
    """
    spec = graph.specs[node.id]
    findings = list(_wires(node, graph))
    part = node.part
    if spec is None and part is not None:
        return [unknown_part(node, part, graph), *findings]
    if spec is None:
        if node.player not in suggested:
            matches = get_close_matches(node.player, list(known()), n=3)
            suggested[node.player] = ", ".join(matches)
        facts = {"player": node.player, "matches": suggested[node.player]}
        return [Finding("melody.player_unknown", "error", node.id, None, None, facts), *findings]
    if node.pins:
        findings.extend(pin_findings(node, spec, graph))
    else:
        findings.extend(_missing(node, spec, graph, fed))
    nested = graph.flow.nested(node.id)
    if nested:
        findings.append(list_of_lists(node.id, nested))
    findings.extend(parameter_findings(node, spec))
    if part is None and node.policy is not DEFAULT_POLICY:
        findings.extend(policy_findings(node, spec, graph, known))
    if part is not None:
        findings.extend(bounds_findings(node.id, node.policy))
        judge = _judge(known, suggested)
        findings.extend(placing_findings(node, part, spec, graph, judge))
    elif node.repeat is not None:
        findings.append(repeat_without_part(node))
    return findings


def _judge(known: KnownPlayers, suggested: dict[str, str]) -> Judge:
    def judge(node: Node, graph: Graph, fed: frozenset[tuple[str, str]]) -> list[Finding]:
        return findings_of_node(node, graph, known, suggested, fed)

    return judge


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


def _missing(
    node: Node, spec: PlayerSpec, graph: Graph, fed: frozenset[tuple[str, str]]
) -> Iterator[Finding]:
    """Required inputs that nothing leads to, or nothing that must deliver."""
    sure: set[str] = {port for target, port in fed if target == node.id} if fed else set()
    unsure: dict[str, Connection] = {}
    for wire in graph.wiring.into(node.id):
        if wire in graph.lenient:
            unsure[wire.input] = wire
        else:
            sure.add(wire.input)
    for port in spec.inputs:
        if not port.required or port.name in sure:
            continue
        if port.name in unsure:
            wire = unsure[port.name]
            kind = words.render(DEPENDENCY_WORDS[graph.lenient[wire]])
            facts = ends(wire) | {"dependency": kind}
            yield Finding("melody.input_unsure", "error", node.id, port.name, None, facts)
        else:
            facts = {"type": port.type, "player": spec.id}
            yield Finding("melody.input_missing", "error", node.id, port.name, None, facts)
