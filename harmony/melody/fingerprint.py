"""What a melody would do, as one hash: equal for melodies that differ only in how they look."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from harmony.melody.model import Melody
from harmony.melody.plain import tidy


def content_hash(melody: Melody) -> str:
    """The SHA-256, in hexadecimal, of all that matters to a run.

    Nodes with their Players, parameters, priority and retries, and the connections count. Names,
    titles, notes, places, and the order of nodes do not; the order of the wires into one port does,
    since a list port receives its items in it.
    """
    nodes = {
        node.id: {
            "player": node.player,
            "parameters": tidy(node.parameters),
            "priority": node.priority,
            "retries": node.retries,
        }
        for node in melody.nodes.values()
    }
    ports: dict[str, dict[str, list[list[str]]]] = {}
    for wire in melody.connections:
        arriving = ports.setdefault(wire.target, {}).setdefault(wire.input, [])
        arriving.append([wire.source, wire.output])
    content: dict[str, Any] = {"nodes": nodes, "inputs": ports}
    text = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
