"""Who uses a process for one task: what the pool tells it, and what the pool knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from harmony.pit.process import Stream
from harmony.wire.launch import Exit

if TYPE_CHECKING:
    from harmony.pit.pool.process import PooledProcess


class Tenant(Protocol):
    """Hears its process until it gives it back. Several may have one process: it does their tasks
    in the order in which they were sent."""

    @property
    def run(self) -> str:
        """Whose report counts this use; empty for nobody's."""

    @property
    def task(self) -> str:
        """The task, as its messages name it."""

    @property
    def attempt(self) -> int:
        """Which attempt of it, as its messages name it."""

    def acquired(self, process: PooledProcess) -> None:
        """The process is Active for this tenant; what is sent to it is done after what others sent
        before."""

    def received(self, message: Mapping[str, Any]) -> None:
        """A message of this attempt."""

    def output(self, stream: Stream, data: bytes) -> None:
        """Something printed while this attempt was the one that ran."""

    def lost(self, ending: Exit) -> None:
        """The process ended, or never came up. It is gone from the pool already."""
