"""Coroutines that the window started: held until they end, and their errors shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from harmony.board.commands.command import Work


class Background:
    """Runs coroutines on the current loop. `report` hears of each error."""

    def __init__(self, report: Callable[[BaseException], None]) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Work) -> asyncio.Task[None]:
        """Start a coroutine."""
        import asyncio

        task = asyncio.get_event_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def finish(self) -> None:
        """Wait for everything that was started."""
        import asyncio

        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def cancel(self) -> None:
        """Let everything end as soon as it can."""
        for task in self._tasks:
            task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                self._report(error)
