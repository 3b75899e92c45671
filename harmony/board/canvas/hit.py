"""What lies under the pointer: a port, a node, a wire, a note or nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF

from harmony.board.canvas.geometry import PortKey
from harmony.board.canvas.layout import CanvasLayout
from harmony.melody.model import Connection

# Grips are at least this large on the screen, whatever the zoom.
PORT_GRIP: Final = 10.0
WIRE_GRIP: Final = 7.0
END_GRIP: Final = 26.0
CORNER_GRIP: Final = 14.0


@dataclass(frozen=True, slots=True)
class PortHit:
    """The pointer is on a port's dot, or on its row inside the node."""

    key: PortKey


@dataclass(frozen=True, slots=True)
class NodeHit:
    """The pointer is on the card of a node."""

    node: str


@dataclass(frozen=True, slots=True)
class WireHit:
    """The pointer is on a wire. `end` says whether it is near one of its ends."""

    connection: Connection
    end: Literal["source", "target"] | None = None


@dataclass(frozen=True, slots=True)
class NoteHit:
    """The pointer is on a note. `corner`: on the grip that resizes it."""

    note: str
    corner: bool = False


Hit = PortHit | NodeHit | WireHit | NoteHit


def hit_at(layout: CanvasLayout, point: QPointF, scale: float = 1.0) -> Hit | None:
    """The topmost thing at a scene point. `scale` is the zoom, so that grips keep their size."""
    port = port_at(layout, point, max(PORT_GRIP, PORT_GRIP / scale * 0.8))
    if port is not None:
        return PortHit(port)
    at = QRectF(point.x(), point.y(), 0.0, 0.0)
    for node_id in reversed(layout.nodes_in(at)):
        if layout.rects[node_id].contains(point):
            return NodeHit(node_id)
    grip = WIRE_GRIP / min(scale, 1.0)
    best: tuple[float, Connection] | None = None
    for connection in layout.wires_in(at.adjusted(-grip, -grip, grip, grip)):
        distance = layout.wires[connection].distance(point)
        if distance <= grip and (best is None or distance < best[0]):
            best = (distance, connection)
    if best is not None:
        return WireHit(best[1], _end_near(layout, best[1], point))
    for note_id in reversed(layout.notes_in(at)):
        rect = layout.notes[note_id]
        corner = rect.right() - point.x() <= CORNER_GRIP and (
            rect.bottom() - point.y() <= CORNER_GRIP
        )
        return NoteHit(note_id, corner)
    return None


def port_at(layout: CanvasLayout, point: QPointF, grip: float) -> PortKey | None:
    """The nearest port within `grip` scene units of a point."""
    around = QRectF(point.x() - grip, point.y() - grip, 2 * grip, 2 * grip)
    best: tuple[float, PortKey] | None = None
    for node_id in layout.nodes_in(around):
        for key, _, at in layout.port_places(node_id):
            distance = math.hypot(at.x() - point.x(), at.y() - point.y())
            if distance <= grip and (best is None or distance < best[0]):
                best = (distance, key)
    if best is None or _covered(layout, best[1], point):
        return None
    return best[1]


def _covered(layout: CanvasLayout, key: PortKey, point: QPointF) -> bool:
    """Whether another node lies over the port's node at the point."""
    for node_id in reversed(layout.nodes_in(QRectF(point.x(), point.y(), 0.0, 0.0))):
        if node_id == key.node:
            return False
        if layout.rects[node_id].contains(point):
            return _above(layout, node_id, key.node)
    return False


def _above(layout: CanvasLayout, first: str, second: str) -> bool:
    for node_id in reversed(layout.nodes):
        if node_id in (first, second):
            return node_id == first
    return False


def _end_near(
    layout: CanvasLayout, connection: Connection, point: QPointF
) -> Literal["source", "target"] | None:
    curve = layout.wires[connection]
    to_start = math.hypot(curve.start.x() - point.x(), curve.start.y() - point.y())
    to_end = math.hypot(curve.end.x() - point.x(), curve.end.y() - point.y())
    if min(to_start, to_end) > END_GRIP:
        return None
    return "source" if to_start < to_end else "target"
