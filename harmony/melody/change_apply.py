"""Applying a Change, and finding the one that takes it back.

`apply` answers the inverse: applied in its turn it restores the melody to the last bit, the order
of nodes and connections included. Removals that follow each other, and insertions that do, are
done in one pass over the document, so that deleting ten thousand nodes and undoing it stays linear.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from harmony.melody.change_checks import (
    check_dependency,
    check_ends,
    check_fresh,
    check_node,
    check_note,
    check_room,
    ends_of,
)
from harmony.melody.change_kinds import (
    AddNode,
    AddNote,
    Change,
    Connect,
    Disconnect,
    Group,
    RemoveNode,
    RemoveNote,
    Simple,
    label,
    steps,
)
from harmony.melody.change_parts import EditOfParts, change_parts
from harmony.melody.change_settings import set_in
from harmony.melody.errors import ChangeError
from harmony.melody.limits import MAXIMUM_CONNECTIONS, MAXIMUM_NODES, MAXIMUM_NOTES
from harmony.melody.model import Connection, Dependency, Melody, Node, Note

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Removal = RemoveNode | Disconnect | RemoveNote
Insertion = AddNode | Connect | AddNote


def apply(melody: Melody, change: Change) -> Change:
    """Apply a Change in place and return its inverse.

    All or nothing: raises ChangeError when any part does not fit, and the melody is as before.
    """
    runs = list(_runs(change))
    inverses: list[list[Simple]] = []
    try:
        for run in runs:
            inverses.append(run(melody))  # noqa: PERF401 - what is done must be known when one fails
    except BaseException:
        for done in reversed(inverses):
            for undo in _runs(Group("", done)):
                undo(melody)
        raise
    parts = [part for done in reversed(inverses) for part in done]
    if len(parts) == 1 and not isinstance(change, Group):
        return parts[0]
    return Group(label(change), tuple(parts))


def _runs(change: Change) -> Iterator[Callable[[Melody], list[Simple]]]:
    """The work of a Change, cut into pieces that are each done in one pass, all or nothing."""
    for kind, group in groupby(steps(change), key=_kind_of_run):
        members = list(group)
        if kind == "removal":
            yield lambda melody, run=members: _remove(melody, run)  # type: ignore[misc]
        elif kind == "insertion":
            yield lambda melody, run=members: _insert(melody, run)  # type: ignore[misc]
        else:
            for step in members:
                if isinstance(step, EditOfParts):
                    yield lambda melody, one=step: [change_parts(melody, one, apply)]  # type: ignore[misc]
                else:
                    yield lambda melody, one=step: [set_in(melody, one)]  # type: ignore[misc]


def _kind_of_run(change: Simple) -> str:
    if isinstance(change, (RemoveNode, Disconnect, RemoveNote)):
        return "removal"
    if isinstance(change, (AddNode, Connect, AddNote)):
        return "insertion"
    return "setting"


# --- removals


def _remove(melody: Melody, run: Sequence[Removal]) -> list[Simple]:
    nodes: set[str] = set()
    notes: set[str] = set()
    wires: set[Connection] = set()
    for change in run:
        if isinstance(change, RemoveNode):
            if change.id not in melody.nodes or change.id in nodes:
                raise ChangeError("melody.no_such_node", node=change.id)
            nodes.add(change.id)
        elif isinstance(change, RemoveNote):
            if change.id not in melody.notes or change.id in notes:
                raise ChangeError("melody.no_such_note", note=change.id)
            notes.add(change.id)
        else:
            wire = change.connection
            gone = wire in wires or wire.source in nodes or wire.target in nodes
            if gone or wire not in melody.connections:
                raise ChangeError("melody.no_such_connection", **ends_of(wire))
            wires.add(wire)
    if nodes:
        wires.update(w for w in melody.connections if w.source in nodes or w.target in nodes)
    # Ascending places: put back one after the other, each lands where it stood.
    inverse: list[Simple] = [
        AddNode(melody.nodes[key], at) for at, key in _places(melody.nodes, nodes)
    ]
    inverse += [AddNote(melody.notes[key], at) for at, key in _places(melody.notes, notes)]
    inverse += [
        Connect(wire, at, melody.connections[wire])
        for at, wire in _places(melody.connections, wires)
    ]
    for identifier in nodes:
        del melody.nodes[identifier]
    for identifier in notes:
        del melody.notes[identifier]
    for wire in wires:
        del melody.connections[wire]
    return inverse


def _places(mapping: dict[Key, Value], keys: set[Key]) -> list[tuple[int, Key]]:
    """The keys with their places in the order, ascending. From the end: what goes is often new."""
    found: list[tuple[int, Key]] = []
    at = len(mapping)
    for key in reversed(mapping):
        if len(found) == len(keys):
            break
        at -= 1
        if key in keys:
            found.append((at, key))
    found.reverse()
    return found


# --- insertions


def _insert(melody: Melody, run: Sequence[Insertion]) -> list[Simple]:
    nodes: list[tuple[int | None, str, Node]] = []
    notes: list[tuple[int | None, str, Note]] = []
    wires: list[tuple[int | None, Connection, Dependency]] = []
    fresh_ids: set[str] = set()
    fresh_nodes: set[str] = set()
    fresh_wires: set[Connection] = set()
    inverse: list[Simple] = []
    for change in run:
        if isinstance(change, AddNode):
            node = change.node
            check_node(node)
            check_fresh(melody, node.id, fresh_ids)
            check_room(len(melody.nodes) + len(nodes), change.index, MAXIMUM_NODES)
            fresh_ids.add(node.id)
            fresh_nodes.add(node.id)
            nodes.append((change.index, node.id, node))
            inverse.append(RemoveNode(node.id))
        elif isinstance(change, AddNote):
            note = change.note
            check_note(note)
            check_fresh(melody, note.id, fresh_ids)
            check_room(len(melody.notes) + len(notes), change.index, MAXIMUM_NOTES)
            fresh_ids.add(note.id)
            notes.append((change.index, note.id, note))
            inverse.append(RemoveNote(note.id))
        else:
            wire = change.connection
            check_ends(melody, wire, fresh_nodes)
            if wire in melody.connections or wire in fresh_wires:
                raise ChangeError("melody.duplicate_connection", **ends_of(wire))
            check_room(len(melody.connections) + len(wires), change.index, MAXIMUM_CONNECTIONS)
            check_dependency(wire, change.dependency)
            fresh_wires.add(wire)
            wires.append((change.index, wire, change.dependency))
            inverse.append(Disconnect(wire))
    _place(melody.nodes, nodes)
    _place(melody.notes, notes)
    _place(melody.connections, wires)
    inverse.reverse()
    return inverse


def _place(mapping: dict[Key, Value], entries: Iterable[tuple[int | None, Key, Value]]) -> None:
    """Insert each entry at its index, in turn. Moves only what stands behind the first of them."""
    keys: list[Key] | None = None
    first = len(mapping)
    for index, key, value in entries:
        size = len(mapping)
        mapping[key] = value
        if keys is not None:
            keys.insert(size if index is None else index, key)
        elif index is not None and index < size:
            keys = list(mapping)
            keys.insert(index, keys.pop())
        if index is not None:
            first = min(first, index)
    for key in keys[first:] if keys is not None else ():
        mapping[key] = mapping.pop(key)
