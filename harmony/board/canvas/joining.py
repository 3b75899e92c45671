"""What it takes to join two ports: the wire, what must give way to it, and what speaks against it.

Shared by dragging a wire, moving the end of one, and connecting by keyboard.
"""

from __future__ import annotations

from dataclasses import dataclass

from harmony.board.canvas.geometry import PortKey
from harmony.foundation import words
from harmony.melody.changes import Change, Connect, Disconnect, Group
from harmony.melody.document import Document
from harmony.melody.findings import Finding
from harmony.melody.model import Connection


@dataclass(frozen=True, slots=True)
class Joint:
    """A wire that could be. `gives_way` are wires that go when it comes; `refused` is why not."""

    connection: Connection
    gives_way: tuple[Connection, ...] = ()
    refused: Finding | None = None

    def change(self, document: Document) -> Change | None:
        """The one Change that makes the wire; None when it is there already."""
        if self.gives_way == (self.connection,):
            return None
        if not self.gives_way:
            return Connect(self.connection)
        # The place among the wires is kept: it is the order of a list port.
        wires = list(document.melody.connections)
        index = min(wires.index(wire) for wire in self.gives_way)
        label = words.render(
            "melody.label.connect", source=self.connection.source, target=self.connection.target
        )
        leaving = tuple(Disconnect(wire) for wire in self.gives_way)
        return Group(label, (*leaving, Connect(self.connection, index)))


def connection_between(one: PortKey, other: PortKey) -> Connection | None:
    """The wire between two ports; None when both are outputs, or both inputs."""
    if one.is_output == other.is_output:
        return None
    source, target = (one, other) if one.is_output else (other, one)
    return Connection(source.node, source.port, target.node, target.port)


def joint(document: Document, connection: Connection, moving: Connection | None = None) -> Joint:
    """Judge a wire. `moving` is a wire whose end is being moved: it goes in any case.

    A single input that is taken gives way: the new wire takes the place of the old one.
    """
    if connection == moving:
        return Joint(connection, (connection,))
    leaving = () if moving is None else (moving,)
    finding = document.refusal(connection, moving)
    if finding is None or finding.code != "melody.input_taken":
        return Joint(connection, leaving, finding)
    taken = next(
        wire
        for wire in document.graph.wiring.into(connection.target)
        if wire.input == connection.input and wire != moving
    )
    return Joint(connection, (*leaving, taken), document.refusal(connection, taken))
