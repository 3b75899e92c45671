"""What the pool has of one package: its warm processes, its busy ones, and who waits in line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from harmony.pit.pool.memory import USUAL_MB
from harmony.pit.pool.package import Package
from harmony.pit.pool.process import PooledProcess
from harmony.pit.pool.starts import FailedStarts
from harmony.pit.pool.tenant import Tenant
from harmony.pit.pool.warming import Stock

RESERVE_SECONDS: Final = 60.0
"""So long after a process was lost one more than is busy is kept: what broke may break again."""
RESERVE_DELAY: Final = 0.01
"""So much later it is started, since that holds up the loop: what was lost is told first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tenant in the line. `since` is monotonic time."""

    tenant: Tenant
    ahead: int
    since: float


@dataclass(slots=True, eq=False)
class Shelf:
    """The processes of one package.

    `ready` holds the warm ones in the order of their last use: taken from the end, let go from the
    beginning; `cooling` those that chart 2 has sent to Cooling, in the same order. `sharing` are
    the Active ones whose tenants all let others send ahead, `starting` those on their way.
    `memory_mb` is what one of its processes took when it was measured last. Until `reserve_until`
    (monotonic, 0 for never) one is kept in reserve.
    """

    package: Package
    ready: list[PooledProcess] = field(default_factory=list)
    cooling: list[PooledProcess] = field(default_factory=list)
    sharing: dict[PooledProcess, None] = field(default_factory=dict)
    starting: dict[PooledProcess, None] = field(default_factory=dict)
    line: dict[int, Waiting] = field(default_factory=dict)
    failed: FailedStarts = field(default_factory=FailedStarts)
    restarts_due: int = 0
    memory_mb: float = USUAL_MB
    reserve_until: float = 0.0

    @property
    def coming(self) -> int:
        """How many processes are on their way, or will be as soon as a delay is over."""
        return len(self.starting) + self.restarts_due

    def first(self) -> Waiting:
        """Take the one who has waited longest out of the line."""
        return self.line.pop(next(iter(self.line)))

    def lacks_reserve(self, now: float, at_once: int, room_mb: float) -> bool:
        """Whether one is to be started for the reserve, with so much of the memory budget left.
        Tasks that are sent ahead to each other need no more than the `at_once` that they share."""
        if now >= self.reserve_until:
            self.reserve_until = 0.0
            return False
        free = len(self.ready) + len(self.cooling) + self.coming - len(self.line)
        return free < 1 and len(self.sharing) < at_once and self.memory_mb <= room_mb

    def forget(self, process: PooledProcess) -> None:
        """The process is gone, wherever it stood."""
        self.sharing.pop(process, None)
        self.starting.pop(process, None)
        for standing in (self.ready, self.cooling):
            if process in standing:
                standing.remove(process)

    def with_room(self, waiting: Waiting) -> PooledProcess | None:
        """The busy process that a task may be sent ahead to: the one with the fewest tenants.

        None when each is full, or has a tenant that shares with nobody. While others are still on
        their way, one takes no more than its share, so that they find something to do.
        """
        sharing = self.sharing
        if not sharing:
            return None
        most = waiting.ahead + 1
        if self.starting:
            known = sum(len(process.tenants) for process in sharing) + len(self.line)
            known += id(waiting.tenant) not in self.line
            most = min(most, -(-known // (len(sharing) + len(self.starting))))
        best: PooledProcess | None = None
        key = (waiting.tenant.task, waiting.tenant.attempt)
        for process in sharing:
            room = min(most, process.ahead + 1)
            # Two runs of one melody name their tasks alike; one process could not tell them apart.
            if len(process.tenants) >= room or key in process.tenants or process.leaving:
                continue
            if best is None or len(process.tenants) < len(best.tenants):
                best = process
        return best


def stock(shelves: Mapping[str, Shelf], processes: Iterable[PooledProcess]) -> dict[str, Stock]:
    """What there is of each package, by its key."""
    counts = dict.fromkeys(shelves, 0)
    for process in processes:
        counts[process.package.key] += 1
    return {
        key: Stock(
            counts[key] + shelf.restarts_due,
            len(shelf.ready) + len(shelf.cooling),
            shelf.memory_mb,
        )
        for key, shelf in shelves.items()
    }
