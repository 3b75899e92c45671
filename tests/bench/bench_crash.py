"""A Player process is killed in the middle of a task: when is it seen, when does the next try run?

Through the whole program, with the waiting before a retry set to zero. `seen` ends with the
published failure, which is on disk by then; `running again` with the start of the next attempt in
another process. Another task runs beside it and must not notice. The floor is how long the kernel
takes to tell of the end of a killed process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import asyncio
import os
import select
import signal
import subprocess
import time

from bench_throughput import data_folder, with_asyncio, with_qt
from measuring import row

from harmony.conductor.events import TaskChanged

ROUNDS = 8
NAP = 3600.0
BESIDE = 1.0


def run() -> Iterable[dict[str, Any]]:
    """Both adapters."""
    floor = min(bare() for _ in range(ROUNDS))
    for adapter, live in (("asyncio", with_asyncio), ("qt", with_qt)):
        found: dict[str, float] = {}
        with data_folder() as home:
            live(lambda host, home=home, found=found: measure(home, host, found))
        for case, value in found.items():
            yield row("crash", f"{case}, {adapter}", value * 1e3, "ms", floor * 1e3)


def bare() -> float:
    """Seconds from the kill until a pidfd tells of it."""
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    handle = os.pidfd_open(child.pid)
    started = time.perf_counter()
    child.kill()
    select.select([handle], [], [])
    seconds = time.perf_counter() - started
    os.close(handle)
    child.communicate()
    return seconds


class Watch:
    """Waits for a task to come to a state, and notes when it did."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, int], tuple[float, TaskChanged]] = {}
        self._news = asyncio.Event()

    def __call__(self, event: Any) -> None:
        if isinstance(event, TaskChanged):
            key = (event.task, event.state, event.attempt)
            self.seen[key] = (time.perf_counter(), event)
            self._news.set()

    async def until(self, task: str, state: str, attempt: int) -> tuple[float, TaskChanged]:
        while (task, state, attempt) not in self.seen:
            self._news.clear()
            await self._news.wait()
        return self.seen[task, state, attempt]


async def measure(home: Path, host: Any, found: dict[str, float]) -> None:
    """Kill the same kind of task some times, and take the best."""
    from harmony.symphony import Symphony

    seen, again = [], []
    async with await Symphony.open(home, host) as symphony:
        for number in range(ROUNDS):
            watch = Watch()
            stop = symphony.events.subscribe(watch)
            run = await symphony.start(melody(number))
            _, event = await watch.until("victim", "Executing", 1)
            await watch.until("beside", "Executing", 1)
            pid = symphony.house.pool.processes[event.process].pid
            killed = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            seen.append((await watch.until("victim", "Failed", 1))[0] - killed)
            at, event = await watch.until("victim", "Executing", 2)
            again.append(at - killed)
            await watch.until("beside", "Completed", 1)
            assert ("beside", "Failed", 1) not in watch.seen
            run.cancel()
            await run.finished()
            stop()
    found["killed to seen, best"] = min(seen)
    found["killed to seen, median"] = sorted(seen)[ROUNDS // 2]
    found["killed to running again, best"] = min(again)
    found["killed to running again, median"] = sorted(again)[ROUNDS // 2]


def melody(number: int) -> Any:
    """Two naps of their own; the long one is tried again at once."""
    from harmony.melody.model import Melody, Node, Policy

    made = Melody(id=f"crash-{number}", name="Crash")
    made.nodes["victim"] = Node(
        "victim",
        "players/nap",
        parameters={"seconds": NAP + number},
        retries=1,
        policy=Policy(retry_base=0.0),
    )
    made.nodes["beside"] = Node("beside", "players/nap", parameters={"seconds": BESIDE})
    return made
