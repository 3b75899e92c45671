"""What it costs to hand a warm process to a task and to take it back, without the process itself.

Reservation alone: a Ready process off the shelf and back on it; the floor is what a dictionary and
a list do for that, written in place. Allocate and release: with both transitions of chart 2 and
their records, the order of last use and the counters; the floor is a call of a method that does
nothing. Each floor is measured in the same rounds, in processor time; both less the empty loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row

from harmony.foundation.clock import SystemClock
from harmony.pit.pool import Package, Pool, PooledProcess, PoolLimits
from harmony.wire.launch import Exit, Launch

COUNT = 1_000
ROUNDS = 1_000


class Nothing:
    """A process that never runs, and one that uses it."""

    pid = None
    run, task, attempt = "run", "task", 1

    def start(self, launch: Launch, listener: Any) -> Nothing:
        """As a host: it is ready at once."""
        self.listener = listener
        return self

    def call(self) -> None:
        """What the floor calls."""

    def acquired(self, process: PooledProcess) -> None:
        """As a tenant: it came."""

    def lost(self, ending: Exit) -> None:
        """As a tenant: never."""

    received = output = send = drain = stop = kill = call


def run() -> Iterable[dict[str, Any]]:
    """Both cases."""
    nothing = Nothing()
    pool = Pool(nothing, SystemClock(), Path(), PoolLimits(), nothing.call)  # type: ignore[arg-type]
    packages = [Package(f"p{n}", "h", "s", "python") for n in range(10)]
    for package in packages:
        pool.warm(package)
        nothing.listener.ready(("a/b",))
    package = packages[3]
    tenant: Any = nothing

    def empty() -> None:
        for _ in range(COUNT):
            pass

    def inline() -> None:
        shelves = {item.key: [item] for item in packages}
        key = package.key
        for _ in range(COUNT):
            shelf = shelves.get(key)
            item = shelf.pop()  # type: ignore[union-attr]
            shelf.append(item)  # type: ignore[union-attr]

    def bare() -> None:
        for _ in range(COUNT):
            nothing.call()

    def reserve() -> None:
        for _ in range(COUNT):
            process = pool.reserve(package)
            pool.put_back(process)

    def allocate() -> None:
        for _ in range(COUNT):
            process = pool.allocate(package, tenant)
            pool.release(process, tenant)  # type: ignore[arg-type]

    for case, measured, floor in (
        ("reserve and put back", reserve, inline),
        ("allocate and release", allocate, bare),
    ):
        value, bare_value = typical(measured, floor, empty)
        yield row("pool", case, value, "ns", bare_value)


def typical(
    measured: Callable[[], None], floor: Callable[[], None], empty: Callable[[], None]
) -> tuple[float, float]:
    """Nanoseconds a turn of a case and of its floor, from the round in the middle by their ratio.

    The machine slows down and speeds up as others use it; within a short round it mostly stays as
    it is.
    """
    rounds = []
    for _ in range(ROUNDS):
        nothing, bare, value = (processor_seconds(case) for case in (empty, floor, measured))
        if bare > nothing:
            rounds.append(((value - nothing) / (bare - nothing), value - nothing, bare - nothing))
    _, value, bare = sorted(rounds)[len(rounds) // 2]
    return value / COUNT * 1e9, bare / COUNT * 1e9


def processor_seconds(case: Callable[[], None]) -> float:
    """What one round takes of the processor."""
    started = time.process_time()
    case()
    return time.process_time() - started
