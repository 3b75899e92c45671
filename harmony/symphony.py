"""The facade: everything put together, for the Board, the terminal and a script alike.

async with await Symphony.open() as symphony:
    run = await symphony.start_file("weather.melody")
    print(await run.finished())
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harmony.bootstrap.house import HostFactory, House, deep_probes, phases, probes
from harmony.bootstrap.phases import Part, ProbeResult, Started, bring_up, run_probes
from harmony.conductor.conductor import base_folder_of, snapshot_of
from harmony.conductor.detail import RunDetail, detail_of
from harmony.conductor.events import Event
from harmony.conductor.runner import Runner
from harmony.foundation.clock import Clock, SystemClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.events import EventStream
from harmony.foundation.paths import data_folder
from harmony.foundation.randomness import Randomness
from harmony.melody.file import load
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import Melody
from harmony.melody.validation import Finding, validate
from harmony.orchestra.catalogue import Catalogue
from harmony.polyphony.logs import LogEntry, read_log
from harmony.polyphony.records import RunSummary

__all__ = ["Run", "Symphony", "SymphonyError", "load_file"]


class SymphonyError(HarmonyError):
    """The root of this room's errors."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of this program: its id and what can be done with it."""

    _runner: Runner

    @property
    def id(self) -> str:
        """The run's id."""
        return self._runner.run

    @property
    def status(self) -> str:
        """Its state of chart 3."""
        return self._runner.status

    async def finished(self) -> str:
        """Wait for its end; the state it ended in. Raises RunBrokenError."""
        # Shielded: who stops waiting (Ctrl+C) does not end the run.
        return await asyncio.shield(self._runner.finished)

    def pause(self) -> None:
        """Start no further task; what runs finishes."""
        self._runner.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self._runner.resume()

    def cancel(self) -> None:
        """End it now."""
        self._runner.cancel()


