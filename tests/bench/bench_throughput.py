"""Tasks a second that do nothing, through everything: decisions, journal, processes, artifacts.

Chain: each waits for the one before. Fan: 1 → 500 → 1 over a list. The floor is what any durable
engine pays at least for one task: a round trip to another process and one synced commit.
"""

from __future__ import annotations

import asyncio
import json
import os
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
FAN = 500
FLOOR_ROUNDS = 500


def run() -> Iterable[dict[str, Any]]:
    """Rows for both shapes on both adapters."""
    floor = bare_rate()
    for adapter, live in (("asyncio", with_asyncio), ("qt", with_qt)):
        with data_folder() as home:
            rates: dict[str, float] = {}
            live(lambda host, home=home, rates=rates: measure(home, host, rates))
        for case, rate in rates.items():
            yield row("throughput", f"{case}, {adapter}", rate, "tasks/s", floor)


@contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder with the Players that do nothing in its catalogue."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        settings = {"players_folders": [str(PLAYERS)]}
        Path(home, "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        yield Path(home)


async def measure(home: Path, host: Any, rates: dict[str, float]) -> None:
    """Run each shape once to warm processes and code, then measured."""
    from harmony.symphony import Symphony

    async with await Symphony.open(home, host) as symphony:
        for case, melody, tasks in (
            (f"chain of {CHAIN}", chain(CHAIN), CHAIN),
            (f"1 to {FAN} to 1", fan(FAN), FAN + 3),
        ):
            await (await symphony.start(melody)).finished()
            started = time.perf_counter()
            state = await (await symphony.start(melody)).finished()
            rates[case] = tasks / (time.perf_counter() - started)
            assert state == "Completed", state


def chain(length: int) -> Any:
    """One node after the other."""
    from harmony.melody.model import Connection, Melody, Node

    melody = Melody(id="chain", name="Chain")
    melody.nodes["n0"] = Node("n0", "players/begin")
    for number in range(1, length):
        name = f"n{number}"
        melody.nodes[name] = Node(name, "players/pass_on")
        melody.connections[Connection(f"n{number - 1}", "text", name, "text")] = "hard"
    return melody


def fan(width: int) -> Any:
    """A list, a task for each of its items, and one that takes them all."""
    from harmony.melody.model import Connection, Melody, Node

    melody = Melody(id="fan", name="Fan")
    melody.nodes["begin"] = Node("begin", "players/begin")
    melody.nodes["spread"] = Node("spread", "players/spread", parameters={"number": width})
    melody.nodes["each"] = Node("each", "players/pass_on")
    melody.nodes["gather"] = Node("gather", "players/gather")
    for source, output, target, port in (
        ("begin", "text", "spread", "text"),
        ("spread", "texts", "each", "text"),
        ("each", "text", "gather", "texts"),
    ):
        melody.connections[Connection(source, output, target, port)] = "hard"
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


ECHO = (
    "import sys\nfor line in sys.stdin.buffer:\n sys.stdout.buffer.write(line)\n sys.stdout.flush()"
)


def bare_rate() -> float:
    """Rounds a second of the bare minimum."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        connection = apsw.Connection(str(Path(folder, "bare.sqlite3")))
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE done (record TEXT)")
        child = subprocess.Popen(
            [sys.executable, "-I", "-c", ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert child.stdin is not None
        assert child.stdout is not None
        started = time.perf_counter()
        for number in range(FLOOR_ROUNDS):
            child.stdin.write(b'{"task": %d}\n' % number)
            child.stdin.flush()
            connection.execute("INSERT INTO done VALUES (?)", (child.stdout.readline().decode(),))
        seconds = time.perf_counter() - started
        child.stdin.close()
        child.wait()
        child.stdout.close()
        connection.close()
    return FLOOR_ROUNDS / seconds
