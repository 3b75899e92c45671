"""Work that comes round again and again while the program is up, and stops in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Rounds:
    """Calls `work` every so many seconds. A round that fails is reported; the next one comes."""

    def __init__(
        self,
        seconds: float,
        work: Callable[[], Awaitable[None]],
        report: Callable[[BaseException], None],
    ) -> None:
        self._seconds = seconds
        self._work = work
        self._report = report
        self._stopping = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._go_round())

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called: a long round should come to an end."""
        return self._stopping.is_set()

    async def stop(self) -> None:
        """No further round; returns when the one under way is over."""
        self._stopping.set()
        await self._task

    async def _go_round(self) -> None:
        while not await self._is_time_to_stop():
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                self._report(error)

    async def _is_time_to_stop(self) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), self._seconds)
        except TimeoutError:
            return False
        return True
