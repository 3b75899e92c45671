"""How a melody is laid out as text, so that a diff shows what a person changed.

Two spaces a level, one line for each wire and each exposed port, the fields of a node always in the
same order, whole numbers without a fraction, and nothing that stands at its default.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any, Final

from harmony.melody.model import Connection, Dependency, Melody
from harmony.melody.plain import (
    exposed_to_plain,
    limits_to_plain,
    node_to_plain,
    note_to_plain,
)

_ONE_LINE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_MANY_LINES: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=2)


def laid_out(head: dict[str, Any], melody: Melody) -> str:
    """The text of a melody file; `head` goes first."""
    head = {**head, "name": melody.name, "description": melody.description}
    entries = [f"  {_compact(key)}: {_compact(value)}" for key, value in head.items()]
    limits = limits_to_plain(melody.limits)
    if limits:
        entries.append(f'  "limits": {_compact(limits)}')
    entries += _content(melody, "  ")
    if melody.parts:
        parts = [
            f"    {_compact(name)}: {{\n" + ",\n".join(_part(part, "      ")) + "\n    }"
            for name, part in melody.parts.items()
        ]
        entries.append('  "parts": {\n' + ",\n".join(parts) + "\n  }")
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _part(part: Melody, indent: str) -> list[str]:
    head = {"name": part.name, "description": part.description}
    entries = [
        f"{indent}{_compact(key)}: {_compact(value)}" for key, value in head.items() if value
    ]
    return entries + _content(part, indent)


def _content(melody: Melody, indent: str) -> list[str]:
    """The lists of a melody or a part, one entry each."""
    inner = indent + "  "
    entries = []
    for key, exposed in (("inputs", melody.inputs), ("outputs", melody.outputs)):
        if exposed:
            lines = [_line(exposed_to_plain(port), inner) for port in exposed]
            entries.append(_list(key, lines, indent))
    nodes = [_block(node_to_plain(node), inner) for node in melody.nodes.values()]
    wires = [_wire(wire, dependency, inner) for wire, dependency in melody.connections.items()]
    notes = [_block(note_to_plain(note), inner) for note in melody.notes.values()]
    entries += [_list("nodes", nodes, indent), _list("connections", wires, indent)]
    entries.append(_list("notes", notes, indent))
    return entries


def _compact(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    return str(value) if kind is int else _ONE_LINE.encode(value)


def _block(plain: dict[str, Any], indent: str) -> str:
    inner = indent + "  "
    lines = [f"{inner}{_compact(key)}: {_inside(plain[key], indent)}" for key in plain]
    return f"{indent}{{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _inside(value: Any, indent: str) -> str:
    # Encoding with an indent is pure Python and slow: only for what spans several lines.
    if not value or not isinstance(value, (dict, list)):
        return _compact(value)
    if isinstance(value, dict):
        return _block(value, indent + "  ").lstrip()
    return _MANY_LINES.encode(value).replace("\n", f"\n{indent}  ")


def _line(plain: dict[str, Any], indent: str) -> str:
    inner = ", ".join(f"{_compact(key)}: {_compact(value)}" for key, value in plain.items())
    return f"{indent}{{ {inner} }}"


def _wire(wire: Connection, dependency: Dependency, indent: str) -> str:
    """As `_line` writes it; wires are the most of a file."""
    source, output, target, port = map(encode_basestring, wire)
    asks = "" if dependency == "hard" else f', "dependency": "{dependency}"'
    return (
        f'{indent}{{ "source": {source}, "output": {output}, '
        f'"target": {target}, "input": {port}{asks} }}'
    )


def _list(key: str, items: list[str], indent: str) -> str:
    if not items:
        return f'{indent}"{key}": []'
    return f'{indent}"{key}": [\n' + ",\n".join(items) + f"\n{indent}]"
