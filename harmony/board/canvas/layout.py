"""What is where on one canvas: node and note rectangles, port dots and wires, kept up to date.

The gestures ask this instead of the painted items, so that whatever paints can be replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from PySide6.QtCore import QPointF, QRectF

from harmony.board.canvas.geometry import NodeLayout, PortKey, PortPlace, Wire, wire
from harmony.board.canvas.routing import CLEARANCE, route
from harmony.board.canvas.spatial import Grid
from harmony.melody.model import Connection

# How far ports and the grip of a port reach beyond the card of a node.
_REACH = 12.0
_DETOURS_UP_TO = 1_000
"""With more wires than this they run straight: such a melody is looked at from afar."""


class CanvasLayout:
    """Places of everything, in scene units. Later nodes lie above earlier ones."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeLayout] = {}
        self.rects: dict[str, QRectF] = {}
        self.notes: dict[str, QRectF] = {}
        self.wires: dict[Connection, Wire] = {}
        self._touching: dict[str, dict[Connection, None]] = {}
        self._rerouted: set[Connection] = set()
        self._near_nodes: Grid[str] = Grid()
        self._near_notes: Grid[str] = Grid()
        self._near_wires: Grid[Connection] = Grid()

    def put_node(self, node_id: str, at: QPointF, layout: NodeLayout) -> None:
        """Place a node, or move it, or change its parts. Its wires follow."""
        rect = QRectF(at.x(), at.y(), layout.width, layout.height)
        before = self.rects.get(node_id)
        self.nodes[node_id] = layout
        self.rects[node_id] = rect
        self._near_nodes.put(node_id, rect.adjusted(-_REACH, 0, _REACH, 0))
        if before != rect:
            self._make_way(before, rect)
        for connection in self._touching.get(node_id, ()):
            self._route(connection)

    def remove_node(self, node_id: str) -> None:
        """Take a node out, with the wires that touch it."""
        for connection in list(self._touching.get(node_id, ())):
            self.remove_wire(connection)
        self._touching.pop(node_id, None)
        before = self.rects.pop(node_id)
        del self.nodes[node_id]
        self._near_nodes.remove(node_id)
        self._make_way(before, None)

    def put_wire(self, connection: Connection) -> None:
        """Add a wire between two nodes that are here."""
        for node_id in (connection.source, connection.target):
            self._touching.setdefault(node_id, {})[connection] = None
        self._route(connection)

    def remove_wire(self, connection: Connection) -> None:
        """Take a wire out."""
        for node_id in (connection.source, connection.target):
            self._touching.get(node_id, {}).pop(connection, None)
        if self.wires.pop(connection, None) is not None:
            self._near_wires.remove(connection)

    def put_note(self, note_id: str, rect: QRectF) -> None:
        """Place a note, or move or resize it."""
        self.notes[note_id] = rect
        self._near_notes.put(note_id, rect)

    def remove_note(self, note_id: str) -> None:
        """Take a note out."""
        del self.notes[note_id]
        self._near_notes.remove(note_id)

    def take_rerouted(self) -> set[Connection]:
        """The wires that took another way since this was last asked."""
        taken, self._rerouted = self._rerouted, set()
        return taken & self.wires.keys()

    def touching(self, node_id: str) -> Iterable[Connection]:
        """The wires that begin or end at a node."""
        return tuple(self._touching.get(node_id, ()))

    def port_point(self, key: PortKey) -> QPointF | None:
        """Where a port's dot lies; None when there is no such port."""
        layout = self.nodes.get(key.node)
        place = layout.place(key.port, key.is_output) if layout is not None else None
        return None if place is None else self.rects[key.node].topLeft() + QPointF(place.x, place.y)

    def port_places(self, node_id: str) -> Iterator[tuple[PortKey, PortPlace, QPointF]]:
        """Every port of a node with its place in the node and in the scene."""
        corner = self.rects[node_id].topLeft()
        for place in self.nodes[node_id].ports:
            yield (
                PortKey(node_id, place.name, place.is_output),
                place,
                corner + QPointF(place.x, place.y),
            )

    def nodes_in(self, rect: QRectF) -> list[str]:
        """The nodes that touch a rectangle, the lowest first."""
        found = set(self._near_nodes.near(rect))
        return _in_order(self.nodes, found)

    def notes_in(self, rect: QRectF) -> list[str]:
        """The notes that touch a rectangle, the lowest first."""
        return _in_order(self.notes, set(self._near_notes.near(rect)))

    def wires_in(self, rect: QRectF) -> list[Connection]:
        """The wires whose bounds touch a rectangle."""
        return self._near_wires.near(rect)

    def bounds(self) -> QRectF:
        """The rectangle that holds every node and note; empty when there are none."""
        return self.bounds_of((*self.rects, *self.notes))

    def leftmost(self) -> QRectF:
        """The card where a melody begins, as one reads; empty without nodes."""
        begins = min(((r.left(), r.top(), key) for key, r in self.rects.items()), default=None)
        return self.rects[begins[2]] if begins is not None else QRectF()

    def bounds_of(self, keys: Iterable[str]) -> QRectF:
        """The rectangle that holds these nodes and notes."""
        whole = QRectF()
        for key in keys:
            whole = whole.united(self.rects.get(key) or self.notes[key])
        return whole

    def _route(self, connection: Connection) -> None:
        start = self.port_point(PortKey(connection.source, connection.output, True))
        end = self.port_point(PortKey(connection.target, connection.input, False))
        if start is None or end is None:
            # A port that its Player no longer has: the wire stays in the melody, with a finding,
            # and is drawn to the node's edge.
            start = start or self._edge(connection.source, right=True)
            end = end or self._edge(connection.target, right=False)
        if start is None or end is None:
            return
        curve = self._curve(connection, start, end)
        if curve != self.wires.get(connection):
            self.wires[connection] = curve
            self._near_wires.put(connection, curve.bounds())
            self._rerouted.add(connection)

    def _curve(self, connection: Connection, start: QPointF, end: QPointF) -> Wire:
        if len(self.wires) > _DETOURS_UP_TO:
            return wire(start, end)
        ends = (connection.source, connection.target)

        def obstacles(area: QRectF) -> list[QRectF]:
            near = self._near_nodes.near(area)
            return [self.rects[key] for key in near if key not in ends]

        return route(start, end, obstacles)

    def _make_way(self, left: QRectF | None, taken: QRectF | None) -> None:
        """Lead wires anew round a card that left one place, or took another."""
        if len(self.wires) > _DETOURS_UP_TO:
            return
        concerned: set[Connection] = set()
        if left is not None:
            # Only a wire that went round something may now go straight.
            near = self._near_wires.near(_grown(left))
            concerned.update(wire for wire in near if len(self.wires[wire].bends) > 1)
        if taken is not None:
            concerned.update(self._near_wires.near(_grown(taken)))
        for connection in concerned:
            self._route(connection)

    def _edge(self, node_id: str, *, right: bool) -> QPointF | None:
        rect = self.rects.get(node_id)
        if rect is None:
            return None
        return QPointF(rect.right() if right else rect.left(), rect.top() + 22.0)


def _grown(card: QRectF) -> QRectF:
    around = CLEARANCE + _REACH
    return card.adjusted(-around, -around, around, around)


def _in_order(everything: Mapping[str, object], found: set[str]) -> list[str]:
    if len(found) < 2:
        return list(found)
    return [key for key in everything if key in found]
