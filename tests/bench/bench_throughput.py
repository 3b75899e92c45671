"""Tasks a second that do nothing, through everything: decisions, journal, processes, artifacts.

Chain: each task waits for the one before. Fan: 1 → 1,000 → 1 over a list. Layers: 20 × 50, each
task joins two of the layer before, picked by seed. Two processes; every task is durable.

The floor is a bare loop with two processes and the same commits at the same depth: as many rows a
task in one plain table, a synced transaction for all tasks that came back meanwhile, nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import apsw
from measuring import row

PLAYERS = Path(__file__).parent / "players"
CHAIN = 200
FAN = 1000
LAYERS = (20, 50)
PROCESSES = 2
AHEAD = 32  # tasks in a process at once, as the Players of this benchmark declare
ROUNDS = 3


def run() -> Iterable[dict[str, Any]]:
    """Rows for each shape on both adapters: tasks a second, and processor time a task."""
    floors = {1: bare(CHAIN * 2, 1), PROCESSES * AHEAD: bare(4000, PROCESSES * AHEAD)}
    for adapter, live in (("asyncio", with_asyncio), ("qt", with_qt)):
        found: dict[str, tuple[float, float]] = {}
        with data_folder() as home:
            live(lambda host, home=home, found=found: measure(home, host, found))
        for case, (rate, cpu) in found.items():
            floor_rate, floor_cpu = floors[1 if case.startswith("chain") else PROCESSES * AHEAD]
            yield row("throughput", f"{case}, {adapter}", rate, "tasks/s", floor_rate)
            named = f"{case}, {adapter}: processor time of the program a task"
            yield row("throughput", named, cpu, "us", floor_cpu)


@contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder with the Players that do nothing in its catalogue, and two slots."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        settings = {"players_folders": [str(PLAYERS)], "cpu_slots": PROCESSES}
        Path(home, "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        yield Path(home)


async def measure(home: Path, host: Any, found: dict[str, tuple[float, float]]) -> None:
    """Run each shape once to warm processes and code, then the best of some rounds."""
    from harmony.symphony import Symphony

    async with await Symphony.open(home, host) as symphony:
        for case, shape, tasks in (
            (f"chain of {CHAIN}", chain, CHAIN),
            (f"1 to {FAN} to 1", fan, FAN + 3),
            (f"{LAYERS[0]} layers of {LAYERS[1]}", layers, LAYERS[0] * LAYERS[1]),
        ):
            best = (0.0, 0.0)
            for number in range(ROUNDS + 1):
                melody = shape(number)
                started, cpu = time.perf_counter(), time.process_time()
                state = await (await symphony.start(melody)).finished()
                taken = time.perf_counter() - started
                cpu = time.process_time() - cpu
                assert state == "Completed", state
                if number:
                    best = max(best, (tasks / taken, cpu / tasks * 1e6))
            found[case] = best


def chain(number: int) -> Any:
    """One node after the other."""
    from harmony.melody.model import Connection, Melody, Node

    melody = Melody(id="chain", name="Chain")
    melody.nodes["n0"] = Node("n0", "players/begin", parameters={"text": f"c{number}"})
    for place in range(1, CHAIN):
        name = f"n{place}"
        melody.nodes[name] = Node(name, "players/pass_on")
        melody.connections[Connection(f"n{place - 1}", "text", name, "text")] = "hard"
    return melody


def fan(number: int) -> Any:
    """A list, a task for each of its items, and one that takes them all."""
    from harmony.melody.model import Connection, Melody, Node

    melody = Melody(id="fan", name="Fan")
    melody.nodes["begin"] = Node("begin", "players/begin", parameters={"text": f"f{number}-"})
    melody.nodes["spread"] = Node("spread", "players/spread", parameters={"number": FAN})
    melody.nodes["each"] = Node("each", "players/pass_on")
    melody.nodes["gather"] = Node("gather", "players/gather")
    for source, output, target, port in (
        ("begin", "text", "spread", "text"),
        ("spread", "texts", "each", "text"),
        ("each", "text", "gather", "texts"),
    ):
        melody.connections[Connection(source, output, target, port)] = "hard"
    return melody


def layers(number: int) -> Any:
    """Each node joins two of the layer before."""
    from harmony.melody.model import Connection, Melody, Node

    picked = random.Random(number)
    depth, width = LAYERS
    melody = Melody(id="layers", name="Layers")
    for layer in range(depth):
        for place in range(width):
            name, own = f"l{layer}_{place}", (number * depth + layer) * width + place
            if layer == 0:
                melody.nodes[name] = Node(name, "players/begin", parameters={"text": f"l{own}"})
                continue
            melody.nodes[name] = Node(name, "players/join", parameters={"number": own})
            parents = picked.sample(range(width), 2)
            for parent, port in zip(parents, ("first", "second"), strict=True):
                wire = Connection(f"l{layer - 1}_{parent}", "text", name, port)
                melody.connections[wire] = "hard"
    return melody


def with_asyncio(story: Callable[[Any], Awaitable[None]]) -> None:
    """On the loop of terminal and scripts."""
    from harmony.ipc.aio import AioProcessHost

    asyncio.run(story(AioProcessHost))  # type: ignore[arg-type]


def with_qt(story: Callable[[Any], Awaitable[None]]) -> None:
    """On the loop of the Board."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import qasync
    from PySide6.QtWidgets import QApplication

    from harmony.ipc.qt import QtProcessHost

    app = QApplication.instance() or QApplication([])
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(story(QtProcessHost))
    asyncio.set_event_loop(None)


