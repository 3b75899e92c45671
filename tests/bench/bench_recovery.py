"""From the start of a program to a killed run that goes on, in a store with a past.

The store holds 1,000 finished runs and one of 2,000 tasks, whose program killed itself (SIGKILL)
when half of them were done. `resumable` is when a new process has brought everything up and lists
that run as interrupted, with its counts; `first task` is from calling `resume` until a task that
was left over runs in a Player process. Both begin with nothing warm but the files of the system.

The floor is a bare process that opens the database and reads that run's journal, nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time

from bench_throughput import data_folder
from measuring import row

FINISHED = 1_000
AT_ONCE = 50
DEPTH, WIDTH = 40, 50
HALF = DEPTH * WIDTH // 2
ROUNDS = 5

BARE = """
import json, sys, time
import apsw
connection = apsw.Connection(sys.argv[1], flags=apsw.SQLITE_OPEN_READWRITE)
[run] = connection.execute("SELECT id FROM runs WHERE state = 'Executing'").fetchone()
pages = connection.execute("SELECT record FROM journal WHERE run = ?", (run,)).fetchall()
for page in pages:
    json.loads(page[0])
print(json.dumps({"read": time.time()}))
"""


def run() -> Iterable[dict[str, Any]]:
    """The store is made once; each round begins with a copy of it."""
    with data_folder() as home, tempfile.TemporaryDirectory(prefix="harmony-bench-") as place:
        _program("fill", home)
        killed = _program("be-killed", home)
        assert killed["status"] == -signal.SIGKILL, killed
        rounds = []
        for number in range(ROUNDS):
            copy = Path(place, str(number))
            shutil.copytree(home, copy)
            database = next(copy.glob("*.sqlite3"))
            floor = _watched([sys.executable, "-c", BARE, str(database)])
            rounds.append({"floor": floor["read"], "floor_cpu": floor["cpu"]})
            rounds[-1] |= _program("recover", copy)
            shutil.rmtree(copy)
    best = {name: min(each[name] for each in rounds) * 1e3 for name in rounds[0]}
    yield row("recovery", "start to resumable", best["resumable"], "ms", best["floor"])
    yield row("recovery", "resume to first task", best["first_task"], "ms", best["floor"])
    for case, name in (
        ("processor time until resumable", "used"),
        ("processor time from resume to first task", "first_used"),
    ):
        yield row("recovery", case, best[name], "ms", best["floor_cpu"])


def _program(what: str, home: Path) -> dict[str, float]:
    return _watched([sys.executable, __file__, what, str(home)])


def _watched(command: list[str]) -> dict[str, float]:
    """Run a program to its end; moments are told in seconds since it was started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.time()
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told: dict[str, float] = json.loads(ended.stdout or b"{}")
    for name in ("read", "resumable"):
        if name in told:
            told[name] -= started
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {**told, "status": ended.returncode, "cpu": cpu}


async def fill(home: Path) -> None:
    """A past: small runs, some at once."""
    from harmony.symphony import Symphony

    async with await Symphony.open(home) as symphony:
        for begin in range(0, FINISHED, AT_ONCE):
            runs = [
                await symphony.start(_layers(f"past {begin + n}", 3, 1)) for n in range(AT_ONCE)
            ]
            states = await asyncio.gather(*(each.finished() for each in runs))
            assert set(states) == {"Completed"}, states


async def be_killed(home: Path) -> None:
    """Die when half of a large run is done."""
    from harmony.conductor.events import TaskChanged
    from harmony.symphony import Symphony

    done = 0

    def count(event: Any) -> None:
        nonlocal done
        if isinstance(event, TaskChanged) and event.state == "Completed":
            done += 1
            if done == HALF:
                os.kill(os.getpid(), signal.SIGKILL)

    async with await Symphony.open(home) as symphony:
        symphony.events.subscribe(count)
        await (await symphony.start(_layers("large", DEPTH, WIDTH))).finished()


async def recover(home: Path) -> None:
    """Come up, list, go on; tell when, and leave."""
    from harmony.conductor.events import TaskChanged
    from harmony.symphony import Symphony

    symphony = await Symphony.open(home)
    [found] = symphony.interrupted_runs()
    resumable, used = time.time(), time.process_time()
    assert found.total == DEPTH * WIDTH, found
    assert HALF <= found.completed < found.total, found
    executing = asyncio.get_running_loop().create_future()

    def first(event: Any) -> None:
        running = isinstance(event, TaskChanged) and event.state == "Executing"
        if running and not executing.done():
            executing.set_result(time.perf_counter())

    symphony.events.subscribe(first)
    asked = time.perf_counter()
    await symphony.resume(found.id)
    told = {"resumable": resumable, "used": used, "first_task": await executing - asked}
    told["first_used"] = time.process_time() - used
    print(json.dumps(told), flush=True)
    os._exit(0)  # how it closes is not asked here


def _layers(name: str, depth: int, width: int) -> Any:
    """Each node joins two of the layer before, picked by seed."""
    from harmony.melody.model import Connection, Melody, Node

    picked = random.Random(name)
    melody = Melody(id=name, name=name)
    for layer in range(depth):
        for place in range(width):
            node = f"l{layer}_{place}"
            if layer == 0:
                text = f"{name} {place}"
                melody.nodes[node] = Node(node, "players/begin", parameters={"text": text})
                continue
            number = layer * width + place
            melody.nodes[node] = Node(node, "players/join", parameters={"number": number})
            for port in ("first", "second"):
                parent = f"l{layer - 1}_{picked.randrange(width)}"
                melody.connections[Connection(parent, "text", node, port)] = "hard"
    return melody


if __name__ == "__main__":
    if len(sys.argv) == 3:
        what = {"fill": fill, "be-killed": be_killed, "recover": recover}[sys.argv[1]]
        asyncio.run(what(Path(sys.argv[2])))
    else:
        for measured in run():
            print(json.dumps(measured))
