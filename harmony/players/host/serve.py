"""The child's life after its start (start.py): one task after another until it is told to end.

The main thread runs Players, since signals and many libraries want that; who reads the socket when
is said in `turns.py`. Tasks may be sent ahead: they wait here in their order. When the parent is
gone, the child ends its whole group at once: no process survives the program that started it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from typing import Any, NoReturn

from harmony.players.host.execution import Execution
from harmony.players.host.interruption import Interruption
from harmony.players.host.limits import Limits
from harmony.players.host.link import Link
from harmony.players.host.package import Package
from harmony.players.host.start import EXIT_NO_PARENT, say
from harmony.players.host.surroundings import Surroundings
from harmony.players.host.task import Task
from harmony.players.host.turns import Turns
from harmony.wire.client import Message
from harmony.wire.launch import Quota

_Key = tuple[str, int]


class Server:
    """Tasks that came and are not done, and the one that runs."""

    def __init__(
        self, link: Link, package: Package, interruption: Interruption, limits: Limits
    ) -> None:
        self._link = link
        self._package = package
        self._interruption = interruption
        self._limits = limits
        self._execution = Execution(package, link, interruption, limits)
        self._surroundings = Surroundings(interruption)
        self._open: dict[_Key, Task] = {}
        self._queue: deque[Task] = deque()
        self._stopping = False
        self._turns = Turns(self._receive)

    def work(self) -> None:
        """The main thread: until a shutdown."""
        threading.Thread(target=self._turns.watch, name="socket", daemon=True).start()
        task = self._next()
        while task is not None:
            self._turns.begin()
            closing = self._execution.closing(task)
            self._turns.end()
            self._open.pop(task.key, None)
            if self._limits.is_worn_out():
                # What a task keeps of its memory would be the next one's failure.
                self._link.write(closing)
                break
            task = self._following(closing)
        self._package.release()

    def _following(self, closing: bytes) -> Task | None:
        """Send how a task ended, and in the same write which one begins, if one came ahead."""
        if not self._queue or self._stopping:
            self._link.write(closing)
            self._surroundings.restore()
            return self._next()
        task = self._queue.popleft()
        self._link.write(closing, self._link.encode("started", task.name))
        self._surroundings.restore()
        return task

    def _next(self) -> Task | None:
        """Wait for a task and say that it begins; None when there will be no more."""
        while not self._has_news():
            self._turns.read(self._has_news)
        if self._stopping:
            return None
        task = self._queue.popleft()
        self._link.send("started", task.name)
        return task

    def _has_news(self) -> bool:
        return bool(self._queue) or self._stopping

    def _receive(self) -> None:
        """Read once, in whichever thread has the turn. Raises MemoryError when the Player left no
        room even to wait; nothing is read then."""
        if self._limits.is_tight():
            self._link.wait()
        with self._limits.room():
            self._read()

    def _read(self) -> None:
        """Read and handle what came. Without a parent nothing is left of us."""
        try:
            answers = []
            for message in self._link.receive():
                if message["kind"] == "ping":
                    answers.append(self._link.encode("pong", {"number": message["number"]}))
                else:
                    self._handle(message)
            if answers:
                self._link.write(*answers)
        except ConnectionError:
            _end_group()
        except Exception as error:  # noqa: BLE001 - told to the parent by stderr; this is the end
            say(f"The connection to the program broke: {error!r}")
            _end_group()

    def _handle(self, message: Message) -> None:
        kind = message["kind"]
        if kind == "run":
            task = Task(message, self._link)
            self._open[task.key] = task
            self._queue.append(task)
        elif kind == "cancel":
            task_to_cancel = self._open.get((message["task"], message["attempt"]))
            if task_to_cancel is not None:
                self._interruption.interrupt(task_to_cancel)
        elif kind == "shutdown":
            self._stopping = True
            for task in tuple(self._open.values()):
                self._interruption.interrupt(task)


def serve(given: dict[str, Any], link: Link) -> NoReturn:
    """Serve on a connection that has shaken hands; `given` is the errand. Ends the process."""
    # What is loaded by now stays: the collector need never look at it again.
    gc.freeze()
    gc.enable()
    interruption = Interruption()
    link.uninterrupted = interruption
    # Before any code of a Player is loaded.
    limits = Limits(Quota(**given["quota"]), interruption)
    limits.take_on()
    Server(link, Package(given["source"]), interruption, limits).work()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that a Player left behind do not hold up the end.
    os._exit(0)


def _end_group() -> NoReturn:
    # Only ever the own group: a process that leads none has its parent in it.
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(EXIT_NO_PARENT)
