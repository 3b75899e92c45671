"""Nodes, connections, notes and parts as JSON values, and back: the same form in files, on the
clipboard and in written-down Changes.

Fields come in a fixed order; what stands at its default is left out; whole numbers are written
without a fraction, so that a diff shows what a person changed and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from harmony.melody.model import (
    DEFAULT_POLICY,
    NO_LIMITS,
    Connection,
    Dependency,
    Exposed,
    Limits,
    Melody,
    Node,
    Note,
    Policy,
    Repeat,
)

_EXACT_WHOLE_NUMBERS: Final = 2.0**53


def node_to_plain(node: Node) -> dict[str, Any]:
    """A node as JSON values."""
    plain: dict[str, Any] = {"id": node.id, "player": node.player}
    if node.title:
        plain["title"] = node.title
    plain["x"] = tidy(node.x)
    plain["y"] = tidy(node.y)
    if node.parameters:
        plain["parameters"] = {
            name: tidy(node.parameters[name]) for name in sorted(node.parameters)
        }
    if node.priority:
        plain["priority"] = node.priority
    if node.retries:
        plain["retries"] = node.retries
    if node.policy is not DEFAULT_POLICY and (policy := policy_to_plain(node.policy)):
        plain["policy"] = policy
    if node.repeat is not None:
        plain["repeat"] = repeat_to_plain(node.repeat)
    if node.pins:
        plain["pins"] = {port: tidy(node.pins[port]) for port in sorted(node.pins)}
    return plain


def policy_to_plain(policy: Policy) -> dict[str, Any]:
    """What of a policy differs from the defaults, as JSON values."""
    return _differing(policy, DEFAULT_POLICY)


def limits_to_plain(limits: Limits) -> dict[str, Any]:
    """The limits that are set, as JSON values."""
    return _differing(limits, NO_LIMITS)


def repeat_to_plain(repeat: Repeat) -> dict[str, Any]:
    """A repetition as JSON values."""
    return {"until": repeat.until, "at_most": repeat.at_most}


def connection_to_plain(connection: Connection, dependency: Dependency = "hard") -> dict[str, Any]:
    """A connection as JSON values."""
    plain = {
        "source": connection.source,
        "output": connection.output,
        "target": connection.target,
        "input": connection.input,
    }
    if dependency != "hard":
        plain["dependency"] = dependency
    return plain


def exposed_to_plain(exposed: Exposed) -> dict[str, Any]:
    """A port that a part shows outside, as JSON values."""
    return {"name": exposed.name, "node": exposed.node, "port": exposed.port}


def part_to_plain(part: Melody) -> dict[str, Any]:
    """A part as JSON values, without its name: the key under which it stands."""
    plain: dict[str, Any] = {}
    if part.name:
        plain["name"] = part.name
    if part.description:
        plain["description"] = part.description
    if part.inputs:
        plain["inputs"] = [exposed_to_plain(item) for item in part.inputs]
    if part.outputs:
        plain["outputs"] = [exposed_to_plain(item) for item in part.outputs]
    plain["nodes"] = [node_to_plain(node) for node in part.nodes.values()]
    plain["connections"] = [
        connection_to_plain(wire, dependency) for wire, dependency in part.connections.items()
    ]
    if part.notes:
        plain["notes"] = [note_to_plain(note) for note in part.notes.values()]
    return plain


def note_to_plain(note: Note) -> dict[str, Any]:
    """A note as JSON values."""
    return {
        "id": note.id,
        "text": note.text,
        "x": tidy(note.x),
        "y": tidy(note.y),
        "width": tidy(note.width),
        "height": tidy(note.height),
    }


def node_from_plain(plain: Mapping[str, Any]) -> Node:
    """The node of values whose shape `file_format` has checked."""
    return Node(
        id=plain["id"],
        player=plain["player"],
        title=plain.get("title", ""),
        x=float(plain["x"]),
        y=float(plain["y"]),
        parameters=dict(plain.get("parameters", {})),
        priority=plain.get("priority", 0),
        retries=plain.get("retries", 0),
        policy=policy_from_plain(plain["policy"]) if plain.get("policy") else DEFAULT_POLICY,
        repeat=repeat_from_plain(plain["repeat"]) if plain.get("repeat") else None,
        pins=dict(plain.get("pins", {})),
    )


def part_from_plain(name: str, plain: Mapping[str, Any]) -> Melody:
    """The part of values whose shape `file_format` has checked; ids that stand twice are lost."""
    nodes = [node_from_plain(item) for item in plain["nodes"]]
    notes = [note_from_plain(item) for item in plain.get("notes", ())]
    return Melody(
        id=name,
        name=plain.get("name", ""),
        description=plain.get("description", ""),
        nodes={node.id: node for node in nodes},
        connections={
            connection_from_plain(item): item.get("dependency", "hard")
            for item in plain["connections"]
        },
        notes={note.id: note for note in notes},
        inputs=tuple(exposed_from_plain(item) for item in plain.get("inputs", ())),
        outputs=tuple(exposed_from_plain(item) for item in plain.get("outputs", ())),
    )


def policy_from_plain(plain: Mapping[str, Any]) -> Policy:
    """The policy of values whose shape `file_format` has checked."""
    given = dict(plain)
    if "retry_errors" in given:
        given["retry_errors"] = tuple(given["retry_errors"])
    for name in ("retry_base", "retry_cap", "timeout", "heartbeat"):
        if given.get(name) is not None:
            given[name] = float(given[name])
    return Policy(**given)


def repeat_from_plain(plain: Mapping[str, Any]) -> Repeat:
    """The repetition of values whose shape `file_format` has checked."""
    return Repeat(**plain)


def limits_from_plain(plain: Mapping[str, Any]) -> Limits:
    """The limits of values whose shape `file_format` has checked."""
    given = dict(plain)
    if given.get("money") is not None:
        given["money"] = float(given["money"])
    return Limits(**given)


def exposed_from_plain(plain: Mapping[str, Any]) -> Exposed:
    """The exposed port of values whose shape `file_format` has checked."""
    return Exposed(plain["name"], plain["node"], plain["port"])


def connection_from_plain(plain: Mapping[str, Any]) -> Connection:
    """The connection of values whose shape `file_format` has checked."""
    return Connection(plain["source"], plain["output"], plain["target"], plain["input"])


def note_from_plain(plain: Mapping[str, Any]) -> Note:
    """The note of values whose shape `file_format` has checked."""
    given = dict(plain)
    for name in ("x", "y", "width", "height"):
        if name in given:
            given[name] = float(given[name])
    return Note(**given)


def _differing(value: Any, default: Any) -> dict[str, Any]:
    # Fields in the order in which the model declares them.
    plain: dict[str, Any] = {}
    for field in fields(value):
        given = getattr(value, field.name)
        if given != getattr(default, field.name):
            plain[field.name] = tidy(given)
    return plain


def tidy(value: Any) -> Any:
    """The value with whole floats as integers (24, not 24.0), in lists and dictionaries too."""
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _EXACT_WHOLE_NUMBERS
        return int(value) if whole else value
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(item) for item in value]
    return value
