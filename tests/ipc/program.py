"""A program with one Player process, for a test to kill: `program.py RUNTIME_FOLDER PLAYERS`.

Prints the pid of the Player process and that of what the Player started, then waits for its end.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harmony.ipc.aio import AioProcessHost
from harmony.wire.launch import Exit, Launch


class Listener:
    """Tells the test what to look for."""

    process: Any = None

    def ready(self, players: tuple[str, ...]) -> None: ...

    def received(self, message: Mapping[str, Any]) -> None:
        if message["kind"] == "log":
            print(self.process.pid, message["text"], flush=True)

    def output(self, stream: str, data: bytes) -> None: ...

    def exited(self, ending: Exit, /) -> None: ...


async def main() -> None:
    runtime_folder, players = map(Path, sys.argv[1:])
    host = AioProcessHost(runtime_folder)
    listener = Listener()
    launch = Launch("player-1", "players", str(players), sys.executable, Path("/tmp"))
    process = listener.process = host.start(launch, listener)
    process.send(
        {
            "kind": "run",
            "task": "task",
            "attempt": 1,
            "player": "players/fork",
            "inputs": {},
            "parameters": {},
            "secrets": {},
            "scratch": "/tmp",
            "staging": "/tmp",
        }
    )
    await asyncio.Event().wait()


asyncio.run(main())
