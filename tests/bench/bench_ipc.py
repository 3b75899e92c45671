"""What it costs to talk to a Player process: one message there and back, and many at once.

A ping is a message of 100 bytes that goes through the whole bus to the process and comes back; a
task is a Player that does nothing, with 100 bytes of input. The floor of a round trip is 100 bytes
there and back over a bare blocking AF_UNIX socket between two processes, measured in turns with it;
that of many at once is the same bytes through that socket, written and read in blocks. Beside each
rate stands the processor time that a message costs in the program and in the child.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import asyncio
import os
import socket
import statistics
import subprocess
import tempfile
import time

from bench_throughput import PLAYERS, with_asyncio, with_qt
from measuring import row

from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.wire.launch import Launch

ROUND_TRIPS = 400
ROUNDS = 5
AT_ONCE = 10_000
TASKS = 2_000
AHEAD = 8
SIZE = 100

ECHO = """
import socket, sys
s = socket.socket(fileno=int(sys.argv[1]))
while data := s.recv(262144):
    s.sendall(data)
"""


class Ears:
    """Counts what comes back."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.wanted = 0
        self.all: asyncio.Future[None] = loop.create_future()
        self.came = 0.0
        self.more: Any = None

    def ready(self, players: tuple[str, ...]) -> None:
        self.is_ready.set_result(None)

    def received(self, message: Any) -> None:
        if message["kind"] not in ("pong", "result"):
            return
        self.wanted -= 1
        if self.more is not None:
            self.more()
        if self.wanted == 0:
            self.came = time.perf_counter()
            self.all.set_result(None)

    def output(self, stream: str, data: bytes) -> None:
        """Nothing is printed."""

    def exited(self, ending: Any) -> None:
        self.gone.set_result(None)

    def expect(self, count: int) -> None:
        self.wanted, self.all = count, asyncio.get_running_loop().create_future()


class Bare:
    """The floor: a process that sends back what it gets."""

    def __init__(self) -> None:
        self.socket, other = socket.socketpair(socket.AF_UNIX)
        self.child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", ECHO, str(other.fileno())],
            pass_fds=[other.fileno()],
        )
        other.close()

    def round_trips(self, count: int) -> list[float]:
        message = b"x" * SIZE
        times = []
        for _ in range(count):
            started = time.perf_counter()
            self.socket.sendall(message)
            self.socket.recv(SIZE)
            times.append(time.perf_counter() - started)
        return times

    def rate(self, count: int) -> float:
        """Messages a second in blocks of 64 KiB, there and back."""
        block = b"x" * SIZE * 640
        rest = count * SIZE
        started = time.perf_counter()
        while rest > 0:
            self.socket.sendall(block)
            missing = len(block)
            while missing:
                missing -= len(self.socket.recv(missing))
            rest -= len(block)
        return count / (time.perf_counter() - started)

    def close(self) -> None:
        self.socket.close()
        self.child.wait()


def run() -> Iterable[dict[str, Any]]:
    """Both adapters."""
    bare = Bare()
    bare.round_trips(200)
    for adapter, live in (("asyncio", with_asyncio), ("qt", with_qt)):
        rows: list[tuple[str, float, str, float]] = []
        live(lambda host, rows=rows: measure(host, bare, rows))
        for case, value, unit, floor in rows:
            yield row("ipc", f"{case}, {adapter}", value, unit, floor)
    bare.close()


