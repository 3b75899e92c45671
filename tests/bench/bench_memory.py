"""What a run of many tasks takes: heap a finished task, what is left after it, collector pauses.

The engine and the store are the real ones; the processes answer at once within this one, so that
only the program itself is seen. The floor of the heap is a task as a tuple of its id and its
output; that of a pause is the 16 ms of a frame.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row

PLAYERS = Path(__file__).parent / "players"
TASKS = 100_000
TRACED = 20_000
AT_ONCE = 1_000
FRAME_MS = 16.0


def run() -> Iterable[dict[str, Any]]:
    """Rows for one run of 1 → 100,000 tasks over lists."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        settings = {"players_folders": [str(PLAYERS)]}
        Path(home, "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        found = asyncio.run(measure(Path(home), TASKS))
        tracemalloc.start(1)  # it takes three times as long: fewer tasks, and no time is measured
        traced = asyncio.run(measure(Path(home), TRACED))
        tracemalloc.stop()
    bare = bare_bytes()
    yield row("memory", "heap a finished task", traced["grown"] / TRACED, "bytes", bare)
    yield row("memory", "left after the run, a task", traced["left"] / TRACED, "bytes", bare)
    yield row("memory", "longest collector pause", found["pause"], "ms", FRAME_MS)
    yield row("memory", "processor time a task", found["cpu"] / TASKS * 1e6, "us", bare_cpu())


async def measure(home: Path, tasks: int) -> dict[str, float]:
    """Bytes grown and left, the longest pause in ms, processor seconds."""
    from harmony.symphony import Symphony

    pauses = Pauses()
    async with await Symphony.open(home, lambda _: Within(asyncio.get_running_loop())) as symphony:
        await (await symphony.start(fan(10))).finished()  # what is made once is made
        gc.collect()
        before, cpu = heap(), time.process_time()
        run = await symphony.start(fan(tasks))
        gc.callbacks.append(pauses)
        state = await run.finished()
        gc.callbacks.remove(pauses)
        cpu = time.process_time() - cpu
        assert state == "Completed", state
        grown = heap() - before
        del run
        await asyncio.sleep(0)
        gc.collect()
        return {
            "grown": grown,
            "left": heap() - before,
            "pause": pauses.longest,
            "cpu": cpu,
        }


class Pauses:
    """Hears of the garbage collector."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._began = 0.0

    def __call__(self, phase: str, _: Mapping[str, int]) -> None:
        now = time.thread_time()  # other programs on this machine are no pause of ours
        if phase == "start":
            self._began = now
        else:
            self.longest = max(self.longest, (now - self._began) * 1e3)


class Within:
    """A `ProcessHost` whose processes are functions: what a Player would say is said at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def start(self, launch: Any, listener: Any) -> Answering:
        process = Answering(self._loop, listener)
        self._loop.call_soon(listener.ready, ())
        return process

    async def close(self) -> None:
        """There is nothing to end."""


class Answering:
    """A process that answers each task with a text of its own."""

    pid = None

    def __init__(self, loop: asyncio.AbstractEventLoop, listener: Any) -> None:
        self._loop = loop
        self._listener = listener
        self._asked: list[tuple[str, int, str]] = []

    def send(self, message: Mapping[str, Any]) -> None:
        if message["kind"] != "run":
            return
        if not self._asked:
            self._loop.call_soon(self._answer)
        self._asked.append((message["task"], message["attempt"], message["player"]))

    def _answer(self) -> None:
        asked, self._asked = self._asked, []
        for task, attempt, player in asked:
            name = {"task": task, "attempt": attempt}
            self._listener.received({"kind": "started", **name})
            result = {"type": "text", "value": f"done {task}"}
            outputs: dict[str, Any] = {"text": result}
            if player.endswith("spread"):
                items = [{"type": "text", "value": f"{task} {n}"} for n in range(spread_to)]
                outputs = {"texts": {"type": "list[text]", "items": items}}
            usage = {"cpu_seconds": 0.0, "memory_mb": 0.0}
            ending = {"kind": "result", **name, "outputs": outputs, "seconds": 0.0, "usage": usage}
            self._listener.received(ending)

    def drain(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...


spread_to = AT_ONCE


def fan(tasks: int) -> Any:
    """Lists of a thousand, and a task for each of their items."""
    from harmony.melody.model import Connection, Melody, Node

    melody = Melody(id="many", name="Many")
    for number in range(max(1, tasks // AT_ONCE)):
        begin, spread, each = f"begin{number}", f"spread{number}", f"each{number}"
        melody.nodes[begin] = Node(begin, "players/begin")
        melody.nodes[spread] = Node(spread, "players/spread")
        melody.nodes[each] = Node(each, "players/pass_on")
        melody.connections[Connection(begin, "text", spread, "text")] = "hard"
        melody.connections[Connection(spread, "texts", each, "text")] = "hard"
    return melody


def heap() -> int:
    """Bytes that Python objects take now; what the allocator keeps for later is not counted."""
    return tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else 0


def bare_bytes() -> float:
    """Bytes of the least that could be kept of a task."""
    tracemalloc.start(1)
    before = heap()
    kept = [(f"each{n // 1000}[{n % 1000}]", f"done {n}") for n in range(10_000)]
    taken = (heap() - before) / len(kept)
    tracemalloc.stop()
    return taken


def bare_cpu() -> float:
    """Microseconds to make and read what a task says, as JSON."""
    started = time.process_time()
    for number in range(10_000):
        text = json.dumps({"task": f"n{number}", "outputs": {"text": {"value": f"x{number}"}}})
        json.loads(text)
    return (time.process_time() - started) / 10_000 * 1e6
