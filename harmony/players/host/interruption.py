"""Ending a Player that runs in the main thread: because it is not wanted any more, or for a limit.

A signal is the one thing that reaches both a loop in pure Python and a sleep. Its handler raises,
but only while a Player runs, and never in the middle of sending a frame: half a frame would break
the connection for good.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from harmony.players.context import TaskCancelled

Result = TypeVar("Result")

# Ignored by default, hardly used by anyone, and not inherited as a handler by a started program.
_SIGNAL = getattr(signal, "SIGURG", None)
# As `signal.getsignal`, which makes an enumeration of what it finds: that is asked after each task.
_handler_of: Callable[[int], object] = vars(sys.modules["_signal"])["getsignal"]


class Cancellable(Protocol):
    """A task that may be cancelled from another thread."""

    cancelled: bool

    def cancel(self) -> None: ...


class Interruption:
    """Made in the main thread, once for a process. As a context manager it defers interruptions:
    within the block the main thread is not interrupted; right behind it, it may be."""

    def __init__(self) -> None:
        self._main = threading.get_ident()
        self._running: Cancellable | None = None
        self._due: BaseException | None = None
        self._deferred = 0
        self._handler = self._handle
        self.install()

    def install(self) -> None:
        """Take over the signal; again after a Player that took it for itself."""
        if _SIGNAL is not None:
            signal.signal(_SIGNAL, self._handler)

    def is_installed(self) -> bool:
        """Whether the signal is still the one of this object."""
        return _SIGNAL is None or _handler_of(_SIGNAL) is self._handler

    def run(self, task: Cancellable, work: Callable[[], Result]) -> Result:
        """Do a task's work in the main thread. Raises what it was interrupted with."""
        try:
            self._due = None
            self._running = task
            if task.cancelled:
                raise TaskCancelled
            return work()
        finally:
            self._running = None

    def interrupt(self, task: Cancellable) -> None:
        """Cancel a task. Called in another thread; the signal finds out whether it still runs."""
        task.cancel()
        if _SIGNAL is not None:
            signal.pthread_kill(self._main, _SIGNAL)

    def stop(self, reason: BaseException) -> None:
        """Raise `reason` in the Player that runs, if one does. For handlers of other signals."""
        self._due = reason
        self._raise_if_due()

    def __enter__(self) -> None:
        if threading.get_ident() == self._main:
            self._deferred += 1

    def __exit__(self, *_: object) -> None:
        if threading.get_ident() == self._main:
            self._deferred -= 1
            self._raise_if_due()

    def _handle(self, _number: int, _frame: Any) -> None:
        self._raise_if_due()

    def _raise_if_due(self) -> None:
        running = self._running
        if running is None or self._deferred:
            return
        due = self._due or (TaskCancelled() if running.cancelled else None)
        if due is not None:
            # Once only: what a Player does to clean up is not interrupted again.
            self._running = self._due = None
            raise due
