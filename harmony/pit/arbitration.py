"""Arbitration Engine: which ready task goes first when running slots are short.

A slot is the right to run one task now: one a core for tasks that compute, more for tasks that
mostly wait (DESIGN.md section 5, Processes). Order: higher priority first, then the longer way to
an end of its melody, then whoever asked first. Several runs of one program share the same slots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

SlotKind = Literal["cpu", "wait"]


@dataclass(frozen=True, slots=True)
class Request:
    """A task that could run now. `granted` is called when it may, on the caller's thread."""

    run: str
    task: str
    kind: SlotKind
    priority: int
    rank: int
    granted: Callable[[], None]


class ArbitrationEngine:
    """Grants slots. A request that can be met is met inside the call that made it possible."""

    def __init__(self, cpu_slots: int, wait_slots: int) -> None:
        self._size: dict[SlotKind, int] = {"cpu": cpu_slots, "wait": wait_slots}
        self._free: dict[SlotKind, int] = dict(self._size)
        self._queues: dict[SlotKind, list[tuple[int, int, int]]] = {"cpu": [], "wait": []}
        self._waiting: dict[int, Request] = {}
        self._number_of: dict[tuple[str, str], int] = {}
        self._holders: dict[tuple[str, str], SlotKind] = {}
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many requests stand in line."""
        return len(self._waiting)

    def running(self, kind: SlotKind) -> int:
        """How many slots of a kind are in use."""
        return self._size[kind] - self._free[kind]

    def request(self, request: Request) -> None:
        """Ask for a slot. A second request of the same task replaces the first."""
        self.withdraw(request.run, request.task)
        self._count += 1
        self._waiting[self._count] = request
        self._number_of[request.run, request.task] = self._count
        heappush(self._queues[request.kind], (-request.priority, -request.rank, self._count))
        self._grant(request.kind)

    def withdraw(self, run: str, task: str) -> None:
        """Take a request back; nothing when there is none."""
        number = self._number_of.pop((run, task), None)
        if number is not None:
            del self._waiting[number]

    def release(self, run: str, task: str) -> None:
        """Give a slot back. Raises KeyError when the task holds none."""
        kind = self._holders.pop((run, task))
        self._free[kind] += 1
        self._grant(kind)

    def forget(self, run: str) -> None:
        """Drop all that a run asked for or holds."""
        for owner, task in [key for key in self._number_of if key[0] == run]:
            self.withdraw(owner, task)
        for owner, task in [key for key in self._holders if key[0] == run]:
            self.release(owner, task)

    def _grant(self, kind: SlotKind) -> None:
        queue = self._queues[kind]
        while self._free[kind] > 0 and queue:
            request = self._waiting.pop(heappop(queue)[2], None)
            if request is None:
                continue  # withdrawn while it waited
            holder = (request.run, request.task)
            del self._number_of[holder]
            self._holders[holder] = kind
            self._free[kind] -= 1
            request.granted()
