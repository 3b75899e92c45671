"""Whether pinned values can stand in for what a node would give: for validation."""

from __future__ import annotations

from collections.abc import Iterator

from harmony.melody.findings import Finding
from harmony.melody.graph import Graph
from harmony.melody.model import Node
from harmony.players.ports import fit
from harmony.players.specs import PlayerSpec


def pin_findings(node: Node, spec: PlayerSpec, graph: Graph) -> Iterator[Finding]:
    """What is wrong with the pins of a node."""
    if node.part is not None and node.repeat is None:
        yield Finding("melody.pin_of_part", "error", node.id)
        return
    for port, reference in node.pins.items():
        if spec.output(port) is None:
            facts = {"player": spec.id}
            yield Finding("melody.pin_port", "error", node.id, port, None, facts)
            continue
        gives, found = graph.flow.output_type(node.id, port), str(reference["type"])
        if not reference.get("nothing") and fit(found, gives) != "direct":
            facts = {"found": found, "type": gives}
            yield Finding("melody.pin_type", "error", node.id, port, None, facts)
    wired = {wire.output for wire in graph.wiring.out_of(node.id)}
    for output in spec.outputs:
        if output.name in wired and output.name not in node.pins:
            yield Finding("melody.pin_missing", "error", node.id, output.name)
