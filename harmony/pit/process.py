"""All that the Pit and the Conductor know of a Player process (DESIGN.md section 4).

`ipc/aio.py` and `ipc/qt.py` fulfil these protocols by their shape; neither side imports the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from harmony.wire.health import Health
from harmony.wire.launch import Exit, Launch

Stream = Literal["stdout", "stderr"]


class ProcessListener(Protocol):
    """Hears a process, always on the event loop's thread."""

    def ready(self, players: tuple[str, ...]) -> None:
        """The process proved itself, loaded its package and can run these Players."""

    def received(self, message: Mapping[str, Any]) -> None:
        """A checked message from the child (docs/architecture.md, Messages)."""

    def output(self, stream: Stream, data: bytes) -> None:
        """Bytes that the child printed."""

    def exited(self, ending: Exit) -> None:
        """The process is gone; said exactly once, after its last message and output."""


class PlayerProcess(Protocol):
    """A started process."""

    @property
    def pid(self) -> int | None:
        """Its process id, once it runs."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What the child said that it can do; empty before it is ready."""

    @property
    def health(self) -> Health:
        """How the connection to it does now."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; one sent before the handshake is done goes out right after it."""

    def drain(self) -> None:
        """Deliver, now, what the child has printed so far."""

    def stop(self) -> None:
        """Ask it to end; its whole group is killed when it has not after a short grace."""

    def kill(self) -> None:
        """End its whole process group at once."""


class ProcessHost(Protocol):
    """Starts processes."""

    def start(self, launch: Launch, listener: ProcessListener) -> PlayerProcess:
        """Start a process. A start that fails is told to the listener as an ending."""

    async def close(self) -> None:
        """End every process and the listening sockets; returns when all are gone."""
