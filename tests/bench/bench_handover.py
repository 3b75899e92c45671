"""A table of 100 MB from the Player that wrote it to the next, verified and durable on the way.

Measured from the first Player's start to the second one's result, in warm processes, beside writing
and syncing the same bytes once. Goal: at most 1.5 times that, and nothing of the table over the
socket: all messages of a run are counted as JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import asyncio
import json
import os
import shutil
import tempfile
import time

import duckdb
from measuring import row

PLAYERS = Path(__file__).parent / "handover_players"
MEGABYTES = 100
ROUNDS = 12


class Counted:
    """A process, or whoever listens to one, whose messages are counted as they pass."""

    def __init__(self, inner: Any, counter: list[int]) -> None:
        self._inner = inner
        self._counter = counter

    def send(self, message: Mapping[str, Any]) -> None:
        """To the child."""
        self._counter[0] += len(json.dumps(dict(message)))
        self._inner.send(message)

    def received(self, message: Mapping[str, Any]) -> None:
        """From the child."""
        self._counter[0] += len(json.dumps(dict(message)))
        self._inner.received(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def run() -> Iterable[dict[str, Any]]:
    """The best of some rounds; floor and figure take turns."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = Path(home)
        settings = {"players_folders": [str(PLAYERS)], "cpu_slots": 2}
        (folder / "settings.json").write_text(json.dumps(settings))
        tables = [prepared(folder, number) for number in range(ROUNDS)]
        counter = [0]
        figures = asyncio.run(measured(folder, tables, counter))
        seconds, floors, sizes = zip(*figures[1:], strict=True)
        size = tables[0].stat().st_size / 1e6
        yield row(
            "handover", f"table of {size:.0f} MB", min(seconds) * 1000, "ms", min(floors) * 1000
        )
        yield row("handover", "over the socket", max(sizes), "bytes", tables[0].stat().st_size)


async def measured(
    home: Path, tables: list[Path], counter: list[int]
) -> list[tuple[float, float, int]]:
    """Seconds from start to result, seconds to write once, and bytes of messages; a round each."""
    from harmony.ipc.aio import AioProcessHost
    from harmony.melody.model import Connection, Melody, Node
    from harmony.symphony import Symphony

    class Host(AioProcessHost):
        """The real one, with counted messages."""

        def start(self, launch: Any, listener: Any) -> Any:
            """Start a process."""
            return Counted(super().start(launch, Counted(listener, counter)), counter)

    found = []
    async with await Symphony.open(home, Host) as symphony:
        for table in tables:
            melody = Melody(id="handover", name="Handover")
            melody.nodes["write"] = Node(
                "write", "handover_players/write", parameters={"source": str(table)}
            )
            melody.nodes["count"] = Node("count", "handover_players/count")
            melody.connections[Connection("write", "table", "count", "table")] = "hard"
            before = counter[0]
            started = await symphony.start(melody)
            state = await started.finished()
            assert state == "Completed", state
            journal = symphony.house.store.journal(started.id)
            begun = next(
                r.at for r in journal if r.to_state == "Executing" and "write" in r.machine
            )
            done = next(r.at for r in journal if r.to_state == "Completed" and "count" in r.machine)
            floor = written_once(table, home / "bare")
            found.append((done - begun, floor, counter[0] - before))
    return found


def written_once(source: Path, target: Path) -> float:
    """Seconds to write the table as the Player does, and to sync it."""
    started = time.perf_counter()
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    target.unlink()
    return seconds


def prepared(folder: Path, number: int) -> Path:
    """A Parquet file of about 100 MB, another one each time."""
    path = folder / f"table-{number}.parquet"
    rows = MEGABYTES * 1_000_000 // 16
    with duckdb.connect() as connection:
        connection.execute(f"SELECT setseed(0.{number + 1})")
        connection.execute(
            f"COPY (SELECT random() AS a, random() AS b FROM range({rows})) TO '{path}'"
            " (FORMAT parquet, COMPRESSION uncompressed)"
        )
    return path
