"""What is started when the program comes up: the parts of each phase, and the health probes.

The adapter for processes is handed in (Qt for the Board, asyncio for everything else), and so is
phase 5, which only the Board has.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harmony.bootstrap.errors import BootstrapError
from harmony.bootstrap.phases import Part, Phase, Probe, Stop
from harmony.conductor.conductor import Conductor
from harmony.conductor.events import Event, PoolChanged
from harmony.conductor.secrets import known_values
from harmony.conductor.services import Services
from harmony.foundation.clock import Clock
from harmony.foundation.events import EventStream
from harmony.foundation.failpoints import arm_from_environment
from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.foundation.randomness import Randomness
from harmony.foundation.redaction import Redactor
from harmony.foundation.settings import Settings, load
from harmony.ipc.records import end_survivors
from harmony.orchestra.catalogue import Catalogue, load_catalogue_async
from harmony.pit.arbitration import ArbitrationEngine
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.pool import Package, Pool, PooledProcess, PoolLimits
from harmony.pit.process import ProcessHost, Stream
from harmony.pit.stale.manager import StaleManager
from harmony.pit.stale.plan import Budget, Rules
from harmony.players.environment import environment_digest
from harmony.players.specs import PackageManifest, PlayerSpec
from harmony.polyphony.store import Store, open_store
from harmony.wire.launch import Exit

HostFactory = Callable[[Path], ProcessHost]
"""Makes the adapter for processes, given the private folder for its sockets."""

CLEAN_EVERY = 600.0
"""Seconds between two rounds of the Stale Manager; the first comes when the start is long over."""

TIDY_EVERY = 15.0
"""Seconds between two looks at idle processes."""


@dataclass(slots=True)
class House:
    """The parts of the running program. Each is set by the phase that starts it, not before."""

    data_folder: DataFolder
    clock: Clock
    randomness: Randomness
    events: EventStream[Event]
    settings: Settings = field(default_factory=Settings)
    redactor: Redactor = field(default_factory=Redactor)
    runtime_folder: Path = field(default_factory=Path)
    ended_survivors: tuple[int, ...] = ()
    environment: str = ""
    store: Store = field(init=False)
    host: ProcessHost = field(init=False)
    artifacts: ArtifactStore = field(init=False)
    stale: StaleManager = field(init=False)
    arbitration: ArbitrationEngine = field(init=False)
    pool: Pool = field(init=False)
    catalogue: Catalogue = field(init=False)
    conductor: Conductor = field(init=False)

    async def load_players(self) -> Catalogue:
        """Read the catalogue anew: the built-in library and the user's folders."""
        folders = [Path(folder) for folder in self.settings.players_folders]
        self.catalogue = await load_catalogue_async(folders, self.data_folder.players)
        return self.catalogue

    def spec_of(self, player: str) -> PlayerSpec | None:
        """What the catalogue, as it is now, says of a Player."""
        return self.catalogue.spec(player)

    def player_ids(self) -> list[str]:
        """The ids of all Players, to suggest one for a name that nobody has."""
        return [player.id for player in self.catalogue.players()]

    def package_of(self, player: str) -> PackageManifest | None:
        """The package that a Player comes from."""
        return self.catalogue.package_of(player)

    def reload_settings(self) -> None:
        """Read the settings file anew."""
        self.settings = load(self.data_folder.settings_file)


def phases(house: House, host_factory: HostFactory, ui_parts: Sequence[Part] = ()) -> list[Phase]:
    """The five phases, as chart 4 names them."""
    return [
        Phase(1, "Foundation", (Part("settings and data folder", lambda: _foundation(house)),)),
        Phase(2, "IPC", (Part("process host", lambda: _ipc(house, host_factory)),)),
        Phase(
            3,
            "Pit",
            (
                Part("Pool Manager", lambda: _pool_manager(house)),
                Part("Artifact Store and Stale Manager", lambda: _artifact_store(house)),
                Part("Arbitration Engine", lambda: _arbitration_engine(house)),
                Part("DAG Tracker", _dag_tracker),
            ),
        ),
        Phase(4, "Conductor", (Part("Conductor", lambda: _conductor(house)),)),
        Phase(5, "UI", tuple(ui_parts)),
    ]


async def _foundation(house: House) -> Stop:
    arm_from_environment()
    house.data_folder.ensure()
    house.reload_settings()
    house.redactor = Redactor(known_values(os.environ))
    house.store = open_store(house.data_folder, house.clock, house.redactor.value)

    async def stop() -> None:
        await asyncio.to_thread(house.store.close)

    return stop


async def _ipc(house: House, host_factory: HostFactory) -> Stop:
    house.runtime_folder = runtime_folder(house.data_folder)
    # A program that was killed may have left Players behind; they end before any run goes on.
    house.ended_survivors = tuple(end_survivors(house.runtime_folder))
    host = house.host = host_factory(house.runtime_folder)

    async def stop() -> None:
        await host.close()

    return stop


