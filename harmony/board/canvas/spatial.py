"""Finds what lies near a point or in a rectangle, in a time that does not grow with the melody.

A grid of square cells, each with the things that touch it. What is very long (a wire across the
whole melody) stands in many cells; a query looks only at the cells it covers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from PySide6.QtCore import QRectF

Key = TypeVar("Key", bound=Hashable)
_CELL = 256.0


class Grid(Generic[Key]):
    """Rectangles by key, to be asked for by place."""

    def __init__(self) -> None:
        self._rects: dict[Key, QRectF] = {}
        self._cells: dict[tuple[int, int], set[Key]] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._rects

    def put(self, key: Key, rect: QRectF) -> None:
        """Add a thing, or move it."""
        old = self._rects.get(key)
        if old is not None:
            if _span(old) == _span(rect):
                self._rects[key] = rect
                return
            self.remove(key)
        self._rects[key] = rect
        for cell in _cells(rect):
            self._cells.setdefault(cell, set()).add(key)

    def remove(self, key: Key) -> None:
        """Forget a thing. Raises KeyError when it is not there."""
        for cell in _cells(self._rects.pop(key)):
            held = self._cells[cell]
            held.discard(key)
            if not held:
                del self._cells[cell]

    def near(self, rect: QRectF) -> list[Key]:
        """Everything whose rectangle touches `rect`, in no order."""
        left, top, right, bottom = _span(rect)
        if (right - left + 1) * (bottom - top + 1) > len(self._rects):
            return [key for key, held in self._rects.items() if _touch(held, rect)]
        found: set[Key] = set()
        for cell in _cells(rect):
            found.update(self._cells.get(cell, ()))
        return [key for key in found if _touch(self._rects[key], rect)]


def _touch(one: QRectF, other: QRectF) -> bool:
    # QRectF.intersects() is false for a flat rectangle, which a straight wire has.
    return (
        one.left() <= other.right()
        and other.left() <= one.right()
        and one.top() <= other.bottom()
        and other.top() <= one.bottom()
    )


def _span(rect: QRectF) -> tuple[int, int, int, int]:
    return (
        int(rect.left() // _CELL),
        int(rect.top() // _CELL),
        int(rect.right() // _CELL),
        int(rect.bottom() // _CELL),
    )


def _cells(rect: QRectF) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = _span(rect)
    for column in range(left, right + 1):
        for row in range(top, bottom + 1):
            yield column, row
