"""The last transitions of a workflow, and the point from which they can be folded (seeds/001).

A ring: when it is full, the oldest record is folded into the base, so that base and records always
lead to where the workflow stands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from harmony.workflow.core import Point, StateHistoryEntry, after

DEFAULT_SIZE: Final = 1_000


class History:
    """Records, oldest first, and the base under them. Not for two threads at a time."""

    __slots__ = ("_base", "_entries", "_size")

    def __init__(
        self, base: Point, entries: Iterable[StateHistoryEntry] = (), size: int = DEFAULT_SIZE
    ) -> None:
        if size < 1:
            raise ValueError("a history keeps one record or more")
        self._base = base
        self._entries: deque[StateHistoryEntry] = deque()
        self._size = size
        for entry in entries:
            self.append(entry)

    @property
    def base(self) -> Point:
        return self._base

    @property
    def size(self) -> int:
        """How many records are kept at most."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, entry: StateHistoryEntry) -> None:
        """Add the newest record; the oldest leaves where there is no room."""
        self._entries.append(entry)
        while len(self._entries) > self._size:
            self._base = after(self._base, self._entries.popleft())

    def all(self) -> tuple[StateHistoryEntry, ...]:
        """Every record that is kept."""
        return tuple(self._entries)

    def tail(self, count: int) -> tuple[StateHistoryEntry, ...]:
        """The last `count` records, oldest first."""
        if count <= 0:
            return ()
        if count >= len(self._entries):
            return tuple(self._entries)
        # From the end: a deque is slow in its middle, and the end is what is asked for.
        newest = reversed(self._entries)
        return tuple(reversed([next(newest) for _ in range(count)]))
