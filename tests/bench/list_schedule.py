"""How long a workflow must take on some slots: bounds, and a schedule that costs nothing to keep.

Pure arithmetic on run times and parents. No schedule is shorter than the longest chain of tasks, or
than all the work spread evenly over the slots; a list schedule gives each slot that comes free the
ready task of the highest rank, as the Arbitration Engine does, at once and for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Work:
    """Run times in seconds and parents, by task. A parent's entry may come after its child's."""

    runtimes: Mapping[str, float]
    parents: Mapping[str, Sequence[str]]

    def children(self) -> dict[str, list[str]]:
        """Whom each task is waited for by."""
        found: dict[str, list[str]] = {task: [] for task in self.parents}
        for task, parents in self.parents.items():
            for parent in parents:
                found[parent].append(task)
        return found

    def in_order(self) -> list[str]:
        """The tasks, each behind its parents."""
        missing = {task: len(parents) for task, parents in self.parents.items()}
        children = self.children()
        found = [task for task, count in missing.items() if count == 0]
        for task in found:
            for child in children[task]:
                missing[child] -= 1
                if missing[child] == 0:
                    found.append(child)
        return found

    def critical_path(self) -> float:
        """Seconds of the longest chain of tasks that wait for each other."""
        ends: dict[str, float] = {}
        for task in self.in_order():
            start = max((ends[parent] for parent in self.parents[task]), default=0.0)
            ends[task] = start + self.runtimes[task]
        return max(ends.values())

    def bound(self, slots: int) -> float:
        """Seconds that no schedule on so many slots can beat."""
        return max(self.critical_path(), sum(self.runtimes.values()) / slots)

    def ranks(self, *, timed: bool) -> dict[str, float]:
        """How far each task is from an end: in tasks, or with `timed` in seconds."""
        children = self.children()
        found: dict[str, float] = {}
        for task in reversed(self.in_order()):
            after = max((found[child] for child in children[task]), default=0.0)
            found[task] = after + (self.runtimes[task] if timed else 1.0)
        return found


def makespan(work: Work, slots: int, ranks: Mapping[str, float]) -> float:
    """Seconds that a list schedule takes: the highest rank first, then who was ready first."""
    children = work.children()
    missing = {task: len(parents) for task, parents in work.parents.items()}
    ready: list[tuple[float, int, str]] = []
    asked = 0
    for task, count in missing.items():
        if count == 0:
            heappush(ready, (-ranks[task], asked, task))
            asked += 1
    running: list[tuple[float, int, str]] = []
    now, started = 0.0, 0
    while ready or running:
        while ready and len(running) < slots:
            task = heappop(ready)[2]
            heappush(running, (now + work.runtimes[task], started, task))
            started += 1
        now, _, ended = heappop(running)
        for child in children[ended]:
            missing[child] -= 1
            if missing[child] == 0:
                heappush(ready, (-ranks[child], asked, child))
                asked += 1
    return now
