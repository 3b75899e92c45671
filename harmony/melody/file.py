"""Melodies as `.melody` files: read strictly, written so that a diff shows what a person changed.

`docs/melody-format.md` describes the format. What a canvas can show (an unknown Player, a circle,
a missing input) is no error of reading: such a file opens. Whatever else does not fit is refused
with its place and never repaired.
"""

from __future__ import annotations

import json
import os
import stat
from typing import Any, Final

from harmony.foundation.durable import write_atomically
from harmony.foundation.failpoints import failpoint
from harmony.melody.errors import MelodyFileError
from harmony.melody.limits import (
    MAXIMUM_DEPTH,
    MAXIMUM_FILE_BYTES,
    MAXIMUM_NODES,
    flaw_of_value,
)
from harmony.melody.model import Connection, Melody, Node, Note
from harmony.melody.places import Way
from harmony.melody.plain import (
    connection_from_plain,
    connection_to_plain,
    node_from_plain,
    node_to_plain,
    note_from_plain,
    note_to_plain,
)
from harmony.melody.shaping import shaped
from harmony.melody.strict_json import flaw_at, read, shown

FORMAT: Final = "harmony.melody"
VERSION: Final = 1
SUFFIX: Final = ".melody"


def load(path: str | os.PathLike[str]) -> Melody:
    """Read a melody file. Raises MelodyFileError, which says what is wrong, where, and the cure."""
    name = os.fspath(path)
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise MelodyFileError("melody.file_unreadable", name, reason="it is no file")
            data = stream.read(MAXIMUM_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise MelodyFileError("melody.file_missing", name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MelodyFileError("melody.file_unreadable", name, reason=reason) from error
    return loads(data, name)


def loads(data: bytes, name: str) -> Melody:
    """The melody in the bytes of a file. `name` is for the words of an error."""
    value, text = read(data, name)
    check_format(value, text, name, FORMAT, VERSION)
    shape = shaped("melody", value, text, name)
    return Melody(
        id=shape["id"],
        name=shape.get("name", ""),
        description=shape.get("description", ""),
        **read_parts(shape, text, name),
    )


def save(path: str | os.PathLike[str], melody: Melody) -> None:
    """Write a melody file durably: whoever reads it sees the old content or the new, whole.

    Raises MelodyFileError, and the old file is untouched.
    """
    data = dumps(melody)
    failpoint("melody.save")
    try:
        write_atomically(path, data, mode=0o644)
    except OSError as error:
        reason = error.strerror or str(error)
        raise MelodyFileError("melody.file_not_saved", os.fspath(path), reason=reason) from error


def dumps(melody: Melody) -> bytes:
    """The bytes of a melody file: two spaces a level, one wire a line, a newline at the end."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "id": melody.id,
        "name": melody.name,
        "description": melody.description,
    }
    lines = [f"  {_compact(key)}: {_compact(value)}," for key, value in head.items()]
    nodes = [_block(node_to_plain(node)) for node in melody.nodes.values()]
    wires = [_line(connection_to_plain(wire)) for wire in melody.connections]
    notes = [_block(note_to_plain(note)) for note in melody.notes.values()]
    lines.append(f"{_list('nodes', nodes)},")
    lines.append(f"{_list('connections', wires)},")
    lines.append(_list("notes", notes))
    data = "\n".join(["{", *lines, "}", ""]).encode()
    if len(data) > MAXIMUM_FILE_BYTES:
        name = melody.name or melody.id
        raise MelodyFileError("melody.file_too_large", name, limit=f"{MAXIMUM_FILE_BYTES:,}")
    return data


def check_format(value: Any, text: str, name: str, expected: str, known: int) -> None:
    """Refuse what is no JSON object of this format, or of a version that is not known."""
    facts: dict[str, Any] = {"expected": expected, "known": known}
    found = value.get("format") if isinstance(value, dict) else None
    if found != expected:
        way: Way = ("format",) if found is not None else ()
        stated = "not given" if found is None else shown(found)
        raise flaw_at(name, text, way, "melody.file_not_a_melody", found=stated, **facts)
    if "version" not in value:
        raise flaw_at(name, text, (), "melody.file_missing_key", key="version")
    version = value["version"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        stated = shown(version)
        raise flaw_at(name, text, ("version",), "melody.file_version", found=stated, **facts)
    if version > known:
        raise flaw_at(name, text, ("version",), "melody.file_newer", found=version, **facts)
    nodes = value.get("nodes")
    if isinstance(nodes, list) and len(nodes) > MAXIMUM_NODES:
        counts = {"what": "nodes", "count": f"{len(nodes):,}", "limit": f"{MAXIMUM_NODES:,}"}
        raise flaw_at(name, text, ("nodes",), "melody.file_too_many", **counts)


def read_parts(shape: dict[str, Any], text: str, name: str) -> dict[str, Any]:
    """Nodes, connections and notes of a shape; ids must be unique, and wires have both ends."""
    nodes: dict[str, Node] = {}
    notes: dict[str, Note] = {}
    connections: dict[Connection, None] = {}
    for at, plain in enumerate(shape["nodes"]):
        node = node_from_plain(plain)
        if node.id in nodes:
            raise flaw_at(name, text, ("nodes", at, "id"), "melody.file_duplicate_id", id=node.id)
        for key, value in node.parameters.items():
            # Text and numbers were judged as they were read; only what holds more can be too deep.
            flaw = flaw_of_value(value) if isinstance(value, (dict, list)) else None
            if flaw is not None:
                way: Way = ("nodes", at, "parameters", key, *flaw[1])
                raise flaw_at(name, text, way, "melody.file_too_deep", limit=MAXIMUM_DEPTH)
        nodes[node.id] = node
    for at, plain in enumerate(shape.get("notes", ())):
        note = note_from_plain(plain)
        if note.id in nodes or note.id in notes:
            raise flaw_at(name, text, ("notes", at, "id"), "melody.file_duplicate_id", id=note.id)
        notes[note.id] = note
    for at, plain in enumerate(shape["connections"]):
        wire = connection_from_plain(plain)
        for end in ("source", "target"):
            if plain[end] not in nodes:
                way = ("connections", at, end)
                raise flaw_at(name, text, way, "melody.file_no_such_node", id=plain[end])
        if wire in connections:
            raise flaw_at(name, text, ("connections", at), "melody.file_duplicate_connection")
        connections[wire] = None
    return {"nodes": nodes, "connections": connections, "notes": notes}


def _without_waiting(path: str, flags: int) -> int:
    # Opening a named pipe would otherwise wait for somebody to write into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


_ONE_LINE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_MANY_LINES: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=2)


def _compact(value: Any) -> str:
    return _ONE_LINE.encode(value)


def _block(plain: dict[str, Any], indent: str = "    ") -> str:
    lines = [f"{indent}  {_compact(key)}: {_laid_out(plain[key], indent)}" for key in plain]
    return f"{indent}{{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _laid_out(value: Any, indent: str) -> str:
    # Encoding with an indent is pure Python and slow: only for what spans several lines.
    if not isinstance(value, (dict, list)) or not value:
        return _compact(value)
    if isinstance(value, dict):
        return _block(value, indent + "  ").lstrip()
    return _MANY_LINES.encode(value).replace("\n", f"\n{indent}  ")


def _line(plain: dict[str, Any]) -> str:
    inner = ", ".join(f"{_compact(key)}: {_compact(value)}" for key, value in plain.items())
    return f"    {{ {inner} }}"


def _list(key: str, items: list[str]) -> str:
    if not items:
        return f'  "{key}": []'
    return f'  "{key}": [\n' + ",\n".join(items) + "\n  ]"
