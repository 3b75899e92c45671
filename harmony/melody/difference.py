"""What two melodies differ in: added, removed, changed. Whatever was only moved stands apart.

Nodes, wires, notes and parts are the same when they have the same identity: an id, both ends, a
name; a part that only got another name is told as that (`renamed_parts.py`). Values are compared
as the file would write them, so that 24 and 24.0 are no difference, and 1 and true are one.
`between.py` makes the Changes that lead from one melody to the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from harmony.melody.change_kinds import UNSET
from harmony.melody.model import Connection, Dependency, Melody, Node, Note
from harmony.melody.plain import exposed_to_plain, tidy
from harmony.melody.renamed_parts import player_now, renamed_parts

What = Literal[
    "player",
    "title",
    "parameter",
    "priority",
    "retries",
    "policy",
    "repeat",
    "pin",
    "name",
    "description",
    "limit",
    "inputs",
    "outputs",
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that has another value: `name` is the parameter, the field or the port of it.

    `before` or `after` is UNSET when there is no value.
    """

    what: What
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ChangedNode:
    """A node that is in both, and what of it is another. `node` is how it is now."""

    node: Node
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class ChangedWire:
    """A wire that is in both, and what it asked and asks of its source."""

    connection: Connection
    before: Dependency
    after: Dependency


@dataclass(frozen=True, slots=True)
class ChangedNote:
    """A note with other words."""

    before: Note
    after: Note


