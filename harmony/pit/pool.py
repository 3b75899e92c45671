"""Pool Manager: warm Player processes, each a machine of chart 2.

A process serves one package in one environment and runs one task at a time. A task takes the
process of its package that was used last (its caches are warm); the ones not used for longest are
let go when idle for long or when the memory budget is short.

Of every package at least as many processes are starting as tenants wait, so that nobody waits for
a process that will not come. A package whose processes fail to start one after the other is not
started again for a while: its tenants are told at once (a circuit breaker, seeds/003).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from harmony.foundation.clock import Clock
from harmony.foundation.errors import HarmonyError
from harmony.pit.process import PlayerProcess, ProcessHost, Stream
from harmony.states.kernel import Machine
from harmony.states.player import CHART, PlayerState
from harmony.wire.launch import Exit, Launch

FAILURES_TO_BREAK: Final = 3
"""So many starts of a package that failed in a row, and it is not started for a while."""

BREAK_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Package:
    """What a process is started for: processes of equal packages are alike."""

    name: str
    hash: str
    source: str
    python: str


class Tenant(Protocol):
    """Who uses a process for one task: hears it until it gives it back."""

    def acquired(self, process: PooledProcess) -> None:
        """The process is Active for this tenant."""

    def received(self, message: Mapping[str, Any]) -> None:
        """A message of the task."""

    def output(self, stream: Stream, data: bytes) -> None:
        """Something printed while the task ran."""

    def lost(self, ending: Exit) -> None:
        """The process ended, or never came up. It is gone from the pool already."""


@dataclass(slots=True, eq=False)
class PooledProcess:
    """One process of the pool, and the listener that its host tells about it."""

    id: str
    package: Package
    machine: Machine
    pool: Pool
    process: PlayerProcess | None = None
    players: tuple[str, ...] = ()
    tenant: Tenant | None = None
    idle_since: float = 0.0
    tasks_run: int = 0
    retired: bool = False

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return None if self.process is None else self.process.pid

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message to the child."""
        assert self.process is not None
        self.process.send(message)

    def drain(self) -> None:
        """Deliver what the child has printed so far."""
        assert self.process is not None
        self.process.drain()

    def kill(self) -> None:
        """End it at once; the tenant hears `lost`."""
        assert self.process is not None
        self.process.kill()

    # What the host tells (harmony.pit.process.ProcessListener).

    def ready(self, players: tuple[str, ...]) -> None:
        self.players = players
        self.machine.fire("load_complete")
        self.machine.fire("warm_complete")
        self.pool.became_ready(self)

    def received(self, message: Mapping[str, Any]) -> None:
        if self.tenant is not None:
            self.tenant.received(message)

    def output(self, stream: Stream, data: bytes) -> None:
        if self.tenant is not None:
            self.tenant.output(stream, data)

    def exited(self, ending: Exit) -> None:
        self.pool.ended(self, ending)


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """`idle_seconds` until an unused process cools down, twice that until it is evicted."""

    memory_mb: float = 2048.0
    idle_seconds: float = 120.0


@dataclass(slots=True)
class _Line:
    """Tenants that wait for a process of one package, in order."""

    tenants: dict[int, Tenant] = field(default_factory=dict)

    def first(self) -> Tenant:
        """Take the one who has waited longest out of the line."""
        return self.tenants.pop(next(iter(self.tenants)))


@dataclass(slots=True)
class _Failures:
    """Starts of a package that failed in a row, and how the last one ended."""

    count: int
    last: Exit
    at: float


