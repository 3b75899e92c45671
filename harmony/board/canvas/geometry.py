"""Where everything on the canvas lies: sizes, port places, the path of a wire. Pure functions.

Lengths are scene units, one pixel at 100 %. The measures are those of the drawn pictures: a node is
186 wide, its parts stand on a grid of 4, so that edges stay sharp at 100 % and 200 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from harmony.melody import layout as measures

# How large a card is decides where nodes are placed, and that is known without Qt.
NODE_WIDTH: Final = measures.NODE_WIDTH
HEADER: Final = measures.HEADER
ROW: Final = measures.ROW
FIELD_HEIGHT: Final = measures.FIELD_HEIGHT
FOOT_LINE: Final = measures.FOOT_LINE
BELOW: Final = measures.BELOW
PADDING: Final = 11.0
PORT_RADIUS: Final = 4.0
NOTE_MINIMUM: Final = (96.0, 48.0)


@dataclass(frozen=True, slots=True)
class PortKey:
    """One port of one node of a melody."""

    node: str
    port: str
    is_output: bool


@dataclass(frozen=True, slots=True)
class PortPlace:
    """A port and where its dot lies, from the node's top left corner."""

    name: str
    type: str
    is_output: bool
    x: float
    y: float
    required: bool = True


@dataclass(frozen=True, slots=True)
class NodeLayout:
    """The parts of a node, from its top left corner. `field` is None without a main parameter."""

    width: float
    height: float
    ports: tuple[PortPlace, ...]
    chip: QRectF
    title: QRectF
    badge: QRectF
    field: QRectF | None
    foot: QRectF

    def place(self, port: str, is_output: bool) -> PortPlace | None:
        """The place of a port; None when the node has none of that name on that side."""
        for place in self.ports:
            if place.name == port and place.is_output == is_output:
                return place
        return None


@dataclass(frozen=True, slots=True)
class Bend:
    """One cubic piece of a wire: its ends, and the two points that shape it."""

    start: QPointF
    first: QPointF
    second: QPointF
    end: QPointF

    def at(self, share: float) -> QPointF:
        """The point at a share of the piece's parameter (0 start, 1 end)."""
        rest = 1.0 - share
        a, b, c, d = rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3
        return QPointF(
            a * self.start.x() + b * self.first.x() + c * self.second.x() + d * self.end.x(),
            a * self.start.y() + b * self.first.y() + c * self.second.y() + d * self.end.y(),
        )

    def sampled(self, steps: int) -> list[tuple[float, float]]:
        """Points along the piece as plain numbers, `steps` of them and the start."""
        ax, ay, bx, by = self.start.x(), self.start.y(), self.first.x(), self.first.y()
        cx, cy, dx, dy = self.second.x(), self.second.y(), self.end.x(), self.end.y()
        found = []
        for step in range(steps + 1):
            share = step / steps
            rest = 1.0 - share
            a, b, c, d = rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3
            found.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
        return found


@dataclass(frozen=True, slots=True)
class Wire:
    """The curve between two port dots: one bend, or several that go round something."""

    bends: tuple[Bend, ...]

    @property
    def start(self) -> QPointF:
        """Where it leaves the output."""
        return self.bends[0].start

    @property
    def end(self) -> QPointF:
        """Where it enters the input."""
        return self.bends[-1].end

    def path(self) -> QPainterPath:
        """The curve, to stroke."""
        path = QPainterPath(self.start)
        for bend in self.bends:
            path.cubicTo(bend.first, bend.second, bend.end)
        return path

    def at(self, share: float) -> QPointF:
        """The point at a share of the way (0 start, 0.5 middle, 1 end), bend by bend."""
        place = min(max(share, 0.0), 1.0) * len(self.bends)
        index = min(int(place), len(self.bends) - 1)
        return self.bends[index].at(place - index)

    def bounds(self) -> QRectF:
        """A rectangle that holds the whole curve (a bend stays within its four points)."""
        points = [p for b in self.bends for p in (b.start, b.first, b.second, b.end)]
        left, top = min(p.x() for p in points), min(p.y() for p in points)
        right, bottom = max(p.x() for p in points), max(p.y() for p in points)
        return QRectF(left, top, right - left, bottom - top)

    def distance(self, point: QPointF) -> float:
        """How far `point` is from the curve, taken as short straight pieces."""
        x, y = point.x(), point.y()
        return min(
            _distance_to_piece(x, y, *piece)
            for bend in self.bends
            for piece in pairwise(bend.sampled(20))
        )


