"""Items of a list that are worked on a few at a time (`Policy.parallel`).

A lane is not in the journal: who is on the way is known to the living process alone.
"""

from __future__ import annotations

from collections.abc import Collection


class Lane:
    """At most `width` items on their way at once; the others wait in the order they came."""

    __slots__ = ("_active", "_waiting", "_width")

    def __init__(self, width: int) -> None:
        self._width = width
        self._active: set[str] = set()
        self._waiting: dict[str, None] = {}

    def enter(self, task: str) -> bool:
        """Whether the item may go now; it stands in line otherwise."""
        if task in self._active:
            return True
        if len(self._active) >= self._width:
            self._waiting[task] = None
            return False
        self._waiting.pop(task, None)
        self._active.add(task)
        return True

    def leave(self, task: str) -> str | None:
        """The item is over; the one that may go instead, if one waits for a place there is."""
        self._active.discard(task)
        self._waiting.pop(task, None)
        if len(self._active) >= self._width or not self._waiting:
            return None
        return next(iter(self._waiting))

    def keep_only(self, tasks: Collection[str]) -> None:
        """All others neither go nor wait any more: they ask anew."""
        self._active.intersection_update(tasks)
        self._waiting.clear()
