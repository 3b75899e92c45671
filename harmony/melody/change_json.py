"""Changes as JSON values, for the journal of unsaved edits and for whoever sends one.

`{"change": "connect", …}`: the kind in words, its fields as in a melody file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

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
)
from harmony.melody.errors import ChangeError
from harmony.melody.model import Connection, Node, Note
from harmony.melody.plain import (
    connection_from_plain,
    connection_to_plain,
    node_from_plain,
    node_to_plain,
    note_from_plain,
    note_to_plain,
    tidy,
)

_MAXIMUM_NESTING: Final = 32


def to_json(change: Change) -> dict[str, Any]:
    """The Change as JSON values; `from_json` reads them back."""
    match change:
        case AddNode(node=node, index=index):
            return {"change": "add_node", "node": node_to_plain(node), **_at(index)}
        case RemoveNode(id=identifier):
            return {"change": "remove_node", "id": identifier}
        case Connect(connection=wire, index=index):
            return {"change": "connect", "connection": connection_to_plain(wire), **_at(index)}
        case Disconnect(connection=wire):
            return {"change": "disconnect", "connection": connection_to_plain(wire)}
        case SetParameter(node=identifier, name=name, value=value):
            plain = {"change": "set_parameter", "node": identifier, "name": name}
            return plain if value is UNSET else {**plain, "value": tidy(value)}
        case MoveNodes(positions=positions):
            places = {key: [tidy(x), tidy(y)] for key, (x, y) in positions.items()}
            return {"change": "move_nodes", "positions": places}
        case RenameNode(node=identifier, title=title):
            return {"change": "rename_node", "node": identifier, "title": title}
        case SetNodeOption(node=identifier, option=option, value=value):
            plain = {"change": "set_node_option", "node": identifier}
            return {**plain, "option": option, "value": value}
        case ReplacePlayer(node=identifier, player=player):
            return {"change": "replace_player", "node": identifier, "player": player}
        case AddNote(note=note, index=index):
            return {"change": "add_note", "note": note_to_plain(note), **_at(index)}
        case RemoveNote(id=identifier):
            return {"change": "remove_note", "id": identifier}
        case EditNote(note=note):
            return {"change": "edit_note", "note": note_to_plain(note)}
        case DescribeMelody(name=name, description=description):
            return {"change": "describe_melody", "name": name, "description": description}
        case Group(label=label, changes=changes):
            inner = [to_json(item) for item in changes]
            return {"change": "group", "label": label, "changes": inner}


def from_json(data: Any) -> Change:
    """Read what `to_json` wrote. Raises ChangeError when it is no Change."""
    return _read(data, 0)


def _read(data: Any, depth: int) -> Change:
    if not isinstance(data, dict) or depth > _MAXIMUM_NESTING:
        raise ChangeError("melody.change_unreadable", why=type(data).__name__)
    fields = dict(data)
    kind = fields.pop("change", None)
    if kind == "group":
        _expect(fields, "label", "changes")
        inner = fields["changes"]
        if not isinstance(inner, list):
            raise ChangeError("melody.change_unreadable", why="changes")
        return Group(_text(fields, "label"), tuple(_read(item, depth + 1) for item in inner))
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise ChangeError("melody.change_unreadable", why=repr(kind))
    return reader(fields)


def _add_node(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", optional=("index",))
    return AddNode(_node(fields["node"]), _index(fields))


def _remove_node(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "id")
    return RemoveNode(_text(fields, "id"))


def _connect(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "connection", optional=("index",))
    return Connect(_connection(fields["connection"]), _index(fields))


def _disconnect(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "connection")
    return Disconnect(_connection(fields["connection"]))


def _set_parameter(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "name", optional=("value",))
    return SetParameter(_text(fields, "node"), _text(fields, "name"), fields.get("value", UNSET))


def _move_nodes(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "positions")
    places = fields["positions"]
    if not isinstance(places, dict):
        raise ChangeError("melody.change_unreadable", why="positions")
    positions: dict[str, tuple[float, float]] = {}
    for identifier, place in places.items():
        if not isinstance(place, list) or len(place) != 2:
            raise ChangeError("melody.change_unreadable", why="positions")
        positions[identifier] = (place[0], place[1])
    return MoveNodes(positions)


def _rename_node(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "title")
    return RenameNode(_text(fields, "node"), _text(fields, "title"))


def _set_node_option(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "option", "value")
    option = fields["option"]
    if option not in ("priority", "retries"):
        raise ChangeError("melody.change_unreadable", why=repr(option))
    return SetNodeOption(_text(fields, "node"), option, fields["value"])


def _replace_player(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "player")
    return ReplacePlayer(_text(fields, "node"), _text(fields, "player"))


def _add_note(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "note", optional=("index",))
    return AddNote(_note(fields["note"]), _index(fields))


def _remove_note(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "id")
    return RemoveNote(_text(fields, "id"))


def _edit_note(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "note")
    return EditNote(_note(fields["note"]))


def _describe_melody(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "name", "description")
    return DescribeMelody(_text(fields, "name"), _text(fields, "description"))


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Change]]] = {
    "add_node": _add_node,
    "remove_node": _remove_node,
    "connect": _connect,
    "disconnect": _disconnect,
    "set_parameter": _set_parameter,
    "move_nodes": _move_nodes,
    "rename_node": _rename_node,
    "set_node_option": _set_node_option,
    "replace_player": _replace_player,
    "add_note": _add_note,
    "remove_note": _remove_note,
    "edit_note": _edit_note,
    "describe_melody": _describe_melody,
}


def _expect(fields: Mapping[str, Any], *required: str, optional: tuple[str, ...] = ()) -> None:
    missing = [name for name in required if name not in fields]
    unknown = [name for name in fields if name not in required and name not in optional]
    if missing or unknown:
        raise ChangeError("melody.change_unreadable", why=", ".join(missing + unknown))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise ChangeError("melody.change_unreadable", why=name)
    return value


def _index(fields: Mapping[str, Any]) -> int | None:
    value = fields.get("index")
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ChangeError("melody.change_unreadable", why="index")


def _at(index: int | None) -> dict[str, int]:
    return {} if index is None else {"index": index}


def _node(plain: Any) -> Node:
    from harmony.melody.file_format import NodeShape

    return node_from_plain(_shaped(NodeShape, plain))


def _connection(plain: Any) -> Connection:
    from harmony.melody.file_format import ConnectionShape

    return connection_from_plain(_shaped(ConnectionShape, plain))


def _note(plain: Any) -> Note:
    from harmony.melody.file_format import NoteShape

    return note_from_plain(_shaped(NoteShape, plain))


def _shaped(shape: Any, plain: Any) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        shaped: dict[str, Any] = shape.model_validate(plain).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ChangeError("melody.change_unreadable", why=where or first["msg"]) from error
    return shaped
