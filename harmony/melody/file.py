"""Melodies as `.melody` files: read strictly, written so that a diff shows what a person changed.

`docs/melody-format.md` describes the format. What a canvas can show (an unknown Player, a circle,
a missing input) is no error of reading: such a file opens. Whatever else does not fit is refused
with its place and never repaired.
"""

from __future__ import annotations

import os
from typing import Any, Final

from harmony.foundation.durable import write_atomically
from harmony.foundation.failpoints import failpoint
from harmony.melody.content import content_of
from harmony.melody.errors import MelodyFileError
from harmony.melody.file_layout import laid_out
from harmony.melody.limits import (
    MAXIMUM_DEPTH,
    MAXIMUM_FILE_BYTES,
    MAXIMUM_NODES,
    flaw_of_value,
)
from harmony.melody.model import (
    DEFAULT_POLICY,
    NO_LIMITS,
    Connection,
    Dependency,
    Melody,
    Node,
    Note,
)
from harmony.melody.places import Way
from harmony.melody.plain import (
    connection_from_plain,
    exposed_from_plain,
    limits_from_plain,
    node_from_plain,
    note_from_plain,
)
from harmony.melody.shaping import shaped
from harmony.melody.strict_json import flaw_at, read, shown

FORMAT: Final = "harmony.melody"
VERSION: Final = 3
"""The highest version there is. Each file is written in the lowest that can say what it holds, so
that an older program opens whatever it can open, and says that the rest is newer than itself."""
SUFFIX: Final = ".melody"


def load(path: str | os.PathLike[str]) -> Melody:
    """Read a melody file. Raises MelodyFileError, which says what is wrong, where, and the cure."""
    return loads(content_of(path), os.fspath(path))


def loads(data: bytes, name: str) -> Melody:
    """The melody in the bytes of a file. `name` is for the words of an error."""
    value, text = read(data, name)
    check_format(value, text, name, FORMAT, VERSION)
    shape = shaped("MelodyShape", value, text, name)
    melody = Melody(
        id=shape["id"],
        name=shape.get("name", ""),
        description=shape.get("description", ""),
        limits=limits_from_plain(shape["limits"]) if shape.get("limits") else NO_LIMITS,
        **read_content(shape, text, name),
        parts=read_parts(shape, text, name),
    )
    check_version(shape["version"], melody, text, name)
    return melody


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
    head = {"format": FORMAT, "version": version_of(melody), "id": melody.id}
    data = laid_out(head, melody).encode()
    if len(data) > MAXIMUM_FILE_BYTES:
        name = melody.name or melody.id
        raise MelodyFileError("melody.file_too_large", name, limit=f"{MAXIMUM_FILE_BYTES:,}")
    return data


def version_of(melody: Melody) -> int:
    """The lowest version of the format that can say what the melody holds.

    Version 2 brought policies, repetitions, dependencies, parts, exposed ports and limits; version
    3 pinned values.
    """
    if any(node.pins for each in (melody, *melody.parts.values()) for node in each.nodes.values()):
        return 3
    newer = (
        melody.parts
        or melody.inputs
        or melody.outputs
        or melody.limits != NO_LIMITS
        or any(dependency != "hard" for dependency in melody.connections.values())
        or any(_is_newer(node) for node in melody.nodes.values())
    )
    return 2 if newer else 1


def _is_newer(node: Node) -> bool:
    usual = node.policy is DEFAULT_POLICY or node.policy == DEFAULT_POLICY
    return not usual or node.repeat is not None


def check_version(stated: int, melody: Melody, text: str, name: str) -> None:
    """Refuse a file that holds what only a higher version than its own can say."""
    needed = version_of(melody)
    if stated < needed:
        facts = {"found": stated, "needed": needed}
        raise flaw_at(name, text, ("version",), "melody.file_version_too_low", **facts)


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


def read_content(shape: dict[str, Any], text: str, name: str, at: Way = ()) -> dict[str, Any]:
    """Nodes, connections, notes and exposed ports of a shape, which stands at `at` in the file.

    Ids must be unique, wires have both their ends, and exposed names stand there once.
    """
    nodes: dict[str, Node] = {}
    notes: dict[str, Note] = {}
    connections: dict[Connection, Dependency] = {}
    for number, plain in enumerate(shape["nodes"]):
        way: Way = (*at, "nodes", number)
        node = node_from_plain(plain)
        if node.id in nodes:
            raise flaw_at(name, text, (*way, "id"), "melody.file_duplicate_id", id=node.id)
        for key, value in node.parameters.items():
            # Text and numbers were judged as they were read; only what holds more can be too deep.
            flaw = flaw_of_value(value) if isinstance(value, (dict, list)) else None
            if flaw is not None:
                deep: Way = (*way, "parameters", key, *flaw[1])
                raise flaw_at(name, text, deep, "melody.file_too_deep", limit=MAXIMUM_DEPTH)
        nodes[node.id] = node
    for number, plain in enumerate(shape.get("notes", ())):
        note = note_from_plain(plain)
        if note.id in nodes or note.id in notes:
            way = (*at, "notes", number, "id")
            raise flaw_at(name, text, way, "melody.file_duplicate_id", id=note.id)
        notes[note.id] = note
    for number, plain in enumerate(shape["connections"]):
        wire = connection_from_plain(plain)
        if wire.source not in nodes or wire.target not in nodes:
            end = "target" if wire.source in nodes else "source"
            way = (*at, "connections", number, end)
            raise flaw_at(name, text, way, "melody.file_no_such_node", id=plain[end])
        if wire in connections:
            way = (*at, "connections", number)
            raise flaw_at(name, text, way, "melody.file_duplicate_connection")
        connections[wire] = plain.get("dependency", "hard")
    content: dict[str, Any] = {"nodes": nodes, "connections": connections, "notes": notes}
    for side in ("inputs", "outputs"):
        content[side] = tuple(exposed_from_plain(plain) for plain in shape.get(side, ()))
        seen: set[str] = set()
        for number, exposed in enumerate(content[side]):
            if exposed.name in seen:
                way = (*at, side, number, "name")
                raise flaw_at(name, text, way, "melody.file_duplicate_port", port=exposed.name)
            seen.add(exposed.name)
    return content


def read_parts(shape: dict[str, Any], text: str, name: str) -> dict[str, Melody]:
    """The parts of a shape, by their names."""
    return {
        part: Melody(
            id=part,
            name=plain.get("name", ""),
            description=plain.get("description", ""),
            **read_content(plain, text, name, ("parts", part)),
        )
        for part, plain in shape.get("parts", {}).items()
    }
