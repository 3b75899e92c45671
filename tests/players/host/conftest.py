"""A parent that is nothing but a socket, and children that tests start with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import SystemClock
from harmony.players.host.errand import Errand, write_errand
from harmony.wire.connection import ServerConnection
from harmony.wire.handshake import new_secret
from harmony.wire.launch import Quota


class Parent:
    """A program with one child, reading and writing by hand."""

    def __init__(
        self, folder: Path, source: str, quota: Quota | None = None, **variables: str
    ) -> None:
        self.folder = folder
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(folder / "s"))
        self.listening.listen()
        self.listening.settimeout(60)
        secret = new_secret()
        self.child = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", "harmony.players.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], **variables},
            cwd=folder,
        )
        errand = Errand(str(folder / "s"), "the-child", secret, source, quota or Quota())
        assert self.child.stdin is not None
        with self.child.stdin as stdin:
            stdin.write(write_errand(errand))
        self.child.stdin = None  # or `communicate` would try to flush it
        self.connection = ServerConnection(SystemClock(), {"the-child": secret}.get, seconds=60)
        self.socket: socket.socket | None = None
        self.waiting: list[dict[str, Any]] = []

    def accept(self) -> None:
        self.socket, _ = self.listening.accept()
        self.socket.settimeout(60)
        self.socket.sendall(self.connection.start())

    def hear(self, *kinds: str) -> dict[str, Any]:
        """The next message of one of these kinds."""
        assert self.socket is not None
        while True:
            while self.waiting:
                message = self.waiting.pop(0)
                if message["kind"] in kinds:
                    return message
            data = self.socket.recv(65536)
            assert data, "the child hung up"
            messages, answer = self.connection.receive(data)
            self.waiting += messages
            if answer:
                self.socket.sendall(answer)

    def say(self, **message: Any) -> None:
        assert self.socket is not None
        self.socket.sendall(self.connection.send(message))

    def send(self, player: str, task: str = "t", **fields: Any) -> None:
        """Send a run; `fields` are those in which it differs from an empty one."""
        self.say(**self._run(player, task, fields))

    def send_together(self, *runs: tuple[str, str]) -> None:
        """Send runs (Player, task) that come in one piece."""
        assert self.socket is not None
        messages = [self._run(player, task, {}) for player, task in runs]
        self.socket.sendall(b"".join(map(self.connection.send, messages)))

    def _run(self, player: str, task: str, fields: dict[str, Any]) -> dict[str, Any]:
        places = {name: str(self.folder) for name in ("scratch", "staging")}
        run = {"inputs": {}, "parameters": {}, "secrets": {}, **places, **fields}
        return {"kind": "run", "task": task, "attempt": 1, "player": player, **run}

    def run(self, player: str, **parameters: Any) -> dict[str, Any]:
        """Have a Player run, and hear how it ended."""
        self.send(player, parameters=parameters)
        return self.hear("result", "failure")

    def error(self, player: str, **parameters: Any) -> dict[str, Any]:
        """Have a Player fail; the error."""
        error: dict[str, Any] = self.run(player, **parameters)["error"]
        return error

    def begin(self) -> None:
        """Shake hands and wait until the child is ready."""
        self.accept()
        self.hear("ready")

    def ended(self) -> tuple[int, str, str]:
        """Wait for the end: exit status, and what was printed."""
        out, err = self.child.communicate(timeout=60)
        return self.child.returncode, out.decode(), err.decode()

    def close(self) -> None:
        self.listening.close()
        if self.socket is not None:
            self.socket.close()
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.communicate()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, as a socket needs it, with a place for a package of Players in it."""
    made = Path(tempfile.mkdtemp(prefix="harmony-", dir="/tmp"))
    (made / "own").mkdir()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path) -> Iterator[Any]:
    """Start a child; it is ended with the test."""
    parents: list[Parent] = []

    def begin(
        source: str = str(folder / "own"), quota: Quota | None = None, **variables: str
    ) -> Parent:
        parents.append(Parent(folder, source, quota, **variables))
        return parents[-1]

    yield begin
    for parent in parents:
        parent.close()
