"""Milliseconds until a Player process is ready, and from there until a task runs in it.

The floor of a start is a `-I` interpreter that imports socket and json, connects and sends one
frame; both are started in turns. `ready to running` is a task that is sent the moment the process
is ready, when what runs Players may still be loading; `warm` is one that is sent to a process that
has been waiting. Their floor is a round trip over a bare socket.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import asyncio
import socket
import subprocess
import tempfile
import time

from bench_ipc import Bare
from measuring import row

from harmony.foundation.paths import DataFolder, runtime_folder
from harmony.ipc.aio import AioProcessHost
from harmony.wire.launch import Launch

ROUNDS = 12

FIRST_FRAME = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
text = json.dumps({"kind": "ready", "players": []}).encode()
s.sendall(len(text).to_bytes(4, "big") + text)
s.recv(1)
"""


class Ears:
    """Waits for a process to be ready, and for its tasks to begin and end."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.process: Any = None
        self.run: dict[str, Any] = {}
        self.ready_at = self.running_at = 0.0
        self.done: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()

    def ready(self, players: tuple[str, ...]) -> None:
        self.ready_at = time.perf_counter()
        self.process.send(self.run)

    def received(self, message: Any) -> None:
        if message["kind"] == "started":
            self.running_at = time.perf_counter()
        elif message["kind"] in ("result", "failure"):
            assert message["kind"] == "result", message
            self.done.set_result(None)

    def output(self, stream: str, data: bytes) -> None:
        """Nothing is printed."""

    def exited(self, ending: Any) -> None:
        self.gone.set_result(None)


def run() -> Iterable[dict[str, Any]]:
    """Cold and warm."""
    floor, ready, running, warm = asyncio.run(measure())
    bare = Bare()
    bare.round_trips(200)
    round_trip = min(bare.round_trips(500))
    bare.close()
    yield row("player_start", "cold to ready", ready * 1e3, "ms", floor * 1e3)
    yield row("player_start", "cold, ready to running", running * 1e3, "ms", round_trip * 1e3)
    yield row("player_start", "warm, ready to running", warm * 1e3, "ms", round_trip * 1e3)


async def measure() -> tuple[float, float, float, float]:
    """The best of some starts, each beside its floor."""
    floors, readies, runnings, warms = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        host = AioProcessHost(runtime_folder(folder))
        for number in range(ROUNDS):
            floors.append(first_frame(Path(home)))
            ears = Ears()
            # The library is what most processes serve; its Players are known from its manifest.
            launch = Launch(
                f"p{number}", "harmony", "harmony.players.library", sys.executable, Path(home)
            )
            ears.run = task(Path(home), "first")
            started = time.perf_counter()
            ears.process = host.start(launch, ears)
            await ears.done
            readies.append(ears.ready_at - started)
            runnings.append(ears.running_at - ears.ready_at)
            ears.done = asyncio.get_running_loop().create_future()
            started = time.perf_counter()
            ears.process.send(task(Path(home), "second"))
            await ears.done
            warms.append(ears.running_at - started)
            ears.process.stop()
            await ears.gone
        await host.close()
    return min(floors), min(readies), min(runnings), min(warms)


def task(home: Path, name: str) -> dict[str, Any]:
    """A small task of the library."""
    return {
        "kind": "run",
        "task": name,
        "attempt": 1,
        "player": "harmony/text_value",
        "inputs": {},
        "parameters": {"value": "x"},
        "secrets": {},
        "scratch": str(home),
        "staging": str(home),
    }


def first_frame(home: Path) -> float:
    """Seconds until a bare interpreter has sent one frame."""
    with socket.socket(socket.AF_UNIX) as server:
        path = home / "floor.socket"
        server.bind(str(path))
        server.listen(1)
        started = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-I", "-c", FIRST_FRAME, str(path)])
        accepted, _ = server.accept()
        with accepted:
            accepted.recv(100)
            seconds = time.perf_counter() - started
        child.wait()
        path.unlink()
    return seconds
