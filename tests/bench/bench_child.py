"""Processor time of a Player process for a task that does nothing, in microseconds.

The process is the real one; its parent here is a bare socket that sends runs ahead. The floor is a
child that reads the same frames, parses them, and answers with as many bytes: no engine can do
less. `one at a time` waits for each result before it sends the next run.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row

from harmony.foundation.clock import SystemClock
from harmony.players.host.errand import Errand, write_errand
from harmony.wire.connection import ServerConnection
from harmony.wire.handshake import new_secret

PLAYERS = Path(__file__).parent / "players"
TASKS = 4000
ROUNDS = 3
BARE = """
import json, socket, sys
parent = socket.socket(socket.AF_UNIX)
parent.connect(sys.argv[1])
buffer = b""
while True:
    data = parent.recv(262144)
    if not data:
        break
    buffer += data
    while len(buffer) >= 4 and len(buffer) >= 4 + int.from_bytes(buffer[:4], "big"):
        size = 4 + int.from_bytes(buffer[:4], "big")
        run, buffer = json.loads(buffer[4:size]), buffer[size:]
        name = {"task": run["task"], "attempt": run["attempt"]}
        started = json.dumps({"kind": "started", **name}).encode()
        result = json.dumps({"kind": "result", **name, "outputs": run["inputs"],
            "seconds": 0.001, "usage": {"cpu_seconds": 0.001, "memory_mb": 20.5}}).encode()
        parent.sendall(len(started).to_bytes(4, "big") + started
            + len(result).to_bytes(4, "big") + result)
"""


def run() -> Iterable[dict[str, Any]]:
    """Rows for runs sent one at a time, and eight ahead."""
    for case, ahead in (("one at a time", 1), ("eight ahead", 8)):
        floor = min(measure(Bare, ahead) for _ in range(ROUNDS))
        value = min(measure(Host, ahead) for _ in range(ROUNDS))
        yield row("child", case, value, "us", floor)


def measure(kind: Callable[[Path], Host], ahead: int) -> float:
    """Microseconds of processor time a task."""
    with tempfile.TemporaryDirectory(prefix="harmony-", dir="/tmp") as folder:
        child = kind(Path(folder))
        try:
            child.do(TASKS // 4, ahead)
            before = processor_seconds(child.pid)
            child.do(TASKS, ahead)
            return (processor_seconds(child.pid) - before) / TASKS * 1e6
        finally:
            child.close()


def processor_seconds(pid: int) -> float:
    """What all threads of a process have used."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e9


class Host:
    """A Player process and its parent."""

    command = ("-P", "-s", "-X", "utf8", "-m", "harmony.players.host")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(folder / "s"))
        listening.listen()
        self.child = subprocess.Popen(
            [sys.executable, *self.command, *self.arguments()],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd=folder,
        )
        self.pid = self.child.pid
        self.greet(listening)
        listening.close()

    def arguments(self) -> tuple[str, ...]:
        return ()

    def greet(self, listening: socket.socket) -> None:
        """Tell the errand, shake hands, and wait until it is ready."""
        secret = new_secret()
        assert self.child.stdin is not None
        errand = Errand(str(self.folder / "s"), "child", secret, str(PLAYERS))
        self.child.stdin.write(write_errand(errand))
        self.child.stdin.flush()
        connection = ServerConnection(SystemClock(), {"child": secret}.get, seconds=60)
        self.socket, _ = listening.accept()
        self.socket.sendall(connection.start())
        while True:
            messages, answer = connection.receive(self.socket.recv(65536))
            self.socket.sendall(answer)
            if any(message["kind"] == "ready" for message in messages):
                return

    def do(self, tasks: int, ahead: int) -> None:
        """Have it do so many tasks, that many of them sent and not yet done."""
        sent = done = 0
        buffer = b""
        while done < tasks:
            runs = b""
            while sent < tasks and sent - done < ahead:
                runs += self.frame(sent)
                sent += 1
            if runs:
                self.socket.sendall(runs)
            buffer += self.socket.recv(1 << 18)
            kinds, buffer = frames(buffer)
            done += kinds.count("result")
            assert "failure" not in kinds

    def frame(self, number: int) -> bytes:
        text = {"type": "text", "value": f"x{number}", "hash": f"{number:064x}", "size": 5}
        message = {
            "kind": "run",
            "task": f"n{number}",
            "attempt": 1,
            "player": "players/pass_on",
            "inputs": {"text": {**text, "summary": {"characters": 5, "head": "x"}}},
            "parameters": {},
            "secrets": {},
            "scratch": str(self.folder / "scratch" / str(number)),
            "staging": str(self.folder / "staging" / str(number)),
        }
        payload = json.dumps(message).encode()
        return len(payload).to_bytes(4, "big") + payload

    def close(self) -> None:
        self.socket.close()
        assert self.child.stdin is not None
        self.child.stdin.close()
        if self.child.poll() is None:
            try:
                os.killpg(self.child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.child.wait()


class Bare(Host):
    """The least that a child can be."""

    command = ("-I", "-c", BARE)

    def arguments(self) -> tuple[str, ...]:
        return (str(self.folder / "s"),)

    def greet(self, listening: socket.socket) -> None:
        """It has nothing to prove."""
        self.socket, _ = listening.accept()


def frames(buffer: bytes) -> tuple[list[str], bytes]:
    """The kinds of the whole messages in a buffer, and what is left of it."""
    kinds: list[str] = []
    position = 0
    while len(buffer) - position >= 4:
        end = position + 4 + int.from_bytes(buffer[position : position + 4], "big")
        if end > len(buffer):
            break
        kinds.append(json.loads(buffer[position + 4 : end])["kind"])
        position = end
    return kinds, buffer[position:]