class Symphony:
    """The running program without its window."""

    def __init__(self, house: House, started: Started) -> None:
        self._house = house
        self._started = started

    @classmethod
    async def open(
        cls,
        home: str | Path | None = None,
        host: HostFactory | None = None,
        *,
        ui_parts: Sequence[Part] = (),
        clock: Clock | None = None,
        report_error: Callable[[BaseException, Event], None] | None = None,
    ) -> Symphony:
        """Bring everything up. Raises BootstrapError after a rollback.

        `host` makes the adapter for processes; without it the one for asyncio is used.
        `report_error` hears of subscribers to `events` that fail; without it they end the caller.
        """
        clock = clock or SystemClock()
        house = House(
            data_folder=data_folder(home),
            clock=clock,
            randomness=Randomness(),
            events=EventStream(report_error or _raise),
        )
        started = await bring_up(
            phases(house, host or _asyncio_host, ui_parts), probes(house), clock
        )
        return cls(house, started)

    async def close(self) -> None:
        """Stop everything. Runs that had not ended can be resumed later."""
        await self._started.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # ------------------------------------------------------------------ what is known

    @property
    def house(self) -> House:
        """The parts, for who needs one of them (settings, the pool, the data folder)."""
        return self._house

    @property
    def events(self) -> EventStream[Event]:
        """What happens in all runs of this program."""
        return self._house.events

    @property
    def catalogue(self) -> Catalogue:
        """The Players."""
        return self._house.catalogue

    async def reload_catalogue(self) -> Catalogue:
        """Read the Players anew, after a folder was added or a file changed."""
        self._house.reload_settings()
        return await self._house.load_players()

    async def health(self) -> list[ProbeResult]:
        """Every health probe, the deep ones too."""
        return await run_probes([*probes(self._house), *deep_probes(self._house)])

    # ------------------------------------------------------------------ melodies and runs

    def check(self, melody: Melody) -> list[Finding]:
        """Everything that is wrong with a melody."""
        return validate(melody, self.catalogue.spec, known=self._house.player_ids)

    async def start(
        self,
        melody: Melody,
        *,
        path: str | Path | None = None,
        base_folder: str | Path | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run a snapshot of a melody. Raises MelodyInvalidError, ConductorError."""
        where = str(path) if path is not None else None
        base = str(base_folder) if base_folder else self._base_folder(where)
        runner = self._house.conductor.start(
            melody, base_folder=base, path=where, overrides=overrides
        )
        return await _begun(runner)

    async def start_file(
        self, path: str | Path, *, overrides: Mapping[str, Any] | None = None
    ) -> Run:
        """Run a melody from its file."""
        melody, where = load_file(path)
        return await self.start(melody, path=where, overrides=overrides)

    async def resume(self, run: str) -> Run:
        """Let an interrupted or paused run go on. Finished tasks do not run again."""
        return await _begun(self._house.conductor.resume(self._house.store.run(run).id))

    async def retry(
        self, run: str, melody: Melody | None = None, *, path: str | Path | None = None
    ) -> Run:
        """Try what failed again. With a changed melody: as a child run that reuses by content."""
        summary = self._house.store.run(run)
        conductor = self._house.conductor
        if melody is None or content_hash(melody) == summary.melody_hash:
            return await _begun(conductor.retry(summary.id))
        where = str(path) if path is not None else summary.path
        return await _begun(
            conductor.retry_changed(summary.id, melody, base_folder=summary.base_folder, path=where)
        )

    def active_runs(self) -> list[Run]:
        """The runs of this program that have not ended."""
        return [
            Run(runner)
            for runner in self._house.conductor.runners.values()
            if not runner.finished.done()
        ]

    def runs(self, limit: int = 100, state: str | None = None) -> list[RunSummary]:
        """The newest runs first, of all programs on this data folder."""
        return self._house.store.runs(limit=limit, state=state)

    def interrupted_runs(self) -> list[RunSummary]:
        """Runs that were under way when the program driving them ended."""
        return self._house.store.leases.interrupted()

    async def discard(self, run: str) -> None:
        """End an interrupted run for good: it becomes Cancelled."""
        runner = self._house.conductor.resume(self._house.store.run(run).id)
        runner.cancel()
        await runner.finished

    def show(self, run: str) -> RunDetail:
        """A run with all its tasks, as its journal tells it."""
        return detail_of(self._house.store, run)

    def melody_of(self, run: str) -> Melody:
        """The melody as it was when the run started."""
        return snapshot_of(self._house.store.run_row(run))

    def melody_names(self, run: str) -> dict[str, str]:
        """What a person calls each node of a run's melody."""
        names = {}
        for node in self.melody_of(run).nodes.values():
            spec = self.catalogue.spec(node.player)
            names[node.id] = node.title or (spec.title if spec else node.id)
        return names

    def log(self, run: str, task: str, attempt: int) -> list[LogEntry]:
        """What an attempt of a task logged and printed."""
        summary = self._house.store.run(run)
        return read_log(self._house.data_folder, summary.id, task, attempt)

    # ------------------------------------------------------------------ values

    def value(self, reference: Mapping[str, Any]) -> bytes:
        """The content of an artifact, verified by its hash."""
        return self._house.artifacts.read(reference["hash"])

    def path_of(self, reference: Mapping[str, Any]) -> Path:
        """The file of a large artifact, verified by its hash."""
        return self._house.artifacts.path(reference["hash"])

    def _base_folder(self, path: str | None) -> str:
        return base_folder_of(path, self._house.data_folder.home / "unsaved")


async def _begun(runner: Runner) -> Run:
    """The run, once its first records are on disk."""
    await runner.begun
    return Run(runner)


def load_file(path: str | Path) -> tuple[Melody, str]:
    """A melody and the real path of its file. Raises MelodyFileError."""
    where = os.path.realpath(path)
    return load(Path(where)), where


def _asyncio_host(runtime_folder: Path) -> Any:
    from harmony.ipc.aio import AioProcessHost

    return AioProcessHost(runtime_folder)


def _raise(error: BaseException, _: Event) -> None:
    raise error
