"""One at a time, in the order of arrival: over coroutines, event loops and threads alike.

`asyncio.Lock` belongs to one loop; the seed's machine is thread-safe. Waiting takes no thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Future
from types import TracebackType


class Turn:
    """`async with turn:` waits for those before, then holds the turn for the block."""

    __slots__ = ("_guard", "_holder", "_taken", "_waiting")

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._holder: asyncio.Task[object] | None = None
        self._waiting: deque[Future[None]] = deque()

    @property
    def is_mine(self) -> bool:
        """Whether the task that asks holds the turn already: waiting for it would never end."""
        return self._holder is not None and self._holder is asyncio.current_task()

    async def __aenter__(self) -> None:
        with self._guard:
            if self._taken:
                place: Future[None] | None = Future()
                assert place is not None
                self._waiting.append(place)
            else:
                self._taken, place = True, None
        if place is not None:
            try:
                await asyncio.wrap_future(place)
            except asyncio.CancelledError:
                if not place.cancel() and not place.cancelled():
                    self._pass_on()  # it was given at the same moment; the next one gets it
                raise
        self._holder = asyncio.current_task()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        self._holder = None
        while True:
            with self._guard:
                if not self._waiting:
                    self._taken = False
                    return
                place = self._waiting.popleft()
            if place.set_running_or_notify_cancel():
                place.set_result(None)
                return
