"""A whole engine for tests: real store, real processes, Players of the folder beside this file."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

sys.path.insert(0, str(Path(__file__).parent))

PLAYERS = Path(__file__).parent / "players"


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """The manifest of the trial Players, as a child process describes them."""
    done = subprocess.run(
        [sys.executable, "-m", "harmony.players", "describe", str(PLAYERS)],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass
class Engine:
    """The Conductor with everything under it, on the running event loop."""

    home: Path
    manifest: Any
    environment: dict[str, str] = field(default_factory=dict)
    cpu_slots: int = 2
    python: str = sys.executable
    retry_base: float = 0.0
    events: list[Any] = field(default_factory=list)
    waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        from harmony.conductor.conductor import Conductor
        from harmony.conductor.services import Services
        from harmony.foundation.clock import SystemClock
        from harmony.foundation.events import EventStream
        from harmony.foundation.paths import DataFolder, runtime_folder
        from harmony.foundation.randomness import Randomness
        from harmony.foundation.redaction import Redactor
        from harmony.ipc.aio import AioProcessHost
        from harmony.pit.arbitration import ArbitrationEngine
        from harmony.pit.artifacts import ArtifactStore
        from harmony.pit.pool import Pool, PoolLimits
        from harmony.polyphony.store import open_store

        folder = DataFolder(self.home).ensure()
        clock = SystemClock()
        self.store = open_store(folder, clock)
        self.pool = Pool(
            AioProcessHost(runtime_folder(folder)),
            clock,
            folder.runs_scratch,
            PoolLimits(),
            self._pool_changed,
        )
        stream: EventStream[Any] = EventStream(_raise)
        stream.subscribe(self.events.append)
        self.artifacts = ArtifactStore(self.store, folder)
        self.services = Services(
            store=self.store,
            artifacts=self.artifacts,
            arbitration=ArbitrationEngine(self.cpu_slots, 4),
            pool=self.pool,
            events=stream,
            loop=asyncio.get_running_loop(),
            clock=clock,
            randomness=Randomness(1),
            redactor=Redactor(self.environment.values()),
            data_folder=folder,
            python=self.python,
            environment=self.environment,
            cancel_grace=0.5,
            retry_base=self.retry_base,
        )
        specs = {player.id: player for player in self.manifest.players}
        self.conductor = Conductor(
            self.services,
            spec_of=specs.get,
            package_of=lambda _: self.manifest,
            player_ids=lambda: list(specs),
            environment=lambda: "test",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.conductor.close()
        await self.pool.close()
        self.store.close()

    def until(self, condition: Callable[[Any], bool]) -> asyncio.Future[Any]:
        """The first event, past or to come, that meets a condition."""
        found = asyncio.get_running_loop().create_future()
        for event in self.events:
            if condition(event):
                found.set_result(event)
                return found

        def look(event: Any) -> None:
            if not found.done() and condition(event):
                found.set_result(event)

        self.services.events.subscribe(look)
        return found

    async def pool_is(self, condition: Callable[[], bool]) -> None:
        """Wait until the pool has changed so that a condition holds."""
        if not condition():
            held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append((condition, held))
            await held

    def _pool_changed(self) -> None:
        self.pool.look()  # else the pool would not tell of what changes next
        for condition, held in self.waiting:
            if not held.done() and condition():
                held.set_result(None)

    def text(self, runner: Any, task: str, output: str = "text") -> str:
        """An output of a finished task, read from the artifact store."""
        reference = runner.core.tracker.tasks[task].outputs[output]
        return self.artifacts.read(reference["hash"]).decode()


def _raise(error: BaseException, _: object) -> None:
    raise error


@pytest.fixture
def make_engine(tmp_path: Path, description: dict[str, Any]) -> Callable[..., Engine]:
    """Makes engines on one data folder, one after the other."""
    from harmony.players.specs import description_from_json

    manifest = description_from_json(description).manifest
    return lambda **options: Engine(tmp_path / "home", manifest, **options)
