"""One process of the pool: a machine of chart 2, its tenants, and what comes in for each of them.

Several tenants may have sent their tasks ahead. The child does them in order, says `started` at the
beginning of each, and names task and attempt in every message; what it prints belongs to the one
that started last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harmony.pit.pool.memory import USUAL_MB, resident_mb
from harmony.pit.pool.package import Package
from harmony.pit.pool.tenant import Tenant
from harmony.pit.process import PlayerProcess, Stream
from harmony.states.kernel import Machine
from harmony.wire.launch import Exit

if TYPE_CHECKING:
    from harmony.pit.pool.pool import Pool
    from harmony.pit.pool.shelf import Shelf


class PooledProcess:
    """A process, and the listener that its host tells about it.

    `idle_since` is monotonic time. `memory_mb` is what it had when it was measured last.
    """

    __slots__ = (
        "_pool",
        "ahead",
        "foreseen",
        "id",
        "idle_since",
        "leaving",
        "machine",
        "memory_mb",
        "players",
        "process",
        "shelf",
        "speaker",
        "tasks_run",
        "tenants",
    )

    def __init__(self, name: str, shelf: Shelf, machine: Machine, pool: Pool, now: float) -> None:
        self.id = name
        self.shelf = shelf
        self.machine = machine
        self.idle_since = now
        self.process: PlayerProcess | None = None
        self.players: tuple[str, ...] = ()
        self.tenants: dict[tuple[str, int], Tenant] = {}
        self.speaker: Tenant | None = None
        self.ahead = 0
        self.tasks_run = 0
        self.memory_mb = USUAL_MB
        self.foreseen = False
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

    def measure(self) -> float:
        """Ask the system what it takes now; MB."""
        if self.process is not None:
            self.memory_mb = resident_mb(self.process.pid) or self.memory_mb
        return self.memory_mb

    # What the host tells (harmony.pit.process.ProcessListener).

    def ready(self, players: tuple[str, ...]) -> None:
        self.players = players
        self.machine.fire("load_complete")
        self.machine.fire("warm_complete")
        self._pool.came_up(self)

    def received(self, message: Mapping[str, Any]) -> None:
        task, attempt = message.get("task"), message.get("attempt")
        tenant = self.tenants.get((task, attempt))  # type: ignore[arg-type]  # whatever it named
        if tenant is None:
            return  # the last words of a task that had this process before
        if message["kind"] == "started":
            self.speaker = tenant
        tenant.received(message)

    def output(self, stream: Stream, data: bytes) -> None:
        if self.speaker is not None:
            self.speaker.output(stream, data)

    def exited(self, ending: Exit) -> None:
        self._pool.ended(self, ending)