async def _pool_manager(house: House) -> Stop:
    loop = asyncio.get_running_loop()

    def changed() -> None:
        states = {name: process.machine.state for name, process in house.pool.processes.items()}
        house.events.publish(PoolChanged(states, house.pool.memory_mb(), house.clock.wall()))

    limits = PoolLimits(memory_mb=house.settings.memory_budget_mb)
    pool = Pool(house.host, house.clock, house.data_folder.runs_scratch, limits, changed)
    house.pool = pool

    async def tidy() -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY)
            pool.tidy()

    task = loop.create_task(tidy())

    async def stop() -> None:
        task.cancel()
        await pool.close()

    return stop


async def _artifact_store(house: House) -> Stop:
    settings, folder = house.settings, house.data_folder
    hot = Path(settings.hot_folder) if settings.hot_folder else folder.artifacts
    warm = Path(settings.warm_folder) if settings.warm_folder else hot
    house.artifacts = ArtifactStore(house.store, folder, hot, warm, house.clock)
    rules = Rules(settings.hot_days, settings.warm_days, settings.retention_days)
    house.stale = StaleManager(house.store, house.artifacts, house.clock, rules)
    budget = Budget(settings.disk_budget_mb * (1 << 20))

    def look_after() -> None:
        house.stale.apply(house.stale.plan(house.clock.wall(), budget))
        house.stale.sweep()

    async def keep_house() -> None:
        while True:
            await asyncio.sleep(CLEAN_EVERY)
            await asyncio.to_thread(look_after)

    task = asyncio.get_running_loop().create_task(keep_house())

    async def stop() -> None:
        task.cancel()

    return stop


async def _arbitration_engine(house: House) -> None:
    house.arbitration = ArbitrationEngine(house.settings.cpu_slots, house.settings.wait_slots)


async def _dag_tracker() -> None:
    """A tracker belongs to a run and starts with it; here its chart is loaded and checked."""
    import harmony.states.task  # noqa: F401


async def _conductor(house: House) -> Stop:
    house.environment = await asyncio.to_thread(environment_digest)
    await house.load_players()
    services = Services(
        store=house.store,
        artifacts=house.artifacts,
        arbitration=house.arbitration,
        pool=house.pool,
        events=house.events,
        loop=asyncio.get_running_loop(),
        clock=house.clock,
        randomness=house.randomness,
        redactor=house.redactor,
        data_folder=house.data_folder,
        python=sys.executable,
        environment=os.environ,
    )
    conductor = Conductor(
        services,
        spec_of=house.spec_of,
        package_of=house.package_of,
        player_ids=house.player_ids,
        environment=lambda: house.environment,
    )
    house.conductor = conductor

    async def stop() -> None:
        conductor.leave_all()

    return stop


def probes(house: House) -> list[Probe]:
    """The quick probes of every start."""

    async def store() -> str:
        count = len(house.store.runs(limit=1))
        if house.store.problems:
            return str(house.store.problems[0])
        return "opens and answers" if count else "opens and answers; no runs yet"

    async def players() -> str:
        return f"{len(house.catalogue.players())} Players known"

    async def sockets() -> str:
        return f"{house.runtime_folder} is private"

    return [
        Probe("Polyphony Store", store),
        Probe("Catalogue", players),
        Probe("Runtime folder", sockets),
    ]


def deep_probes(house: House) -> list[Probe]:
    """Further probes for `harmony doctor`: they start a process and write to the disk."""

    async def player() -> str:
        started = house.clock.monotonic()
        built_in = house.catalogue.packages[0]
        package = Package(built_in.name, built_in.hash, built_in.source, sys.executable)
        tenant = _ProbeTenant(asyncio.get_running_loop().create_future())
        house.pool.acquire(package, tenant)
        process = await asyncio.wait_for(tenant.came, 30)
        house.pool.release(process)
        milliseconds = (house.clock.monotonic() - started) * 1000
        return f"a process came up in {milliseconds:.0f} ms"

    async def disk() -> str:
        stat = os.statvfs(house.data_folder.home)
        free = stat.f_bavail * stat.f_frsize / 1e9
        return f"{house.data_folder.home}: {free:.1f} GB free"

    async def interrupted() -> str:
        runs = house.store.leases.interrupted()
        return f"{len(runs)} interrupted run(s)" if runs else "no interrupted runs"

    return [
        Probe("Player process", player),
        Probe("Data folder", disk),
        Probe("Runs", interrupted),
    ]


@dataclass(slots=True, eq=False)
class _ProbeTenant:
    """Waits for a process, to see that one comes up."""

    came: asyncio.Future[PooledProcess]

    def acquired(self, process: PooledProcess) -> None:
        self.came.set_result(process)

    def received(self, message: Any) -> None:
        """A probe sends nothing, so nothing comes."""

    def output(self, stream: Stream, data: bytes) -> None:
        """What a starting process prints does not matter while it comes up."""

    def lost(self, ending: Exit) -> None:
        if not self.came.done():
            reason = ending.stderr_tail or f"exit code {ending.code}"
            self.came.set_exception(BootstrapError("bootstrap.player_probe_failed", reason=reason))
