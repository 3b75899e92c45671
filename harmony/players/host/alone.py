"""One task by itself in a process of its own, to look at it: no socket, no pool, no second task.

What the Player prints goes where the process prints; what it says by its context is printed too.
How it ended is written to a file. Standard input holds one line, and is closed when whoever asked
for this has gone: then the process ends as well. With a port, a debugger is waited for before the
Player's code is loaded.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from harmony.players.host.execution import Execution
from harmony.players.host.interruption import Interruption
from harmony.players.host.limits import Limits
from harmony.players.host.package import Package
from harmony.players.host.start import EXIT_NO_ERRAND
from harmony.players.host.task import Task
from harmony.wire.launch import Quota

CLOSING: Final = "closing.json"
"""The file in the task's folder that tells how the task ended: `kind` and what belongs to it."""


class Terminal:
    """Where messages of the task go that has no parent: lines of log are printed."""

    def send(self, kind: str, fields: dict[str, Any]) -> None:
        """Print a line of log, or how far the task is; the rest is for a program."""
        if kind == "log":
            line = f"[{fields['level']}] {fields['text']}"
        elif kind == "progress" and fields.get("message"):
            line = f"[progress] {fields['message']}"
        else:
            return
        sys.stdout.write(line.rstrip("\n") + "\n")
        sys.stdout.flush()

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes:
        """The message that tells how the task ended, as one JSON object."""
        return json.dumps({"kind": kind, **fields}).encode()


def main() -> NoReturn:
    """Do the task that standard input names, and end."""
    asked, line = _take_standard_input()
    if not line:
        sys.stderr.write("No task came through standard input. `harmony task` starts this.\n")
        os._exit(EXIT_NO_ERRAND)
    given = json.loads(line)
    threading.Thread(target=_end_with, args=(asked,), name="asked by", daemon=True).start()
    if given["port"] is not None:
        _wait_for_debugger(given["port"])
    message = given["message"]
    interruption = Interruption()
    limits = Limits(Quota(), interruption)
    limits.take_on()
    terminal = Terminal()
    execution = Execution(Package(given["source"]), terminal, interruption, limits)
    closing = execution.closing(Task(message, terminal))
    Path(given["folder"], CLOSING).write_bytes(closing)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that a Player left behind do not hold up the end.
    os._exit(0)


def _take_standard_input() -> tuple[BinaryIO, bytes]:
    """The way to whoever asked for this, and the line that came; a Player reads nothing from it."""
    asked = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return asked, asked.readline()


def _end_with(asked: BinaryIO) -> NoReturn:
    """Wait until nobody wants this any more; then end, with all that the Player has started."""
    asked.read()
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _wait_for_debugger(port: int) -> None:
    import importlib

    debugpy: Any = importlib.import_module("debugpy")
    host, actual = debugpy.listen(("127.0.0.1", port))
    sys.stdout.write(f"Waiting for a debugger on port {actual} ({host}:{actual}).\n")
    sys.stdout.flush()
    debugpy.wait_for_client()
