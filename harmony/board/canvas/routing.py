"""Leads a wire round the nodes that stand in its way, over them or under them. Pure.

A wire that runs behind a node seems to come out of that node. So a forward wire whose plain curve
would cross other nodes takes a lane above or below all of them, whichever is the smaller detour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QPointF, QRectF

from harmony.board.canvas.geometry import Wire, bend, wire

CLEARANCE: Final = 20.0
_CORNER: Final = 16.0
_TRIES: Final = 3
_TOUCH: Final = 3.0
_SAMPLES: Final = 12

Obstacles = Callable[[QRectF], Iterable[QRectF]]


def route(start: QPointF, end: QPointF, obstacles: Obstacles) -> Wire:
    """The curve from `start` to `end`. `obstacles` answers the cards that touch a rectangle, those
    of the two nodes that the wire joins left out."""
    plain = wire(start, end)
    if end.x() - start.x() < 2 * _CORNER:
        return plain
    in_the_way = _crossed(plain, obstacles)
    if in_the_way.isEmpty():
        return plain
    over = _round(start, end, in_the_way, obstacles, above=True)
    under = _round(start, end, in_the_way, obstacles, above=False)
    found = [curve for curve in (over, under) if curve is not None]
    return min(found, key=lambda curve: _detour(curve, start, end), default=plain)


def _round(
    start: QPointF, end: QPointF, block: QRectF, obstacles: Obstacles, *, above: bool
) -> Wire | None:
    """The curve through a free lane on one side; None when none is found in a few tries."""
    for _ in range(_TRIES):
        lane = block.top() - CLEARANCE if above else block.bottom() + CLEARANCE
        left = max(block.left() + _CORNER, start.x() + _CORNER)
        right = min(block.right() - _CORNER, end.x() - _CORNER)
        if right < left:
            left = right = (left + right) / 2
        entry, leaving = QPointF(left, lane), QPointF(right, lane)
        strip = QRectF(left, lane - _TOUCH, right - left, 2 * _TOUCH)
        blocked = _united(obstacles(strip))
        if blocked.isEmpty():
            return Wire((bend(start, entry), bend(entry, leaving), bend(leaving, end)))
        block = block.united(blocked)
    return None


def _crossed(curve: Wire, obstacles: Obstacles) -> QRectF:
    """The rectangle round all cards that a curve runs through; empty when there are none."""
    block = QRectF()
    cards = list(obstacles(curve.bounds()))
    points = [point for piece in curve.bends for point in piece.sampled(_SAMPLES)] if cards else []
    for card in cards:
        left, right = card.left() - _TOUCH, card.right() + _TOUCH
        top, bottom = card.top() - _TOUCH, card.bottom() + _TOUCH
        if any(left <= x <= right and top <= y <= bottom for x, y in points):
            block = block.united(card)
    return block


def _united(cards: Iterable[QRectF]) -> QRectF:
    whole = QRectF()
    for card in cards:
        whole = whole.united(card)
    return whole


def _detour(curve: Wire, start: QPointF, end: QPointF) -> float:
    lane = curve.bends[0].end.y()
    return abs(lane - start.y()) + abs(lane - end.y())
