"""The child's socket: shake hands, then write messages from any thread and read them in any one.

The socket is not inherited by what a Player starts: it is closed on exec and in a forked copy, so
that nobody but this process can speak for it or keep it open.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import AbstractContextManager
from typing import Any, Final

from harmony.foundation.clock import SystemClock
from harmony.players.host.errand import Errand
from harmony.states.connection import ConnectionState
from harmony.wire.connection import ClientConnection, Message
from harmony.wire.errors import HandshakeError

_READ_SIZE: Final = 256 * 1024
_SECONDS: Final = 10.0


class Link:
    """A connection that has shaken hands."""

    def __init__(
        self,
        errand: Errand,
        capabilities: tuple[str, ...],
        uninterrupted: AbstractContextManager[None],
    ) -> None:
        """Connect and prove who we are. Raises OSError and WireError."""
        self._connection = ClientConnection(
            SystemClock(), errand.process, errand.secret, os.getpid(), capabilities=capabilities
        )
        self._uninterrupted = uninterrupted
        self._lock = threading.Lock()
        self._waiting: list[Message] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Blocking: with a time limit, a queue that is full for a moment would be an error at once.
        self._socket.connect(errand.socket)
        self._socket.settimeout(_SECONDS)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._socket.close)
        self._connection.start()
        while self._connection.state != ConnectionState.CONNECTED:
            data = self._socket.recv(_READ_SIZE)
            if not data:
                raise HandshakeError("wire.refused")
            messages, answer = self._connection.receive(data)
            self._waiting += messages
            self._socket.sendall(answer)
        self._socket.settimeout(None)

    def send(self, kind: str, fields: dict[str, Any]) -> None:
        """Send a message. WireError when it may not be sent, ConnectionError without a parent."""
        self.write(self.encode(kind, fields))

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes:
        """The bytes of a message, to be written alone or with others. Raises WireError."""
        return self._connection.send({"kind": kind, **fields})

    def write(self, data: bytes) -> None:
        """Send encoded messages in one go. Raises ConnectionError when the parent is gone."""
        with self._uninterrupted, self._lock:
            self._socket.sendall(data)

    def receive(self) -> list[Message]:
        """Read once: the messages that are whole by now. Raises WireError, and ConnectionError
        when the parent is gone."""
        if self._waiting:
            messages, self._waiting = self._waiting, []
            return messages
        data = self._socket.recv(_READ_SIZE)
        if not data:
            raise ConnectionResetError
        return self._connection.receive(data)[0]
