"""What is started when the program comes up: the parts of each phase.

The adapter for processes is handed in (Qt for the Board, asyncio for everything else), and so is
phase 5, which only the Board has.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harmony.bootstrap.anticipation import Anticipation, breakers_of
from harmony.bootstrap.phases import Part, Phase, Stop
from harmony.bootstrap.rounds import Rounds
from harmony.bootstrap.tiers import tiers_of
from harmony.conductor.conductor import Conductor
from harmony.conductor.events import Event, PlayersChanged, PoolChanged, ProblemNoticed
from harmony.conductor.secrets import known_values
from harmony.conductor.services import Services
from harmony.conductor.storing import sweep_scratch
from harmony.foundation.clock import Clock
from harmony.foundation.events import EventStream
from harmony.foundation.failpoints import arm_from_environment
from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.foundation.randomness import Randomness
from harmony.foundation.redaction import Redactor
from harmony.foundation.settings import Settings, load
from harmony.ipc.records import end_survivors
from harmony.orchestra.catalogue import Catalogue, load_catalogue_async
from harmony.orchestra.watching import LOOK_EVERY, PackageWatch, watch_packages
from harmony.pit.arbitration import ArbitrationEngine
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.text_index import TextIndex
from harmony.pit.pool import Pool, PoolLimits
from harmony.pit.process import ProcessHost
from harmony.pit.stale.manager import StaleManager
from harmony.pit.stale.plan import DAY
from harmony.players.environment import environment_digest
from harmony.players.specs import PackageManifest, PlayerSpec
from harmony.polyphony.store import Store, open_store

HostFactory = Callable[[Path], ProcessHost]
"""Makes the adapter for processes, given the private folder for its sockets."""

CLEAN_EVERY = 600.0
"""Seconds between two rounds of the Stale Manager; the first comes when the start is long over."""

TIDY_EVERY = 15.0
"""Seconds between two looks at idle processes and at what the store has to say."""

POOL_SETTLES = 0.1
"""Seconds in which changes of the pool are told together: a short task makes two of them."""

MOVES_AT_ONCE = 20
"""Artifacts moved between two looks at whether the program is to end."""


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
    slots: int | None = None
    """How many tasks of each kind run at once in this program; None: as the settings say."""
    store: Store = field(init=False)
    host: ProcessHost = field(init=False)
    artifacts: ArtifactStore = field(init=False)
    stale: StaleManager = field(init=False)
    arbitration: ArbitrationEngine = field(init=False)
    pool: Pool = field(init=False)
    catalogue: Catalogue = field(init=False)
    conductor: Conductor = field(init=False)
    anticipation: Anticipation = field(init=False)
    _watch: PackageWatch = field(default_factory=PackageWatch)

    async def load_players(self) -> Catalogue:
        """Read the catalogue anew: the built-in library and the user's folders.

        Processes of what has changed end when they are idle, what is foreseen is foreseen of the
        Players as they are now, and `PlayersChanged` is told.
        """
        before = self.catalogue
        after = await self.read_players()
        changed = _differences(before, after)
        if changed:
            self.anticipation.players_changed()
            self.events.publish(PlayersChanged(changed, self.clock.wall()))
        return after

    async def read_players(self) -> Catalogue:
        """Read the catalogue, for the first time or anew, without telling anybody."""
        self.catalogue = await load_catalogue_async(
            self.players_folders(), self.data_folder.players
        )
        for package in self.catalogue.packages:
            self.pool.retire(package.name, package.hash)
        return self.catalogue

    def players_folders(self) -> list[Path]:
        """The user's folders of Players, as the settings name them."""
        return [Path(folder) for folder in self.settings.players_folders]

    async def refresh_players(self) -> bool:
        """Read the catalogue anew when the source of a package has changed; whether it had."""
        if self._watch.untouched(self.catalogue):
            return False
        if not await asyncio.to_thread(self._watch.changed, self.catalogue):
            return False
        await self.load_players()
        return True

    def notice(self, error: BaseException) -> None:
        """Tell a person of something that went wrong while the program works on."""
        message = self.redactor.text(str(error) or type(error).__name__)
        self.events.publish(ProblemNoticed(message, self.clock.wall()))

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
    house.store = open_store(house.data_folder, house.clock, house.redactor)

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
    due: asyncio.TimerHandle | None = None

    def tell() -> None:
        nonlocal due
        due = None
        states, memory_mb = house.pool.look()
        refused = dict(house.pool.breakers.refused())
        house.events.publish(PoolChanged(states, memory_mb, house.clock.wall(), refused))

    def changed() -> None:
        nonlocal due
        due = due or loop.call_later(POOL_SETTLES, tell)

    limits = PoolLimits(
        memory_mb=house.settings.memory_budget_mb,
        processes_at_once=house.slots or house.settings.cpu_slots,
    )
    pool = Pool(
        house.host,
        house.clock,
        house.data_folder.runs_scratch,
        limits,
        changed,
        randomness=house.randomness.fork(),
        breakers=breakers_of(house.store, house.clock, house.notice),
    )
    house.pool = pool
    told = 0

    async def tidy() -> None:
        nonlocal told
        pool.tidy()
        for problem in house.store.problems[told:]:
            told += 1
            house.notice(problem)

    rounds = Rounds(TIDY_EVERY, tidy, house.notice)

    async def stop() -> None:
        await rounds.stop()
        await pool.close()
        if due is not None:
            due.cancel()

    return stop


