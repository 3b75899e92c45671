"""What is selected on the canvas, as a value: nodes, notes and wires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from harmony.foundation.words import translate
from harmony.melody.changes import Change, Disconnect, Group, RemoveNode, RemoveNote
from harmony.melody.model import Connection, Melody

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selected ids in the order in which they were selected, without repeats."""

    nodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    wires: tuple[Connection, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.notes or self.wires)

    def holds(self, key: str | Connection) -> bool:
        """Whether a node, note or wire is selected."""
        return key in self.nodes or key in self.notes or key in self.wires

    def toggled(self, other: Selection) -> Selection:
        """With what `other` holds added, or taken out where it is selected already."""
        return Selection(
            _toggled(self.nodes, other.nodes),
            _toggled(self.notes, other.notes),
            _toggled(self.wires, other.wires),
        )

    def joined(self, other: Selection) -> Selection:
        """With what `other` holds added."""
        return Selection(
            tuple(dict.fromkeys((*self.nodes, *other.nodes))),
            tuple(dict.fromkeys((*self.notes, *other.notes))),
            tuple(dict.fromkeys((*self.wires, *other.wires))),
        )

    def within(self, melody: Melody) -> Selection:
        """Only what the melody still holds."""
        return Selection(
            tuple(node for node in self.nodes if node in melody.nodes),
            tuple(note for note in self.notes if note in melody.notes),
            tuple(wire for wire in self.wires if wire in melody.connections),
        )


EMPTY = Selection()


def removal(selection: Selection) -> Change | None:
    """One Change that takes out all that is selected; None when that is nothing."""
    count = len(selection.nodes) + len(selection.notes) + len(selection.wires)
    label = translate("Delete {count} items").format(count=count)
    gone = set(selection.nodes)
    steps: list[Change] = [
        # A node takes its wires with it.
        Disconnect(wire)
        for wire in selection.wires
        if wire.source not in gone and wire.target not in gone
    ]
    steps += [RemoveNode(node) for node in selection.nodes]
    steps += [RemoveNote(note) for note in selection.notes]
    if not steps:
        return None
    return steps[0] if len(steps) == 1 else Group(label, tuple(steps))


def everything(nodes: Iterable[str], notes: Iterable[str]) -> Selection:
    """All nodes and notes."""
    return Selection(tuple(nodes), tuple(notes))


def _toggled(held: tuple[Item, ...], other: tuple[Item, ...]) -> tuple[Item, ...]:
    return (
        *(item for item in held if item not in other),
        *(item for item in other if item not in held),
    )
