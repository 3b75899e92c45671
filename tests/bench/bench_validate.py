"""Whole validation of a braided graph: two wires from each node to the next two.

The floor is a plain walk over nodes and wires in the order of their dependence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row, seconds

from harmony.melody.model import Connection, Melody, Node
from harmony.melody.validation import validate
from harmony.players.specs import PlayerSpec, PortSpec

SPEC = PlayerSpec(
    id="bench/join",
    kind="operator",
    title="Join",
    category="Bench",
    function="bench:join",
    inputs=(PortSpec("one", "text", False), PortSpec("two", "text", False)),
    outputs=(PortSpec("out", "text"),),
)


def run() -> Iterable[dict[str, Any]]:
    """A row for each size."""
    for size in (100, 1_000, 10_000):
        melody = braid(size)
        assert not [f for f in validate(melody, lambda _: SPEC) if f.severity == "error"]
        yield row(
            "validate",
            f"{size:,} nodes",
            seconds(lambda melody=melody: validate(melody, lambda _: SPEC), 3) * 1e3,
            "ms",
            seconds(lambda melody=melody: walk(melody), 3) * 1e3,
        )


def braid(size: int) -> Melody:
    """A graph with exponentially many paths."""
    melody = Melody(id="braid", name="Braid")
    for number in range(size):
        melody.nodes[f"n{number}"] = Node(f"n{number}", SPEC.id)
        for port, back in (("one", 1), ("two", 2)):
            if number >= back:
                wire = Connection(f"n{number - back}", "out", f"n{number}", port)
                melody.connections[wire] = "hard"
    return melody


def walk(melody: Melody) -> int:
    """Kahn's algorithm and nothing else."""
    waiting = dict.fromkeys(melody.nodes, 0)
    after: dict[str, list[str]] = {name: [] for name in melody.nodes}
    for wire in melody.connections:
        waiting[wire.target] += 1
        after[wire.source].append(wire.target)
    ready = [name for name, count in waiting.items() if not count]
    seen = 0
    while ready:
        seen += 1
        for name in after[ready.pop()]:
            waiting[name] -= 1
            if not waiting[name]:
                ready.append(name)
    return seen
