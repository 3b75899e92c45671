"""Adding a Player: alone, into a wire, or on the loose end of one. Each is one Change."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF

from harmony.board.canvas.geometry import NODE_WIDTH, PortKey, snapped
from harmony.foundation import words
from harmony.melody.changes import AddNode, Change, Connect, Disconnect, Group
from harmony.melody.document import Document
from harmony.melody.model import Connection, Node
from harmony.melody.naming import fresh_node_id
from harmony.melody.wire_rules import takes_many
from harmony.players.ports import fit, item_type, list_of
from harmony.players.specs import PlayerSpec, PortSpec

NEW_HEIGHT = 112.0
"""About as high as most cards are before anything is set."""

_APART, _STEP, _MOST_TRIED = 16.0, 24.0, 4_000
# The pointer holds a new node by its title, as one holds a card.
GRIP = QPointF(NODE_WIDTH / 2, 22.0)


def free_place(taken: Iterable[QRectF], seen: QRectF) -> QPointF:
    """The top left corner for a new node: the place nearest to the middle of `seen` where its card
    covers no other; the middle where there is none."""
    card = QRectF(0, 0, NODE_WIDTH, NEW_HEIGHT)
    inside = seen.adjusted(_APART, _APART, -_APART, -_APART)
    near = [rect for rect in taken if rect.intersects(seen)]
    middle = seen.center() - card.center()
    reach = int(max(inside.width(), inside.height()) / 2 // _STEP)
    ways = [_STEP * number for number in range(-reach, reach + 1)]
    steps = sorted(((x, y) for x in ways for y in ways), key=_way)
    for across, down in steps[:_MOST_TRIED]:
        place = middle + QPointF(across, down)
        there = card.translated(place)
        grown = there.adjusted(-_APART, -_APART, _APART, _APART)
        if inside.contains(there) and not any(grown.intersects(rect) for rect in near):
            return place
    return middle


def _way(step: tuple[float, float]) -> float:
    """How far a place is; work flows to the right, so there it counts as nearer."""
    across, down = step
    return math.hypot(across if across > 0 else 1.6 * across, 1.3 * down)


def new_node(document: Document, spec: PlayerSpec, at: QPointF) -> Node:
    """A node of that Player with its top left corner near `at`, on the grid."""
    return Node(
        fresh_node_id(document.melody, spec.id), spec.id, x=snapped(at.x()), y=snapped(at.y())
    )


def add(document: Document, spec: PlayerSpec, at: QPointF) -> tuple[Node, Change]:
    """The node, and the Change that places it with its top left corner near `at`."""
    node = new_node(document, spec, at)
    return node, AddNode(node)


def add_into_wire(
    document: Document, spec: PlayerSpec, wire: Connection, at: QPointF
) -> tuple[Node, Change] | None:
    """Place a node in the middle of a wire; None when it has no ports that fit on both sides."""
    ports = ports_into_wire(document, spec, wire)
    if ports is None:
        return None
    entry, leaving = ports
    node = new_node(document, spec, at)
    place = list(document.melody.connections).index(wire)
    return node, Group(
        _label(spec),
        (
            AddNode(node),
            Disconnect(wire),
            Connect(Connection(wire.source, wire.output, node.id, entry), place),
            Connect(Connection(node.id, leaving, wire.target, wire.input), place + 1),
        ),
    )


def ports_into_wire(
    document: Document, spec: PlayerSpec, wire: Connection
) -> tuple[str, str] | None:
    """The input and output by which a Player fits into a wire; None when it does not."""
    arriving = document.flow.output_type(wire.source, wire.output)
    wanted = document.flow.input_type(wire.target, wire.input)
    for entry in spec.inputs:
        entered = fit(arriving, entry.type)
        if entered is None:
            continue
        for leaving in spec.outputs:
            kind = _leaving_type(leaving, mapped=entered == "map")
            if kind is not None and fit(kind, wanted) is not None:
                return entry.name, leaving.name
    return None


def add_to_port(
    document: Document, spec: PlayerSpec, origin: PortKey, at: QPointF
) -> tuple[Node, Change]:
    """Place a node and join it to a port of another; it stands alone where no port of it fits.

    `at` is where the loose wire ended: the joined port comes to lie there.
    """
    port = port_for(document, spec, origin)
    if port is None:
        return add(document, spec, at - GRIP)
    row = [item.name for item in (spec.inputs if origin.is_output else spec.outputs)].index(port)
    across = 0.0 if origin.is_output else NODE_WIDTH
    node = new_node(document, spec, at - QPointF(across, 50.0 + 20.0 * row))
    wire = (
        Connection(origin.node, origin.port, node.id, port)
        if origin.is_output
        else Connection(node.id, port, origin.node, origin.port)
    )
    leaving: tuple[Change, ...] = ()
    if not origin.is_output and not takes_many(document.graph, origin.node, origin.port):
        leaving = tuple(
            Disconnect(taken)
            for taken in document.graph.wiring.into(origin.node)
            if taken.input == origin.port
        )
    return node, Group(_label(spec), (*leaving, AddNode(node), Connect(wire)))


def port_for(document: Document, spec: PlayerSpec, origin: PortKey) -> str | None:
    """The first port of a Player that a wire from `origin` fits; None when there is none."""
    if origin.is_output:
        arriving = document.flow.output_type(origin.node, origin.port)
        fitting = (port.name for port in spec.inputs if fit(arriving, port.type) is not None)
    else:
        wanted = document.flow.input_type(origin.node, origin.port)
        fitting = (port.name for port in spec.outputs if fit(port.type, wanted) is not None)
    return next(fitting, None)


def _leaving_type(port: PortSpec, *, mapped: bool) -> str | None:
    if not mapped:
        return port.type
    return None if item_type(port.type) is not None else list_of(port.type)


def _label(spec: PlayerSpec) -> str:
    return words.render("melody.label.add_node", node=spec.title)
