"""One accepted socket on an asyncio loop: at first a stranger's, then that of a process.

It hangs on the loop by its descriptor, without a transport: all that one turn of the loop writes
goes to the kernel in one call, and what a dead process said last can be read without waiting.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from harmony.foundation.clock import Clock
from harmony.ipc.supervision import Supervision
from harmony.wire.connection import ServerConnection
from harmony.wire.errors import WireError

_READ_SIZE: Final = 64 * 1024
"""How much is taken at once, so that one child cannot hold the loop for long."""
_MOST_AT_THE_END: Final = 16 * 1024 * 1024
"""The most bytes read from the socket of a dead process."""


class Peer:
    """An accepted socket: at first a stranger's, then that of a process."""

    def __init__(
        self,
        accepted: socket.socket,
        connection: ServerConnection,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        proved: Callable[[Peer, str], None],
        gone: Callable[[Peer], None],
    ) -> None:
        self.connection = connection
        self._socket = accepted
        self._loop = loop
        self._clock = clock
        self._proved = proved
        self._gone = gone
        self._supervision: Supervision | None = None
        self._outgoing = bytearray()
        self._waits_to_write = False
        self._reading = False
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    def open(self) -> None:
        """Send the challenge, and wait for the answer no longer than is allowed."""
        self.write(self.connection.start())
        if not self._closed:
            self._loop.add_reader(self._socket, self._readable)
            self._set_alarm()

    def write(self, data: bytes) -> None:
        """Write it, with all else that this turn of the loop writes, when the turn is over."""
        if self._closed:
            return
        if not self._outgoing and not self._reading:
            self._loop.call_soon(self._flush)
        self._outgoing += data

    def read_rest(self) -> None:
        """Pass on what a dead process said last."""
        self._reading = True  # and nothing is sent any more
        rest = _MOST_AT_THE_END
        while rest > 0 and not self._closed:
            size = self._read()
            if size == 0:
                return
            rest -= size

    def close(self) -> None:
        """Let go of the socket."""
        if self._closed:
            return
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._gone(self)

    def _readable(self) -> None:
        # What is said in answer goes out with the end of this read, without another turn.
        self._reading = True
        try:
            self._read()
        finally:
            self._reading = False
            if self._outgoing:
                self._flush()

    def _read(self) -> int:
        """Read once, and pass on all that is whole in it; how many bytes there were."""
        try:
            data = self._socket.recv(_READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            data = b""
        if not data:
            self._lost()
            return 0
        try:
            messages, answer = self.connection.receive(data)
        except WireError as error:
            if self._supervision is not None:
                self._supervision.broken(error)
            self.close()
            return 0
        if answer:
            self.write(answer)
            self._welcome()
        if messages and self._supervision is not None:
            self._supervision.received(messages, len(data))
        return len(data)

    def _welcome(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        name = self.connection.process
        assert name is not None
        self._proved(self, name)

    def belongs_to(self, supervision: Supervision) -> None:
        """From now on this is the socket of a process."""
        self._supervision = supervision

    def _lost(self) -> None:
        supervision, self._supervision = self._supervision, None
        self.connection.lost()
        self.close()
        if supervision is not None:
            supervision.lost()

    def _flush(self) -> None:
        """Write what the socket takes; the rest when it takes more."""
        if self._closed:
            return
        try:
            sent = self._socket.send(self._outgoing)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # Gone. What it still said is read first; the end of the stream tells the rest.
            self._outgoing.clear()
            sent = 0
        del self._outgoing[:sent]
        if bool(self._outgoing) != self._waits_to_write:
            self._waits_to_write = not self._waits_to_write
            if self._waits_to_write:
                self._loop.add_writer(self._socket, self._flush)
            else:
                self._loop.remove_writer(self._socket)

    def _set_alarm(self) -> None:
        deadline = self.connection.deadline()
        if deadline is not None:
            wait = max(0.0, deadline - self._clock.monotonic())
            self._alarm = self._loop.call_later(wait, self._too_late)

    def _too_late(self) -> None:
        try:
            self.connection.check_deadline()
        except WireError:
            self.close()
        else:
            self._set_alarm()
