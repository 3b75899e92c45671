"""Health probes: the quick ones of every start, and those of `harmony doctor`."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any, Final

from harmony.bootstrap.errors import BootstrapError
from harmony.bootstrap.house import House
from harmony.bootstrap.phases import Probe
from harmony.pit.pool import Package, PooledProcess
from harmony.pit.process import Stream
from harmony.polyphony.errors import StoreWarning
from harmony.wire.launch import Exit

RUNS_VERIFIED: Final = 20
"""The newest runs whose journals `harmony doctor` walks through."""

PROCESS_SECONDS: Final = 40.0
"""How long a Player process may take to come up; the host gives it up somewhat earlier."""


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
        try:
            process = await asyncio.wait_for(tenant.came, PROCESS_SECONDS)
        except TimeoutError:
            house.pool.withdraw(package, tenant)
            reason = f"nothing came within {PROCESS_SECONDS:g} seconds"
            raise BootstrapError("bootstrap.player_probe_failed", reason=reason) from None
        house.pool.release(process, tenant)
        milliseconds = (house.clock.monotonic() - started) * 1000
        return f"a process came up in {milliseconds:.0f} ms"

    async def disk() -> str:
        stat = os.statvfs(house.data_folder.home)
        free = stat.f_bavail * stat.f_frsize / 1e9
        return f"{house.data_folder.home}: {free:.1f} GB free"

    async def interrupted() -> str:
        runs = house.store.leases.interrupted()
        return f"{len(runs)} interrupted run(s)" if runs else "no interrupted runs"

    def verify() -> tuple[list[StoreWarning], int]:
        store = house.store
        problems, runs = store.verify_system(), store.runs(limit=RUNS_VERIFIED)
        for run in runs:
            problems += store.verify_run(run.id)
        return problems, len(runs)

    async def history() -> str:
        problems, runs = await asyncio.to_thread(verify)
        if problems:
            raise BootstrapError(
                "bootstrap.history_damaged", count=len(problems), first=str(problems[0])
            )
        return f"the system chain and the last {runs} run(s) are as they were written"

    return [
        Probe("Player process", player),
        Probe("Data folder", disk),
        Probe("Runs", interrupted),
        Probe("History", history),
    ]


@dataclass(slots=True, eq=False)
class _ProbeTenant:
    """Waits for a process, to see that one comes up."""

    came: asyncio.Future[PooledProcess]
    run: str = ""
    task: str = "probe"
    attempt: int = 1

    def acquired(self, process: PooledProcess) -> None:
        if not self.came.done():
            self.came.set_result(process)

    def received(self, message: Any) -> None:
        """A probe sends nothing, so nothing comes."""

    def output(self, stream: Stream, data: bytes) -> None:
        """What a starting process prints does not matter while it comes up."""

    def lost(self, ending: Exit) -> None:
        if not self.came.done():
            reason = ending.stderr_tail or f"exit code {ending.code}"
            self.came.set_exception(BootstrapError("bootstrap.player_probe_failed", reason=reason))
