"""Small melodies for the stories of the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node


def write_melody(path: Path, **nodes: tuple[str, dict[str, Any], dict[str, str]]) -> Path:
    """A file from `name=(player, parameters, {input: "node.output"})`."""
    melody = Melody(id="trial", name="Trial")
    for position, (name, (player, parameters, _)) in enumerate(nodes.items()):
        melody.nodes[name] = Node(name, player, x=240.0 * position, parameters=parameters)
    for name, (_, _, inputs) in nodes.items():
        for port, source in inputs.items():
            before, _, output = source.partition(".")
            melody.connections[Connection(before, output, name, port)] = "hard"
    save(path, melody)
    return path
