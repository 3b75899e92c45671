"""One process of the pool: a machine of chart 2, its tenants, and what comes in for each of them.

Several tenants may have sent their tasks ahead. The child does them in order, says `started` at the
beginning of each, and names task and attempt in every message; what it prints belongs to the one
that started last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from harmony.pit.pool.package import Package
from harmony.pit.pool.tenant import Tenant
from harmony.pit.process import PlayerProcess, Stream
from harmony.states.player import PlayerMachine, PlayerState
from harmony.wire.launch import Exit

if TYPE_CHECKING:
    from harmony.pit.pool.pool import Pool
    from harmony.pit.pool.shelf import Shelf


class PooledProcess:
    """A process, and the listener that its host tells about it.

    `tenant` is the one whose task runs. While others may send ahead (`ahead` is how many), all who
    have it stand in `tenants`, by task and attempt. `foreseen` says that it was started before
    anybody asked for it, `came_up` when it was first Ready. Times are monotonic. `memory_mb` is
    what it had when it was measured last.
    """

    __slots__ = (
        "_pool",
        "ahead",
        "came_up",
        "foreseen",
        "id",
        "idle_megabyte_seconds",
        "idle_seconds",
        "idle_since",
        "leaving",
        "machine",
        "memory_mb",
        "players",
        "process",
        "ready_line",
        "shelf",
        "tasks_run",
        "tenant",
        "tenants",
    )

    def __init__(self, name: str, shelf: Shelf, machine: PlayerMachine, pool: Pool) -> None:
        self.id = name
        self.shelf = shelf
        self.ready_line = shelf.ready
        self.machine = machine
        self.process: PlayerProcess | None = None
        self.players: tuple[str, ...] = ()
        self.tenant: Tenant | None = None
        self.tenants: dict[tuple[str, int], Tenant] = {}
        self.ahead = 0
        self.tasks_run = 0
        self.idle_since = machine.since
        self.idle_seconds = 0.0
        self.idle_megabyte_seconds = 0.0
        self.memory_mb = shelf.memory_mb
        self.foreseen = False
        self.came_up = 0.0
        self.leaving = False
        self._pool = pool

    @property
    def package(self) -> Package:
        """What it was started for."""
        return self.shelf.package

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
        """End it at once; every tenant hears `lost`."""
        assert self.process is not None
        self.process.kill()

    @property
    def idle(self) -> bool:
        """Whether it is up and has no task."""
        return self.machine.state in (PlayerState.READY, PlayerState.COOLING)

    @property
    def used(self) -> bool:
        """Whether it ever had a task."""
        return self.tasks_run > 0 or self.tenant is not None

    def measure(self, resident: Callable[[int | None], float]) -> None:
        """Ask what it takes now (`memory.resident_mb`)."""
        self.idle_megabyte_seconds += self.idle_seconds * self.memory_mb
        self.idle_seconds = 0.0
        measured = resident(self.pid)
        if measured:
            self.memory_mb = self.shelf.memory_mb = measured

    def idle_cost(self, now: float) -> float:
        """Megabytes times seconds that it has been idle in its life, until `now` (monotonic)."""
        seconds = self.idle_seconds + (now - self.idle_since if self.idle else 0.0)
        return self.idle_megabyte_seconds + seconds * self.memory_mb

    def share(self, tenant: Tenant, ahead: int) -> None:
        """One more tenant has it, and `ahead` further ones beside the first may."""
        self.ahead = ahead
        self.shelf.sharing[self] = None
        self.tenants[tenant.task, tenant.attempt] = tenant

    def left_by(self, tenant: Tenant) -> bool:
        """A tenant of several has no more to do with it; whether others are left."""
        del self.tenants[tenant.task, tenant.attempt]
        if not self.tenants:
            self.ahead = 0
            del self.shelf.sharing[self]
            return False
        if self.tenant is tenant:
            self.tenant = next(iter(self.tenants.values()))
        return True

    def clear(self) -> list[Tenant]:
        """Take it from all its tenants: who they were."""
        alone = [] if self.tenant is None else [self.tenant]
        tenants = list(self.tenants.values()) or alone
        self.tenant = None
        self.tenants.clear()
        return tenants

    # What the host tells (harmony.pit.process.ProcessListener).

    def ready(self, players: tuple[str, ...]) -> None:
        self.players = players
        self.machine.fire("load_complete")
        self.machine.fire("warm_complete")
        self._pool.came_up(self)

    def received(self, message: Mapping[str, Any]) -> None:
        task, attempt = message.get("task"), message.get("attempt")
        tenant = self.tenant
        if tenant is None:
            return  # the last words of a task that had this process before
        if tenant.task != task or tenant.attempt != attempt:
            tenant = self.tenants.get((task, attempt))  # type: ignore[arg-type]
            if tenant is None:
                return
            if message["kind"] == "started":
                self.tenant = tenant
        tenant.received(message)

    def output(self, stream: Stream, data: bytes) -> None:
        if self.tenant is not None:
            self.tenant.output(stream, data)

    def exited(self, ending: Exit) -> None:
        self._pool.ended(self, ending)
