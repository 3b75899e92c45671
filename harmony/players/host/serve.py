"""The child's life: errand, limits, handshake, then one task after another until it is told to end.

The main thread runs Players, since signals and many libraries want that; a second thread reads the
socket, so that a ping is answered and a cancellation heard while a Player works. When the parent is
gone, the child ends its whole group at once: no process survives the program that started it.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from typing import Any, Final, NoReturn

from harmony.players.host.errand import apply_limits, read_errand
from harmony.players.host.execution import Task, execute
from harmony.players.host.interruption import Interruption
from harmony.players.host.link import Link
from harmony.players.host.package import Package
from harmony.players.host.surroundings import Surroundings
from harmony.wire.connection import Message

EXIT_NO_ERRAND: Final = 64
EXIT_NO_SOURCE: Final = 65
EXIT_NO_PARENT: Final = 69

_Key = tuple[str, int]


class Server:
    """Tasks that came and are not done, and the one that runs."""

    def __init__(self, link: Link, package: Package, interruption: Interruption) -> None:
        self._link = link
        self._package = package
        self._interruption = interruption
        self._open: dict[_Key, Task] = {}
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stopping = False
        self._surroundings = Surroundings(interruption)

    def read(self) -> None:
        """The reading thread: until the parent is gone, then nothing is left of the group."""
        try:
            self._link.read(self._handle)
        except Exception as error:  # noqa: BLE001 - told to the parent by stderr; this is the end
            _say(f"The connection to the program broke: {error!r}")
        finally:
            _end_group()

    def work(self) -> None:
        """The main thread: until a shutdown."""
        while (task := self._queue.get()) is not None:
            execute(task, self._package, self._link, self._interruption)
            self._open.pop(task.key, None)
            self._surroundings.restore()
            if self._stopping:
                break
        self._package.release()

    def _handle(self, message: Message) -> None:
        kind = message["kind"]
        if kind == "run":
            task = Task.of(message, self._link)
            self._open[task.key] = task
            self._queue.put(task)
        elif kind == "cancel":
            task_to_cancel = self._open.get((message["task"], message["attempt"]))
            if task_to_cancel is not None:
                self._interruption.interrupt(task_to_cancel.context)
        elif kind == "ping":
            self._link.send("pong", {"number": message["number"]})
        elif kind == "shutdown":
            self._stopping = True
            for task in tuple(self._open.values()):
                self._interruption.interrupt(task.context)
            self._queue.put(None)


def main() -> NoReturn:
    """Serve. Ends the process."""
    errand = read_errand()
    if errand is None:
        _say("No errand came through standard input. This program is started by Harmony Board.")
        os._exit(EXIT_NO_ERRAND)
    apply_limits(errand.memory_limit_mb)
    _set_up_streams()
    interruption = Interruption()
    package = Package(errand.source)
    try:
        players = package.ids()
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told and this ends
        _say(f"The Players in {errand.source} cannot be loaded: {error}")
        os._exit(EXIT_NO_SOURCE)
    try:
        link = Link(errand, (), interruption.deferred)
    except Exception as error:  # noqa: BLE001
        _say(f"The program that started this process cannot be reached: {error}")
        os._exit(EXIT_NO_PARENT)
    server = Server(link, package, interruption)
    try:
        # Before anything is read: an answer to an early ping must not overtake it.
        link.send("ready", {"players": list(players)})
        threading.Thread(target=server.read, name="socket", daemon=True).start()
        server.work()
    except ConnectionError:
        _end_group()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that a Player left behind do not hold up the end.
    os._exit(0)


def _set_up_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _end_group() -> NoReturn:
    # Only ever the own group: a process that leads none has its parent in it.
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(EXIT_NO_PARENT)


def _say(text: str) -> None:
    os.write(2, text.encode("utf-8", "backslashreplace") + b"\n")