ECHO = """
import json, sys
for line in sys.stdin.buffer:
    task = json.loads(line)
    sys.stdout.buffer.write(json.dumps({"task": task["task"], "outputs": task["inputs"]}).encode())
    sys.stdout.buffer.write(b"\\n")
    sys.stdout.flush()
"""
RECORDS_A_TASK = 5


def bare(tasks: int, depth: int) -> tuple[float, float]:
    """Tasks a second, and microseconds of processor time a task, of the bare minimum.

    At most `depth` tasks are on their way; what is sent next follows from what is on disk.
    """
    best = (0.0, 0.0)
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
            best = max(best, _bare(tasks, depth, Path(folder)))
    return best


def _bare(tasks: int, depth: int, folder: Path) -> tuple[float, float]:
    connection = apsw.Connection(str(folder / "bare.sqlite3"))
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE journal (record TEXT)")
    children = [
        subprocess.Popen(
            [sys.executable, "-I", "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(PROCESSES)
    ]
    ready = selectors.DefaultSelector()
    for child in children:
        assert child.stdout is not None
        os.set_blocking(child.stdout.fileno(), False)
        ready.register(child.stdout, selectors.EVENT_READ)

    def send(number: int) -> None:
        task = {"task": f"n{number}", "inputs": {"text": {"type": "text", "value": f"x{number}"}}}
        pipe = children[number % PROCESSES].stdin
        assert pipe is not None
        os.write(pipe.fileno(), json.dumps(task).encode() + b"\n")

    def keep(lines: list[bytes]) -> None:
        records = [
            [record] for line in lines for record in [line.decode(), *[""] * (RECORDS_A_TASK - 1)]
        ]
        with connection:
            connection.execute(
                "INSERT INTO journal SELECT value->>0 FROM json_each(?)", (json.dumps(records),)
            )

    for number in range(PROCESSES):  # until they are up
        send(number)
    for child in children:
        assert child.stdout is not None
        os.set_blocking(child.stdout.fileno(), True)
        child.stdout.readline()
        os.set_blocking(child.stdout.fileno(), False)
    started, cpu = time.perf_counter(), time.process_time()
    sent = done = 0
    while done < tasks:
        while sent < tasks and sent - done < depth:
            send(sent)
            sent += 1
        lines: list[bytes] = []
        for key, _ in ready.select():
            lines += key.fileobj.readlines()  # type: ignore[union-attr]
        keep(lines)
        done += len(lines)
    taken, cpu = time.perf_counter() - started, time.process_time() - cpu
    ready.close()
    for child in children:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.close()
        child.wait()
        child.stdout.close()
    connection.close()
    return tasks / taken, cpu / tasks * 1e6