async def measure(make_host: Any, bare: Bare, rows: list[tuple[str, float, str, float]]) -> None:
    """One process, asked again and again."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        host = make_host(runtime_folder(folder))
        ears = Ears()
        launch = Launch("p", "players", str(PLAYERS), sys.executable, Path(home))
        process = host.start(launch, ears)
        await ears.is_ready
        await ping_rounds(process, ears, 100)
        pings, floors = [], []
        for _ in range(ROUNDS):
            # In turns with the floor: both meet the machine in the same mood.
            floors.append(sorted(bare.round_trips(ROUND_TRIPS)))
            pings.append(sorted(await ping_rounds(process, ears, ROUND_TRIPS)))
        best = min(range(ROUNDS), key=lambda n: statistics.median(pings[n]))
        floor = min(statistics.median(each) for each in floors)
        rows.append(("ping p50", statistics.median(pings[best]) * 1e6, "µs", floor * 1e6))
        p99 = min(each[len(each) * 99 // 100] for each in pings)
        floor99 = min(each[len(each) * 99 // 100] for each in floors)
        rows.append(("ping p99", p99 * 1e6, "µs", floor99 * 1e6))
        rate, program, child = 0.0, float("inf"), float("inf")
        for _ in range(ROUNDS):
            one = await many(process, ears, AT_ONCE)
            rate, program, child = max(rate, one[0]), min(program, one[1]), min(child, one[2])
        bare_rate = max(bare.rate(AT_ONCE) for _ in range(ROUNDS))
        rows.append((f"{AT_ONCE:,} pings at once", rate, "round trips/s", bare_rate))
        rows.append(("processor time of a ping, program", program * 1e6, "µs", floor * 1e6))
        rows.append(("processor time of a ping, child", child * 1e6, "µs", floor * 1e6))
        work = Work(process, ears, Path(home))
        await work.go(TASKS, 1)
        for ahead in (1, AHEAD):
            measured = [await work.go(TASKS, ahead) for _ in range(ROUNDS)]
            name = f"task, {ahead} at once"
            rows.append((name, max(one[0] for one in measured), "tasks/s", 1 / floor))
            for side, number in (("program", 1), ("child", 2)):
                least = min(one[number] for one in measured)
                rows.append((f"processor time of a {name}, {side}", least * 1e6, "µs", floor * 1e6))
        process.stop()
        await ears.gone
        await host.close()


async def ping_rounds(process: Any, ears: Ears, count: int) -> list[float]:
    """Seconds of each round trip, as the listener sees it."""
    times = []
    for number in range(count):
        ears.expect(1)
        started = time.perf_counter()
        # A number of many digits, and the length in front: with its answer some 100 bytes.
        process.send({"kind": "ping", "number": 1_000_000_000_000_000 + number})
        await ears.all
        times.append(ears.came - started)
    return times


async def many(process: Any, ears: Ears, count: int) -> tuple[float, float, float]:
    """Round trips a second, and the processor seconds of one in program and child."""
    program, child = time.process_time(), processor_seconds(process.pid)
    started = time.perf_counter()
    ears.expect(count)
    for number in range(count):
        process.send({"kind": "ping", "number": number})
    await ears.all
    rate = count / (ears.came - started)
    spent = time.process_time() - program
    return rate, spent / count, (processor_seconds(process.pid) - child) / count


class Work:
    """Tasks that do nothing, so many of them at the process at a time."""

    def __init__(self, process: Any, ears: Ears, folder: Path) -> None:
        self._process = process
        self._ears = ears
        self._number = 0
        for name in ("scratch", "staging"):
            (folder / "work" / name).mkdir(parents=True)
        self._fields = {
            "player": "players/pass_on",
            "inputs": {"text": {"type": "text", "value": "x" * SIZE}},
            "parameters": {},
            "secrets": {},
            "scratch": str(folder / "work" / "scratch"),
            "staging": str(folder / "work" / "staging"),
        }

    async def go(self, count: int, ahead: int) -> tuple[float, float, float]:
        """Tasks a second, and the processor seconds of one in program and child."""
        process, ears = self._process, self._ears
        program, child = time.process_time(), processor_seconds(process.pid)
        started = time.perf_counter()
        ears.expect(count)
        rest = count - ahead

        def another() -> None:
            nonlocal rest
            if rest > 0:
                rest -= 1
                self._send()

        ears.more = another
        for _ in range(ahead):
            self._send()
        await ears.all
        ears.more = None
        rate = count / (ears.came - started)
        spent = time.process_time() - program
        return rate, spent / count, (processor_seconds(process.pid) - child) / count

    def _send(self) -> None:
        self._number += 1
        self._process.send(
            {"kind": "run", "task": f"task-{self._number}", "attempt": 1, **self._fields}
        )


def processor_seconds(pid: int) -> float:
    """The processor time of another process, exact to a nanosecond where the system tells it."""
    nanoseconds = Path(f"/proc/{pid}/schedstat")
    if nanoseconds.exists():
        # Of the main thread alone; the other one sleeps.
        return int(nanoseconds.read_text().split()[0]) / 1e9
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
