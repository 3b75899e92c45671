"""From one melody to another by Changes: how a version is restored, in one step that can be undone.

The result is exact, the order of nodes, wires and parts included: what stands in another order is
taken out and put in again. Everything goes first, then what stays is set, then everything comes,
from the first place to the last; so no name is ever taken twice and no bound ever passed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

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
)
from harmony.melody.difference import written
from harmony.melody.model import Melody, Node
from harmony.melody.renamed_parts import player_now, renamed_parts

Key = TypeVar("Key", bound=Hashable)


def changes_between(old: Melody, new: Melody, label: str = "") -> Group:
    """The Changes that turn `old` into `new`; `old` keeps its id. Neither melody is altered.

    Empty when there is nothing to do. `label` is what an undo menu says.
    """
    renamed = renamed_parts(old, new)
    found: list[Change] = [RenamePart(before, after) for before, after in renamed.items()]
    if renamed:
        old = _with_names(old, renamed)
    found += _of_parts(old, new)
    found += _within(old, new)
    if old.limits != new.limits:
        found.append(SetLimits(new.limits))
    return Group(label, tuple(found))


def _with_names(melody: Melody, renamed: dict[str, str]) -> Melody:
    """The melody as it is once its parts have their new names."""
    parts = {
        renamed.get(name, name): replace(
            part, id=renamed.get(name, name), nodes=_placed(part, renamed)
        )
        for name, part in melody.parts.items()
    }
    return replace(melody, nodes=_placed(melody, renamed), parts=parts)


def _placed(melody: Melody, renamed: dict[str, str]) -> dict[str, Node]:
    return {
        node.id: node
        if node.part not in renamed
        else replace(node, player=player_now(node.player, renamed))
        for node in melody.nodes.values()
    }


def _of_parts(old: Melody, new: Melody) -> Iterator[Change]:
    staying = _in_order(old.parts, new.parts)
    yield from (RemovePart(name) for name in old.parts if name not in staying)
    for index, (name, part) in enumerate(new.parts.items()):
        if name not in staying:
            yield AddPart(part, index)
        elif inner := tuple(_within(old.parts[name], part)):
            yield EditPart(name, Group("", inner))


def _within(old: Melody, new: Melody) -> Iterator[Change]:
    """All but parts and limits."""
    nodes = _in_order(old.nodes, new.nodes)
    notes = _in_order(old.notes, new.notes)
    # A node that goes takes its wires along; those of one that comes again are made again.
    wires = _in_order(
        (wire for wire in old.connections if wire.source in nodes and wire.target in nodes),
        new.connections,
    )
    yield from (RemoveNode(key) for key in old.nodes if key not in nodes)
    yield from (RemoveNote(key) for key in old.notes if key not in notes)
    for wire in old.connections:
        if wire.source in nodes and wire.target in nodes and wire not in wires:
            yield Disconnect(wire)
    if (old.name, old.description) != (new.name, new.description):
        yield DescribeMelody(new.name, new.description)
    if (old.inputs, old.outputs) != (new.inputs, new.outputs):
        yield SetExposed(new.inputs, new.outputs)
    places: dict[str, tuple[float, float]] = {}
    for key, node in new.nodes.items():
        if key in nodes and old.nodes[key] is not node:
            yield from _of_node(old.nodes[key], node)
            if (old.nodes[key].x, old.nodes[key].y) != (node.x, node.y):
                places[key] = (node.x, node.y)
    for key, note in new.notes.items():
        if key in notes and old.notes[key] != note:
            if replace(old.notes[key], x=note.x, y=note.y) == note:
                places[key] = (note.x, note.y)
            else:
                yield EditNote(note)
    if places:
        yield MoveNodes(places)
    for wire, asks in new.connections.items():
        if wire in wires and old.connections[wire] != asks:
            yield SetDependency(wire, asks)
    for index, (key, node) in enumerate(new.nodes.items()):
        if key not in nodes:
            yield AddNode(node, index)
    for index, (key, note) in enumerate(new.notes.items()):
        if key not in notes:
            yield AddNote(note, index)
    for index, (wire, asks) in enumerate(new.connections.items()):
        if wire not in wires:
            yield Connect(wire, index, asks)


def _of_node(old: Node, new: Node) -> Iterator[Change]:
    if old.player != new.player:
        yield ReplacePlayer(new.id, new.player)
    if old.title != new.title:
        yield RenameNode(new.id, new.title)
    for name in sorted(old.parameters.keys() | new.parameters.keys()):
        before, after = (node.parameters.get(name, UNSET) for node in (old, new))
        if before is not after and written(before, sort_keys=False) != written(
            after, sort_keys=False
        ):
            yield SetParameter(new.id, name, after)
    if old.priority != new.priority:
        yield SetNodeOption(new.id, "priority", new.priority)
    if old.retries != new.retries:
        yield SetNodeOption(new.id, "retries", new.retries)
    if old.policy != new.policy:
        yield SetPolicy(new.id, new.policy)
    if old.repeat != new.repeat:
        yield SetRepeat(new.id, new.repeat)
    if written(old.pins, sort_keys=False) != written(new.pins, sort_keys=False):
        yield SetPins(new.id, new.pins)


def _in_order(old: Iterable[Key], new: Iterable[Key]) -> set[Key]:
    """The most keys that are in both and can stay where they are, so that the others fall in.

    The longest increasing subsequence of their old places, found in n log n steps.
    """
    place = {key: number for number, key in enumerate(old)}
    common = [key for key in new if key in place]
    numbers = [place[key] for key in common]
    if all(before < after for before, after in pairwise(numbers)):
        return set(common)
    ends: list[int] = []
    last: list[int] = []
    previous: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        previous.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            last.append(at)
        else:
            ends[length], last[length] = number, at
    found: set[Key] = set()
    at = last[-1] if last else -1
    while at >= 0:
        found.add(common[at])
        at = previous[at]
    return found
