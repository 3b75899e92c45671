"""Changes as JSON values, for the journal of unsaved edits and for whoever sends one.

`{"change": "connect", …}`: the kind in words, its fields as in a melody file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_args

from harmony.melody.change_kinds import (
    UNSET,
    AddNode,
    AddNote,
    AddPart,
    Change,
    Connect,
    DescribeMelody,
    Disconnect,
    EditNote,
    EditPart,
    Group,
    MoveNodes,
    RemoveNode,
    RemoveNote,
    RemovePart,
    RenameNode,
    RenamePart,
    ReplacePlayer,
    SetDependency,
    SetExposed,
    SetLimits,
    SetNodeOption,
    SetParameter,
    SetPins,
    SetPolicy,
    SetRepeat,
    Simple,
)
from harmony.melody.errors import ChangeError
from harmony.melody.model import Connection, Dependency, Node, Note
from harmony.melody.plain import (
    connection_from_plain,
    connection_to_plain,
    exposed_from_plain,
    exposed_to_plain,
    limits_from_plain,
    limits_to_plain,
    node_from_plain,
    node_to_plain,
    note_from_plain,
    note_to_plain,
    part_from_plain,
    part_to_plain,
    policy_from_plain,
    policy_to_plain,
    repeat_from_plain,
    repeat_to_plain,
    tidy,
)
from harmony.melody.shaping import shaped_in_a_change

_MAXIMUM_NESTING: Final = 32


def to_json(change: Change) -> dict[str, Any]:
    """The Change as JSON values; `from_json` reads them back."""
    if isinstance(change, Group):
        inner = [to_json(item) for item in change.changes]
        return {"change": "group", "label": change.label, "changes": inner}
    kind, fields = _written(change)
    return {"change": kind, **fields}


def _written(change: Simple) -> tuple[str, dict[str, Any]]:
    """The word for the kind of a Change, and its fields."""
    match change:
        case AddNode(node=node, index=index):
            return "add_node", {"node": node_to_plain(node), **_at(index)}
        case RemoveNode(id=identifier):
            return "remove_node", {"id": identifier}
        case Connect(connection=wire, index=index, dependency=dependency):
            return "connect", {"connection": connection_to_plain(wire, dependency), **_at(index)}
        case Disconnect(connection=wire):
            return "disconnect", {"connection": connection_to_plain(wire)}
        case SetParameter(node=identifier, name=name, value=value):
            given = {} if value is UNSET else {"value": tidy(value)}
            return "set_parameter", {"node": identifier, "name": name, **given}
        case MoveNodes(positions=positions):
            places = {key: [tidy(x), tidy(y)] for key, (x, y) in positions.items()}
            return "move_nodes", {"positions": places}
        case RenameNode(node=identifier, title=title):
            return "rename_node", {"node": identifier, "title": title}
        case SetNodeOption(node=identifier, option=option, value=value):
            return "set_node_option", {"node": identifier, "option": option, "value": value}
        case SetPolicy(node=identifier, policy=policy):
            return "set_policy", {"node": identifier, "policy": policy_to_plain(policy)}
        case SetRepeat(node=identifier, repeat=repeat):
            plain = None if repeat is None else repeat_to_plain(repeat)
            return "set_repeat", {"node": identifier, "repeat": plain}
        case SetPins(node=identifier, pins=pins):
            return "set_pins", {"node": identifier, "pins": tidy(pins)}
        case SetDependency(connection=wire, dependency=dependency):
            return "set_dependency", {
                "connection": connection_to_plain(wire),
                "dependency": dependency,
            }
        case ReplacePlayer(node=identifier, player=player):
            return "replace_player", {"node": identifier, "player": player}
        case AddNote(note=note, index=index):
            return "add_note", {"note": note_to_plain(note), **_at(index)}
        case RemoveNote(id=identifier):
            return "remove_note", {"id": identifier}
        case EditNote(note=note):
            return "edit_note", {"note": note_to_plain(note)}
        case DescribeMelody(name=name, description=description):
            return "describe_melody", {"name": name, "description": description}
        case SetLimits(limits=limits):
            return "set_limits", {"limits": limits_to_plain(limits)}
        case SetExposed(inputs=inputs, outputs=outputs):
            return "set_exposed", {
                "inputs": [exposed_to_plain(port) for port in inputs],
                "outputs": [exposed_to_plain(port) for port in outputs],
            }
        case AddPart(part=part, index=index):
            return "add_part", {"name": part.id, "part": part_to_plain(part), **_at(index)}
        case RemovePart(name=name):
            return "remove_part", {"name": name}
        case RenamePart(name=name, to=to):
            return "rename_part", {"name": name, "to": to}
        case EditPart(name=name, change=inner):
            return "edit_part", {"name": name, "edit": to_json(inner)}


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
    if kind == "edit_part":
        _expect(fields, "name", "edit")
        return EditPart(_text(fields, "name"), _read(fields["edit"], depth + 1))
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
    wire, dependency = _wire(fields["connection"])
    return Connect(wire, _index(fields), dependency)


def _disconnect(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "connection")
    return Disconnect(_wire(fields["connection"])[0])


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


def _set_policy(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "policy")
    policy = policy_from_plain(shaped_in_a_change("PolicyShape", fields["policy"]))
    return SetPolicy(_text(fields, "node"), policy)


def _set_repeat(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "repeat")
    plain = fields["repeat"]
    repeat = None if plain is None else repeat_from_plain(shaped_in_a_change("RepeatShape", plain))
    return SetRepeat(_text(fields, "node"), repeat)


def _set_pins(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "node", "pins")
    pins = fields["pins"]
    if not isinstance(pins, dict):
        raise ChangeError("melody.change_unreadable", why="pins")
    shaped = {port: shaped_in_a_change("PinShape", pin) for port, pin in pins.items()}
    return SetPins(_text(fields, "node"), shaped)


def _set_dependency(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "connection", "dependency")
    dependency = fields["dependency"]
    if not isinstance(dependency, str) or dependency not in get_args(Dependency):
        raise ChangeError("melody.change_unreadable", why=repr(dependency))
    return SetDependency(_wire(fields["connection"])[0], cast("Dependency", dependency))


def _set_limits(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "limits")
    return SetLimits(limits_from_plain(shaped_in_a_change("LimitsShape", fields["limits"])))


def _set_exposed(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "inputs", "outputs")
    sides = []
    for side in ("inputs", "outputs"):
        if not isinstance(fields[side], list):
            raise ChangeError("melody.change_unreadable", why=side)
        plain = [shaped_in_a_change("ExposedShape", port) for port in fields[side]]
        sides.append(tuple(map(exposed_from_plain, plain)))
    return SetExposed(sides[0], sides[1])


def _add_part(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "name", "part", optional=("index",))
    part = part_from_plain(_text(fields, "name"), shaped_in_a_change("PartShape", fields["part"]))
    return AddPart(part, _index(fields))


def _remove_part(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "name")
    return RemovePart(_text(fields, "name"))


def _rename_part(fields: Mapping[str, Any]) -> Change:
    _expect(fields, "name", "to")
    return RenamePart(_text(fields, "name"), _text(fields, "to"))


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
    "set_policy": _set_policy,
    "set_repeat": _set_repeat,
    "set_pins": _set_pins,
    "set_dependency": _set_dependency,
    "set_limits": _set_limits,
    "set_exposed": _set_exposed,
    "add_part": _add_part,
    "remove_part": _remove_part,
    "rename_part": _rename_part,
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
    return node_from_plain(shaped_in_a_change("NodeShape", plain))


def _wire(plain: Any) -> tuple[Connection, Dependency]:
    shaped = shaped_in_a_change("ConnectionShape", plain)
    return connection_from_plain(shaped), shaped.get("dependency", "hard")


def _note(plain: Any) -> Note:
    return note_from_plain(shaped_in_a_change("NoteShape", plain))
