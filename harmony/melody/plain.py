"""Nodes, connections and notes as JSON values, and back: the same form in files, on the clipboard
and in written-down Changes.

Fields come in a fixed order; what stands at its default is left out; whole numbers are written
without a fraction, so that a diff shows what a person changed and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harmony.melody.model import Connection, Node, Note

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
    return plain


def connection_to_plain(connection: Connection) -> dict[str, Any]:
    """A connection as JSON values."""
    return {
        "source": connection.source,
        "output": connection.output,
        "target": connection.target,
        "input": connection.input,
    }


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
    )


def connection_from_plain(plain: Mapping[str, Any]) -> Connection:
    """The connection of values whose shape `file_format` has checked."""
    return Connection(plain["source"], plain["output"], plain["target"], plain["input"])


def note_from_plain(plain: Mapping[str, Any]) -> Note:
    """The note of values whose shape `file_format` has checked."""
    return Note(
        id=plain["id"],
        text=plain["text"],
        x=float(plain["x"]),
        y=float(plain["y"]),
        width=float(plain["width"]),
        height=float(plain["height"]),
    )


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