async def _artifact_store(house: House) -> Stop:
    tiers = tiers_of(house.settings, house.data_folder, house.store, house.clock, os.environ)
    house.artifacts, house.stale = tiers.artifacts, tiers.stale

    def look_after() -> None:
        moves = house.stale.plan(house.clock.wall(), tiers.budget)
        for start in range(0, len(moves), MOVES_AT_ONCE):
            if rounds.stopping:
                return
            house.stale.apply(moves[start : start + MOVES_AT_ONCE])
        house.stale.sweep()
        TextIndex(house.store, house.artifacts, house.clock).fill(lambda: rounds.stopping)
        sweep_scratch(house.store, house.data_folder.runs_scratch, house.clock.wall() - DAY)

    async def keep_house() -> None:
        await asyncio.to_thread(look_after)

    rounds = Rounds(CLEAN_EVERY, keep_house, house.notice)

    async def stop() -> None:
        await rounds.stop()
        # Kept in memory until now: what was read last is what should expire last.
        house.artifacts.flush_accesses()

    return stop


async def _arbitration_engine(house: House) -> None:
    settings = house.settings
    house.arbitration = ArbitrationEngine(
        house.slots or settings.cpu_slots,
        house.slots or settings.wait_slots,
        memory_mb=settings.memory_budget_mb,
        clock=house.clock,
    )


async def _dag_tracker() -> None:
    """A tracker belongs to a run and starts with it; here its chart is loaded and checked."""
    import harmony.states.task  # noqa: F401


async def _conductor(house: House) -> Stop:
    house.environment = await asyncio.to_thread(environment_digest)
    await house.read_players()
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
    house.anticipation = Anticipation(
        house.store, house.pool, house.clock, lambda: house.catalogue, house.notice
    )
    conductor = Conductor(
        services,
        spec_of=house.spec_of,
        package_of=house.package_of,
        player_ids=house.player_ids,
        environment=lambda: house.environment,
        used=house.anticipation.players_used,
    )
    house.conductor = conductor
    stop_watching = _watch_players(house)

    async def stop() -> None:
        await stop_watching()
        await conductor.close()

    return stop


def _watch_players(house: House) -> Stop:
    """A changed or new file of Players reaches new processes without a restart (seeds/004)."""

    async def changed(_: Mapping[str, str]) -> None:
        try:
            await house.load_players()
        except Exception as error:  # noqa: BLE001 - told, and tried again at the next change
            house.notice(error)

    def over(watch: asyncio.Task[None]) -> None:
        error = None if watch.cancelled() else watch.exception()
        if error is not None:
            house.notice(error)

    watch = asyncio.create_task(
        watch_packages(lambda: house.catalogue, changed, house.players_folders)
    )
    watch.add_done_callback(over)
    settings_file = house.data_folder.settings_file
    seen = _touched(settings_file)

    async def look_at_settings() -> None:
        """`harmony players add` beside this program names a folder that it does not watch yet."""
        nonlocal seen
        before, seen = seen, _touched(settings_file)
        if seen != before:
            folders = house.players_folders()
            house.reload_settings()
            if house.players_folders() != folders:
                await house.load_players()

    rounds = Rounds(LOOK_EVERY, look_at_settings, house.notice)

    async def stop() -> None:
        await rounds.stop()
        watch.cancel()
        await asyncio.wait([watch])

    return stop


def _touched(path: Path) -> int:
    """When a file was written last, 0 for one that is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _differences(before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """The packages of which one of the catalogues holds other Players than the other."""
    old = {package.name: package.hash for package in before.packages}
    new = {package.name: package.hash for package in after.packages}
    return tuple(name for name in {**old, **new} if old.get(name) != new.get(name))
