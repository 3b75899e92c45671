"""Is this wire possible? One new wire in a large melody, and the whole of it before a run.

The melody is braided: two wires from each node to the next two, exponentially many paths. The floor
of one wire is networkx looking for a circle in the whole graph beside it; of whole validation it is
a plain walk over nodes and wires in the order of their dependence. A file of the same melody, read
as the start page reads its examples, has the bare parser as its floor.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import networkx as nx
from measuring import cpu_seconds, row

from harmony.melody import file
from harmony.melody.changes import Connect
from harmony.melody.document import Document
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
GATHER = PlayerSpec(
    id="bench/gather",
    kind="operator",
    title="Gather",
    category="Bench",
    function="bench:gather",
    inputs=(PortSpec("many", "list[text]", False),),
    outputs=(PortSpec("out", "text"),),
)
LARGE = 10_000
WIRES = 200


def run() -> Iterable[dict[str, Any]]:
    """A wire asked about, and made, in 10,000 nodes; whole melodies of three sizes."""
    yield from one_wire(LARGE)
    for size in (100, 1_000, LARGE):
        melody = braid(size)
        assert not [f for f in validate(melody, find) if f.severity == "error"]
        yield row(
            "validate",
            f"{size:,} nodes",
            cpu_seconds(lambda melody=melody: validate(melody, find), 3) * 1e3,
            "ms",
            cpu_seconds(lambda melody=melody: walk(melody), 3) * 1e3,
        )
    data = file.dumps(braid(1_000))
    yield row(
        "validate",
        "1,000 nodes, read from their file",
        cpu_seconds(lambda: file.loads(data, "braid.melody"), 9) * 1e3,
        "ms",
        cpu_seconds(lambda: json.loads(data), 9) * 1e3,
    )


def one_wire(size: int) -> Iterable[dict[str, Any]]:
    """Asked while it is dragged, and made with its findings, in a melody that was just opened."""
    rng = random.Random(5)
    wires = list(dict.fromkeys(gathered(rng, size) for _ in range(WIRES)))
    asked, made = [], []
    for _ in range(3):
        document = Document(braid(size), find)
        asked.append(cpu_seconds(lambda document=document: ask(document, wires), 1))
        made.append(cpu_seconds(lambda document=document: make(document, wires), 1))
    graph = nx.DiGraph((wire.source, wire.target) for wire in document.melody.connections)
    beside = cpu_seconds(lambda: nx.is_directed_acyclic_graph(graph), 5) * 1e3
    yield row("validate", "one wire, asked", min(asked) / WIRES * 1e3, "ms", beside)
    yield row("validate", "one wire, made", min(made) / WIRES * 1e3, "ms", beside)


def ask(document: Document, wires: Iterable[Connection]) -> None:
    """As the canvas does while a wire is dragged."""
    for wire in wires:
        document.refusal(wire)


def make(document: Document, wires: Iterable[Connection]) -> None:
    """As the canvas does when it is dropped: all that is wrong is known after each."""
    for wire in wires:
        document.apply(Connect(wire))
        document.findings  # noqa: B018 - computed when it is read


def gathered(rng: random.Random, size: int) -> Connection:
    """A wire from anywhere to one of the nodes that gather, most of them against the order."""
    return Connection(
        f"n{rng.randrange(size - size // 10)}", "out", f"g{rng.randrange(size // 10)}", "many"
    )


def find(player: str) -> PlayerSpec:
    """The Player of a node."""
    return GATHER if player == GATHER.id else SPEC


def braid(size: int) -> Melody:
    """A graph with exponentially many paths, and a node that gathers for each ten of it."""
    melody = Melody(id="braid", name="Braid")
    for number in range(size // 10):
        melody.nodes[f"g{number}"] = Node(f"g{number}", GATHER.id)
    for number in range(size - size // 10):
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
