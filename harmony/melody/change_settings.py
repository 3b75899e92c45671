"""Setting one thing of a node, a wire, a note or the melody, and how it was before."""

from __future__ import annotations

from dataclasses import replace

from harmony.melody.change_checks import (
    check_dependency,
    check_exposed,
    check_limits,
    check_name,
    check_note,
    check_option,
    check_pins,
    check_place,
    check_policy,
    check_repeat,
    check_text,
    check_value,
    ends_of,
    node_of,
)
from harmony.melody.change_kinds import (
    UNSET,
    DescribeMelody,
    EditNote,
    MoveNodes,
    RenameNode,
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
from harmony.melody.model import Melody


def set_in(melody: Melody, change: Simple) -> Simple:
    """Set what a Change sets, and answer the Change that sets it back."""
    match change:
        case SetParameter():
            return _set_parameter(melody, change)
        case MoveNodes(positions=positions):
            return _move(melody, positions)
        case RenameNode(node=identifier, title=title):
            node = node_of(melody, identifier)
            check_text("title", title)
            melody.nodes[identifier] = replace(node, title=title)
            return RenameNode(identifier, node.title)
        case SetNodeOption(node=identifier, option=option, value=value):
            node = node_of(melody, identifier)
            check_option(identifier, option, value)
            if option == "priority":
                melody.nodes[identifier] = replace(node, priority=value)
                return SetNodeOption(identifier, option, node.priority)
            melody.nodes[identifier] = replace(node, retries=value)
            return SetNodeOption(identifier, option, node.retries)
        case SetPolicy(node=identifier, policy=policy):
            node = node_of(melody, identifier)
            check_policy(identifier, policy)
            melody.nodes[identifier] = replace(node, policy=policy)
            return SetPolicy(identifier, node.policy)
        case SetRepeat(node=identifier, repeat=repeat):
            node = node_of(melody, identifier)
            if repeat is not None:
                check_repeat(identifier, repeat)
            melody.nodes[identifier] = replace(node, repeat=repeat)
            return SetRepeat(identifier, node.repeat)
        case SetPins(node=identifier, pins=pins):
            node = node_of(melody, identifier)
            check_pins(identifier, pins)
            melody.nodes[identifier] = replace(node, pins=pins)
            return SetPins(identifier, node.pins)
        case SetDependency(connection=wire, dependency=dependency):
            if wire not in melody.connections:
                raise ChangeError("melody.no_such_connection", **ends_of(wire))
            check_dependency(wire, dependency)
            was = melody.connections[wire]
            melody.connections[wire] = dependency
            return SetDependency(wire, was)
        case SetLimits(limits=limits):
            check_limits(melody, limits)
            limited, melody.limits = melody.limits, limits
            return SetLimits(limited)
        case SetExposed(inputs=inputs, outputs=outputs):
            check_exposed(inputs)
            check_exposed(outputs)
            shown = SetExposed(melody.inputs, melody.outputs)
            melody.inputs, melody.outputs = inputs, outputs
            return shown
        case ReplacePlayer(node=identifier, player=player):
            node = node_of(melody, identifier)
            check_name("player", player)
            melody.nodes[identifier] = replace(node, player=player)
            return ReplacePlayer(identifier, node.player)
        case EditNote(note=note):
            old = melody.notes.get(note.id)
            if old is None:
                raise ChangeError("melody.no_such_note", note=note.id)
            check_note(note)
            melody.notes[note.id] = note
            return EditNote(old)
        case DescribeMelody(name=name, description=description):
            check_text("name", name)
            check_text("description", description)
            before = DescribeMelody(melody.name, melody.description)
            melody.name, melody.description = name, description
            return before
        case _:
            raise TypeError(f"{change!r} is no Change")


def _set_parameter(melody: Melody, change: SetParameter) -> SetParameter:
    node = node_of(melody, change.node)
    check_name("parameter", change.name)
    before = node.parameters.get(change.name, UNSET)
    parameters = dict(node.parameters)
    if change.value is UNSET:
        parameters.pop(change.name, None)
    else:
        check_value(change.node, change.name, change.value)
        parameters[change.name] = change.value
    melody.nodes[change.node] = replace(node, parameters=parameters)
    return SetParameter(change.node, change.name, before)


def _move(melody: Melody, positions: dict[str, tuple[float, float]]) -> MoveNodes:
    before: dict[str, tuple[float, float]] = {}
    for identifier, (x, y) in positions.items():
        item = melody.nodes.get(identifier) or melody.notes.get(identifier)
        if item is None:
            raise ChangeError("melody.no_such_node", node=identifier)
        check_place(identifier, x, y)
        before[identifier] = (item.x, item.y)
    for identifier, (x, y) in positions.items():
        if identifier in melody.nodes:
            melody.nodes[identifier] = replace(melody.nodes[identifier], x=x, y=y)
        else:
            melody.notes[identifier] = replace(melody.notes[identifier], x=x, y=y)
    return MoveNodes(before)
