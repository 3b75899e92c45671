"""Applying a Change, and finding the one that takes it back.

`apply` answers the inverse: applied in its turn it restores the melody to the last bit, the order
of nodes and connections included. Removals that follow each other, and insertions that do, are
done in one pass over the document, so that deleting ten thousand nodes and undoing it stays linear.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from harmony.melody.change_kinds import (
    UNSET,
    AddNode,
    AddNote,
    Change,
    Connect,
    DescribeMelody,
    Disconnect,
    EditNote,
    Group,
    MoveNodes,
    RemoveNode,
    RemoveNote,
    RenameNode,
    ReplacePlayer,
    SetNodeOption,
    SetParameter,
    Simple,
    label,
    steps,
)
from harmony.melody.errors import ChangeError
from harmony.melody.limits import (
    MAXIMUM_CONNECTIONS,
    MAXIMUM_NODES,
    MAXIMUM_NOTES,
    MAXIMUM_PRIORITY,
    MAXIMUM_RETRIES,
    flaw_of_value,
    is_coordinate,
    is_identifier,
    is_text,
)
from harmony.melody.model import Connection, Melody, Node, Note

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
                yield lambda melody, one=step: [_set(melody, one)]  # type: ignore[misc]


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
                raise ChangeError("melody.no_such_connection", **_ends(wire))
            wires.add(wire)
    if nodes:
        wires.update(w for w in melody.connections if w.source in nodes or w.target in nodes)
    # Ascending places: put back one after the other, each lands where it stood.
    inverse: list[Simple] = [
        AddNode(melody.nodes[key], at) for at, key in _places(melody.nodes, nodes)
    ]
    inverse += [AddNote(melody.notes[key], at) for at, key in _places(melody.notes, notes)]
    inverse += [Connect(wire, at) for at, wire in _places(melody.connections, wires)]
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
    wires: list[tuple[int | None, Connection, None]] = []
    fresh_ids: set[str] = set()
    fresh_nodes: set[str] = set()
    fresh_wires: set[Connection] = set()
    inverse: list[Simple] = []
    for change in run:
        if isinstance(change, AddNode):
            node = change.node
            _check_node(node)
            _check_fresh(melody, node.id, fresh_ids)
            _check_room(len(melody.nodes) + len(nodes), change.index, MAXIMUM_NODES)
            fresh_ids.add(node.id)
            fresh_nodes.add(node.id)
            nodes.append((change.index, node.id, node))
            inverse.append(RemoveNode(node.id))
        elif isinstance(change, AddNote):
            note = change.note
            _check_note(note)
            _check_fresh(melody, note.id, fresh_ids)
            _check_room(len(melody.notes) + len(notes), change.index, MAXIMUM_NOTES)
            fresh_ids.add(note.id)
            notes.append((change.index, note.id, note))
            inverse.append(RemoveNote(note.id))
        else:
            wire = change.connection
            _check_ends(melody, wire, fresh_nodes)
            if wire in melody.connections or wire in fresh_wires:
                raise ChangeError("melody.duplicate_connection", **_ends(wire))
            _check_room(len(melody.connections) + len(wires), change.index, MAXIMUM_CONNECTIONS)
            fresh_wires.add(wire)
            wires.append((change.index, wire, None))
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


# --- settings


def _set(melody: Melody, change: Simple) -> Simple:
    match change:
        case SetParameter():
            return _set_parameter(melody, change)
        case MoveNodes(positions=positions):
            return _move(melody, positions)
        case RenameNode(node=identifier, title=title):
            node = _node(melody, identifier)
            _check_text("title", title)
            melody.nodes[identifier] = replace(node, title=title)
            return RenameNode(identifier, node.title)
        case SetNodeOption(node=identifier, option=option, value=value):
            node = _node(melody, identifier)
            _check_option(identifier, option, value)
            if option == "priority":
                melody.nodes[identifier] = replace(node, priority=value)
                return SetNodeOption(identifier, option, node.priority)
            melody.nodes[identifier] = replace(node, retries=value)
            return SetNodeOption(identifier, option, node.retries)
        case ReplacePlayer(node=identifier, player=player):
            node = _node(melody, identifier)
            _check_name("player", player)
            melody.nodes[identifier] = replace(node, player=player)
            return ReplacePlayer(identifier, node.player)
        case EditNote(note=note):
            old = melody.notes.get(note.id)
            if old is None:
                raise ChangeError("melody.no_such_note", note=note.id)
            _check_note(note)
            melody.notes[note.id] = note
            return EditNote(old)
        case DescribeMelody(name=name, description=description):
            _check_text("name", name)
            _check_text("description", description)
            before = DescribeMelody(melody.name, melody.description)
            melody.name, melody.description = name, description
            return before
        case _:
            raise TypeError(f"{change!r} is no Change")


def _set_parameter(melody: Melody, change: SetParameter) -> SetParameter:
    node = _node(melody, change.node)
    _check_name("parameter", change.name)
    before = node.parameters.get(change.name, UNSET)
    parameters = dict(node.parameters)
    if change.value is UNSET:
        parameters.pop(change.name, None)
    else:
        _check_value(change.node, change.name, change.value)
        parameters[change.name] = change.value
    melody.nodes[change.node] = replace(node, parameters=parameters)
    return SetParameter(change.node, change.name, before)


def _move(melody: Melody, positions: dict[str, tuple[float, float]]) -> MoveNodes:
    before: dict[str, tuple[float, float]] = {}
    for identifier, (x, y) in positions.items():
        item = melody.nodes.get(identifier) or melody.notes.get(identifier)
        if item is None:
            raise ChangeError("melody.no_such_node", node=identifier)
        _check_place(identifier, x, y)
        before[identifier] = (item.x, item.y)
    for identifier, (x, y) in positions.items():
        if identifier in melody.nodes:
            melody.nodes[identifier] = replace(melody.nodes[identifier], x=x, y=y)
        else:
            melody.notes[identifier] = replace(melody.notes[identifier], x=x, y=y)
    return MoveNodes(before)


# --- what a Change must fulfil


def _node(melody: Melody, identifier: str) -> Node:
    node = melody.nodes.get(identifier)
    if node is None:
        raise ChangeError("melody.no_such_node", node=identifier)
    return node


def _check_node(node: Node) -> None:
    _check_id(node.id)
    _check_name("player", node.player)
    _check_text("title", node.title)
    _check_place(node.id, node.x, node.y)
    _check_option(node.id, "priority", node.priority)
    _check_option(node.id, "retries", node.retries)
    for name, value in node.parameters.items():
        _check_name("parameter", name)
        _check_value(node.id, name, value)


def _check_note(note: Note) -> None:
    _check_id(note.id)
    _check_text("text", note.text)
    _check_place(note.id, note.x, note.y)
    if not (is_coordinate(note.width) and is_coordinate(note.height)):
        raise ChangeError("melody.bad_place", node=note.id, x=note.width, y=note.height)
    if note.width <= 0 or note.height <= 0:
        raise ChangeError("melody.bad_place", node=note.id, x=note.width, y=note.height)


def _check_id(identifier: str) -> None:
    if not is_identifier(identifier):
        raise ChangeError("melody.bad_id", id=identifier)


def _check_fresh(melody: Melody, identifier: str, fresh: set[str]) -> None:
    # Nodes and notes share one space of names, since MoveNodes moves both.
    if identifier in melody.nodes or identifier in melody.notes or identifier in fresh:
        raise ChangeError("melody.duplicate_id", id=identifier)


def _check_room(size: int, index: int | None, limit: int) -> None:
    if size >= limit:
        raise ChangeError("melody.too_many", limit=limit)
    if index is not None and not 0 <= index <= size:
        raise ChangeError("melody.bad_index", index=index, size=size)


def _check_ends(melody: Melody, wire: Connection, fresh: set[str]) -> None:
    for identifier in (wire.source, wire.target):
        if identifier not in melody.nodes and identifier not in fresh:
            raise ChangeError("melody.no_such_node", node=identifier)
    _check_name("port", wire.output)
    _check_name("port", wire.input)


def _check_name(what: str, name: str) -> None:
    if not name or not is_text(name):
        raise ChangeError("melody.bad_name", what=what, value=repr(name))


def _check_text(what: str, text: str) -> None:
    if not is_text(text):
        raise ChangeError("melody.bad_name", what=what, value=repr(text))


def _check_place(identifier: str, x: float, y: float) -> None:
    if not (is_coordinate(x) and is_coordinate(y)):
        raise ChangeError("melody.bad_place", node=identifier, x=x, y=y)


def _check_value(identifier: str, name: str, value: object) -> None:
    flaw = flaw_of_value(value)
    if flaw is not None:
        raise ChangeError("melody.bad_value", node=identifier, parameter=name, why=flaw[0])


def _check_option(identifier: str, option: str, value: object) -> None:
    limits = {
        "priority": (-MAXIMUM_PRIORITY, MAXIMUM_PRIORITY),
        "retries": (0, MAXIMUM_RETRIES),
    }
    if option not in limits:
        raise ChangeError("melody.no_such_option", node=identifier, option=option)
    low, high = limits[option]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ChangeError(
            "melody.bad_option", node=identifier, option=option, value=value, low=low, high=high
        )


def _ends(wire: Connection) -> dict[str, str]:
    return {
        "source": wire.source,
        "output": wire.output,
        "target": wire.target,
        "input": wire.input,
    }
