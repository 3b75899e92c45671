"""Round trips to a child: ping and pong, one after the other and a thousand at once.

The floor is a line through the pipes of a bare interpreter.
"""

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

from bench_throughput import ECHO, with_asyncio, with_qt
from measuring import row, seconds

from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.wire.launch import Launch

COUNT = 1_000


class Ears:
    """Counts what comes back."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.wanted = 0
        self.all: asyncio.Future[None] = loop.create_future()

    def ready(self, players: tuple[str, ...]) -> None:
        self.is_ready.set_result(None)

    def received(self, message: Any) -> None:
        self.wanted -= 1
        if self.wanted == 0:
            self.all.set_result(None)

    def output(self, stream: str, data: bytes) -> None:
        """Nothing is printed."""

    def exited(self, ending: Any) -> None:
        self.gone.set_result(None)

    def expect(self, count: int) -> None:
        self.wanted, self.all = count, asyncio.get_running_loop().create_future()


def run() -> Iterable[dict[str, Any]]:
    """Both adapters."""
    floor = COUNT / seconds(bare, 2)
    for adapter, live in (("asyncio", with_asyncio), ("qt", with_qt)):
        rates: dict[str, float] = {}
        live(lambda host, rates=rates: measure(host, rates))
        for case, rate in rates.items():
            yield row("ipc", f"{case}, {adapter}", rate, "round trips/s", floor)


async def measure(make_host: Any, rates: dict[str, float]) -> None:
    """One process, asked again and again."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        host = make_host(runtime_folder(folder))
        ears = Ears()
        launch = Launch("p", "harmony", "harmony.players.library", sys.executable, Path(home))
        process = host.start(launch, ears)
        await ears.is_ready
        started = time.perf_counter()
        for number in range(COUNT):
            ears.expect(1)
            process.send({"kind": "ping", "number": number})
            await ears.all
        rates["one at a time"] = COUNT / (time.perf_counter() - started)
        started = time.perf_counter()
        ears.expect(COUNT)
        for number in range(COUNT):
            process.send({"kind": "ping", "number": number})
        await ears.all
        rates[f"{COUNT:,} at once"] = COUNT / (time.perf_counter() - started)
        process.stop()
        await ears.gone
        await host.close()


def bare() -> None:
    """The same number of lines, there and back."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    for _ in range(COUNT):
        child.stdin.write(b"ping\n")
        child.stdin.flush()
        child.stdout.readline()
    child.stdin.close()
    child.wait()
    child.stdout.close()
