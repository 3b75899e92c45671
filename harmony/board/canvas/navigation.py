"""Which node comes next when one walks over the canvas by keyboard. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF

from harmony.board.canvas.keys import Direction
from harmony.board.canvas.layout import CanvasLayout

_ASIDE = 2.5
"""A step aside counts this much more than one ahead: the arrow should go where it points."""


def neighbour(layout: CanvasLayout, node_id: str, direction: Direction) -> str | None:
    """The nearest node in a direction, by centres; None when there is none that way."""
    here = layout.rects[node_id].center()
    best: tuple[float, str] | None = None
    for other, rect in layout.rects.items():
        if other == node_id:
            continue
        ahead, aside = _way(rect.center() - here, direction)
        if ahead <= 1.0:
            continue
        cost = ahead + _ASIDE * aside
        if best is None or cost < best[0]:
            best = (cost, other)
    return None if best is None else best[1]


def reading_order(layout: CanvasLayout) -> list[str]:
    """All nodes from left to right in columns, each from top to bottom."""
    rects = layout.rects
    return sorted(rects, key=lambda key: (round(rects[key].x() / 96), rects[key].y(), key))


def nearest(layout: CanvasLayout, point: QPointF, among: Iterable[str]) -> str | None:
    """The node whose centre is nearest to a point."""
    ways = [
        ((layout.rects[key].center() - point).manhattanLength(), key)
        for key in among
        if key in layout.rects
    ]
    return min(ways)[1] if ways else None


def _way(way: QPointF, direction: Direction) -> tuple[float, float]:
    match direction:
        case "left":
            return -way.x(), abs(way.y())
        case "right":
            return way.x(), abs(way.y())
        case "up":
            return -way.y(), abs(way.x())
        case "down":
            return way.y(), abs(way.x())
