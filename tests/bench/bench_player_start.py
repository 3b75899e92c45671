"""Milliseconds until a Player process is ready; the floor is an interpreter that does nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import asyncio
import subprocess
import tempfile
import time

from measuring import row, seconds

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.ipc.aio import AioProcessHost
from harmony.pit.pool import Package, Pool, PooledProcess, PoolLimits
from harmony.wire.launch import Exit

ROUNDS = 5


class Guest:
    """Waits for a process."""

    run, task, attempt = "", "measured", 1

    def __init__(self) -> None:
        self.came: asyncio.Future[PooledProcess] = asyncio.get_running_loop().create_future()

    def acquired(self, process: PooledProcess) -> None:
        self.came.set_result(process)

    def received(self, message: Any) -> None:
        """Nothing was asked."""

    def output(self, stream: Any, data: bytes) -> None:
        """Nothing is printed."""

    def lost(self, ending: Exit) -> None:
        if not self.came.done():
            self.came.set_exception(RuntimeError(ending.stderr_tail))


def run() -> Iterable[dict[str, Any]]:
    """Cold, and warm from the pool."""
    bare = seconds(lambda: subprocess.run([sys.executable, "-I", "-c", "pass"], check=True), ROUNDS)
    cold, warm = asyncio.run(measure())
    yield row("player_start", "cold", cold * 1e3, "ms", bare * 1e3)
    yield row("player_start", "warm", warm * 1e3, "ms", bare * 1e3)


async def measure() -> tuple[float, float]:
    """The best of some starts, and of some hand-overs."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        host = AioProcessHost(runtime_folder(folder))
        pool = Pool(host, SystemClock(), folder.runs_scratch, PoolLimits(), lambda: None)
        cold = min([(await acquire(pool, number))[0] for number in range(ROUNDS)])
        process = (await acquire(pool, 99))[1]
        assert process.tenant is not None
        pool.release(process, process.tenant)
        seconds_, again = await acquire(pool, 99)
        assert again is process
        await pool.close()
        return cold, seconds_


async def acquire(pool: Pool, package: int) -> tuple[float, PooledProcess]:
    """Ask for a process of a package of its own."""
    guest = Guest()
    started = time.perf_counter()
    pool.acquire(Package("harmony", str(package), "harmony.players.library", sys.executable), guest)
    process = await guest.came
    return time.perf_counter() - started, process