@dataclass(frozen=True, slots=True)
class Difference:
    """What leads from an old melody to a new one.

    `moved` are nodes and notes that only stand elsewhere or have another size; no change by
    themselves. `reordered` are inputs, as (node, port), that receive the same wires in another
    order. `settings` is what belongs to the melody as a whole.
    """

    added: tuple[Node, ...] = ()
    removed: tuple[Node, ...] = ()
    changed: tuple[ChangedNode, ...] = ()
    moved: tuple[str, ...] = ()
    wires_added: tuple[Connection, ...] = ()
    wires_removed: tuple[Connection, ...] = ()
    wires_changed: tuple[ChangedWire, ...] = ()
    reordered: tuple[tuple[str, str], ...] = ()
    notes_added: tuple[Note, ...] = ()
    notes_removed: tuple[Note, ...] = ()
    notes_changed: tuple[ChangedNote, ...] = ()
    settings: tuple[Edit, ...] = ()
    parts_added: tuple[str, ...] = ()
    parts_removed: tuple[str, ...] = ()
    parts_renamed: tuple[tuple[str, str], ...] = ()
    parts_changed: dict[str, Difference] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was changed; something may have been moved."""
        simple = (
            getattr(self, each.name) for each in fields(self) if each.name not in _LOOKED_INTO
        )
        return not any(simple) and all(each.is_empty for each in self.parts_changed.values())


_LOOKED_INTO: Final = ("moved", "parts_changed")


def difference(old: Melody, new: Melody) -> Difference:
    """What was added, removed and changed on the way from `old` to `new`."""
    return _difference(old, new, renamed_parts(old, new))


def same_value(before: Any, after: Any) -> bool:
    """Whether a file would say the same of both; the order of keys does not count."""
    return before is after or written(before) == written(after)


def written(value: Any, sort_keys: bool = True) -> str:
    """A value as text: equal for equal values, and for those alone."""
    if value is UNSET:
        return ""
    return json.dumps(tidy(value), sort_keys=sort_keys)


def _difference(old: Melody, new: Melody, renamed: Mapping[str, str]) -> Difference:
    changed: list[ChangedNode] = []
    moved: list[str] = []
    for node in new.nodes.values():
        before = old.nodes.get(node.id)
        if before is None:
            continue
        edits = tuple(_edits(before, node, renamed))
        if edits:
            changed.append(ChangedNode(node, edits))
        if (before.x, before.y) != (node.x, node.y):
            moved.append(node.id)
    notes_changed: list[ChangedNote] = []
    for note in new.notes.values():
        earlier = old.notes.get(note.id)
        if earlier is None or earlier == note:
            continue
        if earlier.text != note.text:
            notes_changed.append(ChangedNote(earlier, note))
        if _place(earlier) != _place(note):
            moved.append(note.id)
    now = {renamed.get(name, name): part for name, part in old.parts.items()}
    inner = {
        name: _difference(now[name], part, renamed)
        for name, part in new.parts.items()
        if name in now
    }
    return Difference(
        added=tuple(node for node in new.nodes.values() if node.id not in old.nodes),
        removed=tuple(node for node in old.nodes.values() if node.id not in new.nodes),
        changed=tuple(changed),
        moved=tuple(moved),
        wires_added=tuple(wire for wire in new.connections if wire not in old.connections),
        wires_removed=tuple(wire for wire in old.connections if wire not in new.connections),
        wires_changed=tuple(
            ChangedWire(wire, old.connections[wire], asks)
            for wire, asks in new.connections.items()
            if old.connections.get(wire, asks) != asks
        ),
        reordered=_reordered(old, new),
        notes_added=tuple(note for note in new.notes.values() if note.id not in old.notes),
        notes_removed=tuple(note for note in old.notes.values() if note.id not in new.notes),
        notes_changed=tuple(notes_changed),
        settings=tuple(_settings(old, new)),
        parts_added=tuple(name for name in new.parts if name not in now),
        parts_removed=tuple(name for name in now if name not in new.parts),
        parts_renamed=tuple(renamed.items()) if old.parts else (),
        parts_changed={
            name: each for name, each in inner.items() if each.moved or not each.is_empty
        },
    )


def _edits(old: Node, new: Node, renamed: Mapping[str, str]) -> Iterator[Edit]:
    if old is new:
        return
    player = player_now(old.player, renamed)
    if player != new.player:
        yield Edit("player", "", player, new.player)
    if old.title != new.title:
        yield Edit("title", "", old.title, new.title)
    yield from _of_mapping("parameter", old.parameters, new.parameters)
    if old.priority != new.priority:
        yield Edit("priority", "", old.priority, new.priority)
    if old.retries != new.retries:
        yield Edit("retries", "", old.retries, new.retries)
    yield from _of_fields("policy", old.policy, new.policy)
    if old.repeat != new.repeat:
        yield Edit("repeat", "", old.repeat, new.repeat)
    yield from _of_mapping("pin", old.pins, new.pins)


def _of_mapping(what: What, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Edit]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, UNSET), new.get(name, UNSET)
        if not same_value(before, after):
            yield Edit(what, name, before, after)


def _of_fields(what: What, old: Any, new: Any) -> Iterator[Edit]:
    if old is new or old == new:
        return
    for each in fields(old):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before != after:
            yield Edit(what, each.name, before, after)


def _settings(old: Melody, new: Melody) -> Iterator[Edit]:
    if old.name != new.name:
        yield Edit("name", "", old.name, new.name)
    if old.description != new.description:
        yield Edit("description", "", old.description, new.description)
    yield from _of_fields("limit", old.limits, new.limits)
    if old.inputs != new.inputs:
        yield Edit("inputs", "", _exposed(old.inputs), _exposed(new.inputs))
    if old.outputs != new.outputs:
        yield Edit("outputs", "", _exposed(old.outputs), _exposed(new.outputs))


def _exposed(ports: Any) -> list[dict[str, Any]]:
    return [exposed_to_plain(port) for port in ports]


def _place(note: Note) -> tuple[float, float, float, float]:
    return note.x, note.y, note.width, note.height


def _reordered(old: Melody, new: Melody) -> tuple[tuple[str, str], ...]:
    """Inputs whose wires, of those that are in both, arrive in another order."""
    before: dict[tuple[str, str], list[Connection]] = {}
    now: dict[tuple[str, str], list[Connection]] = {}
    for melody, other, found in ((old, new, before), (new, old, now)):
        for wire in melody.connections:
            if wire in other.connections:
                found.setdefault((wire.target, wire.input), []).append(wire)
    return tuple(port for port, wires in now.items() if wires != before[port])
