"""Ending a Player that runs in the main thread, from the thread that reads the socket.

A signal is the one thing that reaches both a loop in pure Python and a sleep. Its handler raises
TaskCancelled, but only while a Player runs, and never in the middle of sending a frame: half a
frame would break the connection for good.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from harmony.players.context import Context, TaskCancelled

Result = TypeVar("Result")

# Ignored by default, hardly used by anyone, and not inherited as a handler by a started program.
_SIGNAL = getattr(signal, "SIGURG", None)


class Interruption:
    """Made in the main thread, once for a process."""

    def __init__(self) -> None:
        self._main = threading.get_ident()
        self._running: Context | None = None
        self._deferred = 0
        self.install()

    def install(self) -> None:
        """Take over the signal; again after a Player that took it for itself."""
        if _SIGNAL is not None:
            signal.signal(_SIGNAL, self._handle)

    def run(self, context: Context, work: Callable[[], Result]) -> Result:
        """Do a task's work in the main thread. Raises TaskCancelled when it was interrupted."""
        try:
            self._running = context
            context.raise_if_cancelled()
            return work()
        finally:
            self._running = None

    def interrupt(self, context: Context) -> None:
        """Cancel a task. Called in another thread; the signal finds out whether it still runs."""
        context.cancel()
        if _SIGNAL is not None:
            signal.pthread_kill(self._main, _SIGNAL)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within this block the main thread is not interrupted; right behind it, it may be."""
        if threading.get_ident() != self._main:
            yield
            return
        self._deferred += 1
        try:
            yield
        finally:
            self._deferred -= 1
        self._raise_if_due()

    def _handle(self, _number: int, _frame: Any) -> None:
        self._raise_if_due()

    def _raise_if_due(self) -> None:
        running = self._running
        if running is not None and running.cancelled and self._deferred == 0:
            # Once only: what a Player does to clean up is not interrupted again.
            self._running = None
            raise TaskCancelled
