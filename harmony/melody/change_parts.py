"""Changes of a melody's parts: adding, taking out, renaming one, and editing inside of one.

A Change holds the part that it adds. The melody gets a copy, so that an edit inside the part later
leaves the Change as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from harmony.melody.change_checks import check_exposed, check_id, check_room, check_text
from harmony.melody.change_kinds import (
    AddNode,
    AddNote,
    AddPart,
    Change,
    Connect,
    EditPart,
    Group,
    RemovePart,
    RenamePart,
    SetLimits,
    steps,
)
from harmony.melody.errors import ChangeError
from harmony.melody.limits import MAXIMUM_PARTS
from harmony.melody.model import NO_LIMITS, PART_PREFIX, Melody

Apply = Callable[[Melody, Change], Change]
EditOfParts = AddPart | RemovePart | RenamePart | EditPart


def change_parts(melody: Melody, change: EditOfParts, apply: Apply) -> EditOfParts:
    """Apply a Change of parts, and answer its inverse. `apply` does Changes inside a part."""
    match change:
        case AddPart(part=part, index=index):
            return _add(melody, part, index, apply)
        case RemovePart(name=name):
            part = _part(melody, name)
            at = list(melody.parts).index(name)
            del melody.parts[name]
            return AddPart(part, at)
        case RenamePart(name=name, to=to):
            return _rename(melody, name, to)
        case EditPart(name=name, change=inner):
            part = _part(melody, name)
            for step in steps(inner):
                if isinstance(step, _OF_THE_WHOLE):
                    raise ChangeError("melody.part_in_part", part=name)
            return EditPart(name, apply(part, inner))


_OF_THE_WHOLE = (AddPart, RemovePart, RenamePart, EditPart, SetLimits)


def copied(part: Melody) -> Melody:
    """The part as an object of its own: editing one leaves the other as it is."""
    return replace(
        part,
        nodes=dict(part.nodes),
        connections=dict(part.connections),
        notes=dict(part.notes),
        parts=dict(part.parts),
    )


def _add(melody: Melody, part: Melody, index: int | None, apply: Apply) -> RemovePart:
    name = part.id
    check_id(name)
    if name in melody.parts:
        raise ChangeError("melody.duplicate_part", part=name)
    check_room(len(melody.parts), index, MAXIMUM_PARTS)
    if part.parts or part.limits != NO_LIMITS:
        raise ChangeError("melody.part_in_part", part=name)
    check_text("name", part.name)
    check_text("description", part.description)
    check_exposed(part.inputs)
    check_exposed(part.outputs)
    # What a part holds is held to what can be added to a melody, one by one.
    apply(Melody(name), Group("", tuple(_all_of(part))))
    names = list(melody.parts)
    names.insert(len(names) if index is None else index, name)
    melody.parts[name] = copied(part)
    _put_in_order(melody, names)
    return RemovePart(name)


def _rename(melody: Melody, name: str, to: str) -> RenamePart:
    part = _part(melody, name)
    check_id(to)
    if to == name:
        return RenamePart(name, name)
    everywhere = [melody, *melody.parts.values()]
    old, new = PART_PREFIX + name, PART_PREFIX + to
    if to in melody.parts or any(
        node.player == new for place in everywhere for node in place.nodes.values()
    ):
        raise ChangeError("melody.duplicate_part", part=to)
    for place in everywhere:
        for node in place.nodes.values():
            if node.player == old:
                place.nodes[node.id] = replace(node, player=new)
    names = [to if each == name else each for each in melody.parts]
    del melody.parts[name]
    melody.parts[to] = replace(part, id=to)
    _put_in_order(melody, names)
    return RenamePart(to, name)


def _put_in_order(melody: Melody, names: list[str]) -> None:
    if list(melody.parts) != names:
        parts = {name: melody.parts[name] for name in names}
        melody.parts.clear()
        melody.parts.update(parts)


def _all_of(part: Melody) -> Iterator[Change]:
    yield from (AddNode(node) for node in part.nodes.values())
    yield from (AddNote(note) for note in part.notes.values())
    for wire, dependency in part.connections.items():
        yield Connect(wire, None, dependency)


def _part(melody: Melody, name: str) -> Melody:
    part = melody.parts.get(name)
    if part is None:
        raise ChangeError("melody.no_such_part", part=name)
    return part
