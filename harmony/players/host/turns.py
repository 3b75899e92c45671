"""Whose turn it is to read the socket: the main thread's between tasks, else a watcher's.

To hand each message from a reading thread to the thread that runs Players costs more than a short
Player does: two switches of threads, which then both want the interpreter. So the main thread reads
by itself while it has nothing to run. A second thread looks in at intervals, and reads in its place
while one task takes long: a ping is answered then, and a cancellation heard.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

LOOK_EVERY: Final = 0.01
"""Seconds between two looks at whether a task takes long."""
_LOOKS_WHEN_IDLE: Final = 20


class Turns:
    """`receive` reads from the socket once, waiting for it, and handles what came.

    It raises MemoryError when there was no room to begin with, and then has read nothing.
    """

    def __init__(self, receive: Callable[[], None]) -> None:
        self._receive = receive
        self._turn = threading.Lock()
        self._asleep = threading.Lock()
        self._asleep.acquire()
        self._watching = False
        self._busy = False
        self._task = 0

    def read(self, enough: Callable[[], bool]) -> None:
        """In the main thread: read once, unless the watcher has read enough in the meantime."""
        with self._turn:
            if not enough():
                self._receive()

    def begin(self) -> None:
        """In the main thread: a task begins, and this thread will not read for a while."""
        self._task += 1
        self._busy = True
        if not self._watching:
            self._watching = True
            if self._asleep.locked():
                self._asleep.release()

    def end(self) -> None:
        """In the main thread: the task is over."""
        self._busy = False

    def watch(self) -> None:
        """The watcher's life. It sleeps for good while no task has run for a moment."""
        idle = 0
        self._sleep()
        while True:
            task = self._task
            time.sleep(LOOK_EVERY)
            if not self._busy:
                idle += 1
                if idle == _LOOKS_WHEN_IDLE:
                    idle = 0
                    self._sleep()
                continue
            idle = 0
            try:
                while self._is_still_at(task):
                    with self._turn:
                        if self._is_still_at(task):
                            self._receive()
            except MemoryError:
                # The Player holds all there is and is about to fail of it: look again then.
                continue

    def _is_still_at(self, task: int) -> bool:
        return self._busy and self._task == task

    def _sleep(self) -> None:
        self._watching = False
        # A task that began just now has seen either this, or its own mark is seen here.
        if self._busy:
            self._watching = True
        else:
            self._asleep.acquire()
