"""The document as data: nodes, connections, notes. Nothing here edits; `changes.py` does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Node:
    """A Player placed in a melody. `x`, `y` are scene units (1 unit = 1 px at 100 %)."""

    id: str
    player: str
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    retries: int = 0


class Connection(NamedTuple):
    """A wire from an output port to an input port.

    A named tuple and no dataclass: wires are hashed far more often than they are made.
    """

    source: str
    output: str
    target: str
    input: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note on the canvas, in Markdown."""

    id: str
    text: str
    x: float = 0.0
    y: float = 0.0
    width: float = 208.0
    height: float = 88.0


@dataclass(slots=True)
class Melody:
    """A workflow. Only Changes edit it; the order of `connections` is the order of a list port."""

    id: str
    name: str = ""
    description: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    connections: dict[Connection, None] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
