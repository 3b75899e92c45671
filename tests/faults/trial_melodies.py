"""Melodies for stories of faults, drawn in a line a node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harmony.melody.model import Connection, Melody, Node, Policy


def drawn(**nodes: tuple[str, dict[str, Any], str]) -> Melody:
    """A melody from `name=(player, parameters, "port=source …")`."""
    melody = Melody(id="fault", name="Fault")
    for name, (player, parameters, _) in nodes.items():
        melody.nodes[name] = Node(name, f"players/{player}", parameters=parameters)
    for name, (_, _, inputs) in nodes.items():
        for wire in inputs.split():
            port, _, source = wire.partition("=")
            before, _, output = source.partition(".")
            melody.connections[Connection(before, output or "text", name, port)] = "hard"
    return melody


def with_policy(melody: Melody, node: str, retries: int = 0, **policy: Any) -> Melody:
    """The melody, with what a node does when it fails."""
    placed = melody.nodes[node]
    melody.nodes[node] = replace(placed, retries=retries, policy=Policy(**policy))
    return melody