class Pool:
    """Hands warm processes to tenants and takes them back."""

    def __init__(
        self,
        host: ProcessHost,
        clock: Clock,
        working_folder: Path,
        limits: PoolLimits,
        changed: Callable[[], None],
    ) -> None:
        self._host = host
        self._clock = clock
        self._working_folder = working_folder
        self._limits = limits
        self._changed = changed
        self._processes: dict[str, PooledProcess] = {}
        self._idle: dict[Package, list[PooledProcess]] = {}
        self._lines: dict[Package, _Line] = {}
        self._failures: dict[Package, _Failures] = {}
        self._count = 0
        self._closed = False

    @property
    def processes(self) -> Mapping[str, PooledProcess]:
        """Every process that runs or is starting, by id."""
        return self._processes

    def acquire(self, package: Package, tenant: Tenant) -> None:
        """Give the tenant a process: now when one is warm, else as soon as one is.

        It hears `lost` within this call when none can come: the pool is closed, or the package has
        just failed to start several times.
        """
        if self._closed:
            tenant.lost(Exit(None, None, ""))
            return
        idle = self._idle.get(package)
        if idle:
            self._hand_over(idle.pop(), tenant)
            return
        broken = self._failures.get(package)
        if broken is not None and self._is_broken(broken):
            tenant.lost(broken.last)
            return
        line = self._lines.setdefault(package, _Line())
        line.tenants[id(tenant)] = tenant
        if self._starting(package) < len(line.tenants):
            self._start(package, "allocate")

    def withdraw(self, package: Package, tenant: Tenant) -> None:
        """The tenant waits no more."""
        line = self._lines.get(package)
        if line is not None:
            line.tenants.pop(id(tenant), None)

    def release(self, process: PooledProcess) -> None:
        """The task is over and the process unharmed: it becomes Ready for the next one."""
        process.tenant = None
        process.tasks_run += 1
        process.machine.fire("deallocate")
        self.became_ready(process)

    def warm(self, package: Package) -> None:
        """Start a process of a package before it is asked for, unless one is there."""
        if not self._idle.get(package) and self._starting(package) == 0:
            self._start(package, "predictive_prewarm")

    def tidy(self) -> None:
        """Cool what is idle, evict what is cold or over budget. Called now and then."""
        now = self._clock.monotonic()
        for process in list(self._processes.values()):
            idle = now - process.idle_since
            if process.machine.state == PlayerState.READY and idle > self._limits.idle_seconds:
                process.machine.fire("idle_timeout")
            elif (
                process.machine.state == PlayerState.COOLING
                and idle > 2 * self._limits.idle_seconds
            ):
                self._evict(process)
        self._keep_budget()

    def memory_mb(self) -> float:
        """Resident memory of all processes of the pool but those that were told to end."""
        return sum(
            resident_mb(process.pid) for process in self._processes.values() if not process.retired
        )

    async def close(self) -> None:
        """End every process; tenants hear `lost`."""
        self._closed = True
        await self._host.close()

    def _start(self, package: Package, event: str) -> None:
        self._count += 1
        process = PooledProcess(
            id=f"player-{self._count}",
            package=package,
            machine=Machine(f"player-{self._count}", CHART, self._clock),
            pool=self,
            idle_since=self._clock.monotonic(),
        )
        process.machine.fire(event)
        self._processes[process.id] = process
        self._keep_budget()
        launch = Launch(
            process=process.id,
            package=package.name,
            source=package.source,
            python=package.python,
            working_folder=self._working_folder,
        )
        try:
            process.process = self._host.start(launch, process)
        except (HarmonyError, OSError) as error:
            self.ended(process, Exit(None, None, str(error)))
            return
        self._changed()

    def _starting(self, package: Package) -> int:
        return sum(
            process.package == package
            and process.machine.state in (PlayerState.LOADING, PlayerState.WARMING)
            for process in self._processes.values()
        )

    def became_ready(self, process: PooledProcess) -> None:
        """A process has nothing to do: the next in its line has it, or it waits warm."""
        self._failures.pop(process.package, None)
        line = self._lines.get(process.package)
        if line is not None and line.tenants:
            self._hand_over(process, line.first())
            return
        process.idle_since = self._clock.monotonic()
        self._idle.setdefault(process.package, []).append(process)
        self._changed()

    def _hand_over(self, process: PooledProcess, tenant: Tenant) -> None:
        if process.machine.state == PlayerState.COOLING:
            process.machine.fire("access_detected")
        process.machine.fire("allocate")
        process.tenant = tenant
        tenant.acquired(process)
        self._changed()

    def ended(self, process: PooledProcess, ending: Exit) -> None:
        """A process is gone, or did not come up."""
        self._processes.pop(process.id, None)
        idle = self._idle.get(process.package, [])
        if process in idle:
            idle.remove(process)
        tenant, process.tenant = process.tenant, None
        starting = process.machine.state in (PlayerState.LOADING, PlayerState.WARMING)
        if not process.retired:
            process.machine.fire("start_failed" if starting else "process_lost")
        if tenant is not None:
            tenant.lost(ending)
        elif starting:
            self._start_failed(process.package, ending)
        self._changed()

    def _start_failed(self, package: Package, ending: Exit) -> None:
        """One that waited hears of it: another start for the same tenant could fail for ever.

        Unless enough others are starting (one who waited left meanwhile): then nobody need hear.
        """
        now = self._clock.monotonic()
        before = self._failures.get(package)
        count = before.count + 1 if before is not None else 1
        self._failures[package] = _Failures(count, ending, now)
        line = self._lines.get(package)
        if line is not None and len(line.tenants) > self._starting(package):
            line.first().lost(ending)

    def _is_broken(self, failures: _Failures) -> bool:
        """Whether a package is to be left alone for now."""
        recent = self._clock.monotonic() - failures.at < BREAK_SECONDS
        return failures.count >= FAILURES_TO_BREAK and recent

    def _evict(self, process: PooledProcess) -> None:
        idle = self._idle.get(process.package, [])
        if process in idle:
            idle.remove(process)
        if process.machine.state == PlayerState.READY:
            process.machine.fire("idle_timeout")
        process.machine.fire("evict_from_cache")
        process.retired = True
        assert process.process is not None
        process.process.stop()

    def _keep_budget(self) -> None:
        idle = sorted(
            (process for line in self._idle.values() for process in line),
            key=lambda process: process.idle_since,
        )
        if not idle:
            return
        used = self.memory_mb()
        for process in idle:
            if used <= self._limits.memory_mb:
                return
            used -= resident_mb(process.pid)
            self._evict(process)


def resident_mb(pid: int | None) -> float:
    """Resident memory of a process; 0 when it is gone or the system does not tell."""
    if pid is None:
        return 0.0
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