@lru_cache(maxsize=1024)
def node_layout(
    inputs: tuple[tuple[str, str, bool], ...],
    outputs: tuple[tuple[str, str], ...],
    has_field: bool,
    foot_lines: int = 1,
) -> NodeLayout:
    """Lay out a node. Inputs are (name, type, required), outputs (name, type), from top to bottom.

    `foot_lines` is 1, or more for an error that needs them. Nodes that are alike share a layout.
    """
    rows = max(len(inputs), len(outputs), 1)
    ports = [
        PortPlace(name, kind, False, 0.0, HEADER + ROW * (row + 0.5), required)
        for row, (name, kind, required) in enumerate(inputs)
    ]
    ports += [
        PortPlace(name, kind, True, NODE_WIDTH, HEADER + ROW * (row + 0.5))
        for row, (name, kind) in enumerate(outputs)
    ]
    inner = NODE_WIDTH - 2 * PADDING
    below = HEADER + ROW * rows + 4.0
    field = QRectF(PADDING, below, inner, FIELD_HEIGHT) if has_field else None
    foot_top = below + (FIELD_HEIGHT + 4.0 if has_field else 0.0)
    foot = QRectF(PADDING, foot_top, inner, FOOT_LINE * max(foot_lines, 1))
    return NodeLayout(
        width=NODE_WIDTH,
        height=foot.bottom() + BELOW,
        ports=tuple(ports),
        chip=QRectF(PADDING, 9.0, 26.0, 26.0),
        title=QRectF(45.0, 9.0, 104.0, 26.0),
        badge=QRectF(NODE_WIDTH - PADDING - 17.0, 12.0, 17.0, 17.0),
        field=field,
        foot=foot,
    )


def with_foot(layout: NodeLayout, lines: int) -> NodeLayout:
    """The layout with a foot of so many lines (at least one)."""
    foot = QRectF(layout.foot)
    foot.setHeight(FOOT_LINE * max(lines, 1))
    return replace(layout, foot=foot, height=foot.bottom() + BELOW)


def wire(start: QPointF, end: QPointF) -> Wire:
    """The plain curve from an output's dot to an input's dot: out to the right, in from the left.

    Shaping points keep a distance even when the target lies to the left, so that a wire that runs
    back makes a round loop instead of a kink.
    """
    return Wire((bend(start, end),))


def bend(start: QPointF, end: QPointF) -> Bend:
    """A bend that is level at both of its ends."""
    across, down = end.x() - start.x(), abs(end.y() - start.y())
    if across >= 0:
        reach = max(min(across * 0.5, 120.0), min(24.0 + down * 0.15, 60.0))
    else:
        reach = min(48.0 + -across * 0.35 + down * 0.1, 200.0)
    return Bend(
        start, QPointF(start.x() + reach, start.y()), QPointF(end.x() - reach, end.y()), end
    )


def snapped(value: float, step: float = measures.GRID) -> float:
    """The nearest multiple of `step`."""
    return round(value / step) * step


def _distance_to_piece(
    x: float, y: float, first: tuple[float, float], second: tuple[float, float]
) -> float:
    across, down = second[0] - first[0], second[1] - first[1]
    length = across * across + down * down
    share = 0.0
    if length > 0:
        share = ((x - first[0]) * across + (y - first[1]) * down) / length
        share = min(1.0, max(0.0, share))
    return math.hypot(x - first[0] - share * across, y - first[1] - share * down)
