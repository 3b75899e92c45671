"""What a melody would do, as one hash: equal for melodies that differ only in how they look.

Of a policy counts what can change which values come out, or that any do: timeouts, the fallback,
what a failure means, compensation, quorum. Not counted is what only says when, how many at once or
who is told: the waits between attempts, `parallel` and `notify`; nor do the limits of a run, which
belong to the one run that they stop. A part counts by what it does and not by its name.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from harmony.melody.model import DEFAULT_POLICY, Melody, Node, Reference, part_name
from harmony.melody.plain import policy_to_plain, repeat_to_plain, tidy

_NOT_COUNTED: Final = ("retry_base", "retry_cap", "notify", "parallel")


def content_hash(melody: Melody) -> str:
    """The SHA-256, in hexadecimal, of all that matters to a run.

    Nodes with their Players, parameters, priority, retries and policy, the connections with what
    they ask of their source, and the parts that are placed count. Names, titles, notes, places, and
    the order of nodes do not; the order of the wires into one port does, since a list port receives
    its items in it. What stands at its default leaves the hash as it was before there was such a
    thing: stored hashes stay true.
    """
    return _hash_of(melody, melody.parts, {}, ())


def _hash_of(
    melody: Melody, parts: dict[str, Melody], known: dict[str, str], inside: tuple[str, ...]
) -> str:
    nodes = {node.id: _content_of(node, parts, known, inside) for node in melody.nodes.values()}
    ports: dict[str, dict[str, list[list[str]]]] = {}
    for wire, dependency in melody.connections.items():
        arriving = ports.setdefault(wire.target, {}).setdefault(wire.input, [])
        asks = [] if dependency == "hard" else [dependency]
        arriving.append([wire.source, wire.output, *asks])
    content: dict[str, Any] = {"nodes": nodes, "inputs": ports}
    if inside:
        # Only of a part: what a melody would show outside matters to nobody who runs it.
        content["exposed"] = [sorted(melody.inputs), sorted(melody.outputs)]
    text = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _told(pin: Reference) -> Any:
    """Which value is pinned, however much of it stands in the file."""
    if pin.get("hash") is not None:
        return pin["hash"]
    return tidy({name: pin[name] for name in pin if name != "summary"})


def _content_of(
    node: Node, parts: dict[str, Melody], known: dict[str, str], inside: tuple[str, ...]
) -> dict[str, Any]:
    content: dict[str, Any] = {
        "player": node.player,
        "parameters": tidy(node.parameters),
        "priority": node.priority,
        "retries": node.retries,
    }
    if node.policy is not DEFAULT_POLICY and node.policy != DEFAULT_POLICY:
        policy = policy_to_plain(node.policy)
        counted = {name: policy[name] for name in policy if name not in _NOT_COUNTED}
        if counted:
            content["policy"] = counted
    if node.repeat is not None:
        content["repeat"] = repeat_to_plain(node.repeat)
    if node.pins:
        content["pins"] = {port: _told(pin) for port, pin in node.pins.items()}
    name = part_name(node.player)
    # Parts that place each other in a circle cannot run; their names must do.
    if name is not None and name in parts and name not in inside:
        if name not in known:
            known[name] = _hash_of(parts[name], parts, known, (*inside, name))
        content["player"] = f"part {known[name]}"
    return content
