"""The child's socket: shake hands, then write messages from any thread and read them in any one.

The socket is not inherited by what a Player starts: it is closed on exec and in a forked copy, so
that nobody but this process can speak for it or keep it open.

When the socket breaks while the program lives, the child connects again and proves itself anew; the
Player that runs does not notice. What the program had not got by then is said again
(wire/delivery.py). Whoever reads finds the break; whoever writes meanwhile only adds to that.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from harmony.wire.client import ClientConnection, Message, frame_for_parent
from harmony.wire.delivery import UNCOUNTED, Delivery
from harmony.wire.errors import HandshakeError, WireError

RETRIES: Final = 5
"""So often a child tries to reconnect (seeds/000, chart 6)."""
FIRST_PAUSE: Final = 0.02
"""Seconds before the first try; each further pause is twice as long, with jitter."""

_READ_SIZE: Final = 256 * 1024
_SECONDS: Final = 10.0


class Link:
    """A connection that has shaken hands."""

    def __init__(
        self, path: str, process: str, secret: bytes, capabilities: tuple[str, ...]
    ) -> None:
        """Connect and prove who we are. Raises OSError and WireError."""
        self._path = path
        self._process = process
        self._secret = secret
        self._capabilities = capabilities
        self.uninterrupted: AbstractContextManager[None] = nullcontext()
        """Entered while something is sent: half a frame would break the connection."""
        self._lock = threading.Lock()
        self._parent = os.getppid()
        self._delivery = Delivery()
        self._waiting: list[Message] = []
        self._buffer = bytearray(_READ_SIZE)
        self._peeked = bytearray(1)
        self._connection, self._socket = self._shake_hands()
        self._whole = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._let_go)

    def send(self, kind: str, fields: dict[str, Any]) -> None:
        """Send a message. Raises WireError when it may not be sent."""
        self.write(self.encode(kind, fields))

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes:
        """One message as a frame, to be written alone or with others. Raises WireError."""
        return frame_for_parent({"kind": kind, **fields})

    def write(self, *frames: bytes) -> None:
        """Send encoded messages in one go; now, or when the connection is whole again."""
        with self.uninterrupted, self._lock:
            for each in frames:
                self._delivery.keep(each)
            if self._whole:
                self._put(b"".join(frames) if len(frames) > 1 else frames[0])

    def wait(self) -> None:
        """Wait until there is something to receive, and leave it there."""
        if self._waiting:
            return
        try:
            self._socket.recv_into(self._peeked, 1, socket.MSG_PEEK)
        except ConnectionError:
            return  # found again, and mended, by whoever receives

    def receive(self) -> list[Message]:
        """Read once: the messages that are whole by now. Raises WireError, and ConnectionError
        when the parent is gone."""
        if self._waiting:
            messages, self._waiting = self._waiting, []
            return self._counted(messages, 0)
        try:
            size = self._socket.recv_into(self._buffer)
        except ConnectionError:
            size = 0
        if size:
            data = bytes(memoryview(self._buffer)[:size])
            return self._counted(self._connection.receive(data)[0], size)
        self._reconnect()
        return []

    def _counted(self, messages: list[Message], size: int) -> list[Message]:
        """The messages without those about messages, which are dealt with here."""
        counted = [message for message in messages if message["kind"] not in UNCOUNTED]
        if len(counted) < len(messages):
            for message in messages:
                if message["kind"] in UNCOUNTED:
                    self._account(message)
        if self._delivery.took(len(counted), size):
            self._say_uncounted("acknowledge")
        return counted

    def _account(self, message: Message) -> None:
        with self.uninterrupted, self._lock:
            if message["kind"] == "acknowledge":
                self._delivery.acknowledged(message["received"])
                return
            missing = self._delivery.missing(message["received"])
            self._whole = True
            if missing:
                self._put(missing)

    def _say_uncounted(self, kind: str) -> None:
        with self.uninterrupted, self._lock:
            if self._whole or kind == "resume":
                self._put(frame_for_parent({"kind": kind, "received": self._delivery.tell()}))

    def _put(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            # Whoever reads finds the same, and mends it; what was to be sent is kept.
            self._whole = False

    def _reconnect(self) -> None:
        """Connect and prove ourselves again. Raises ConnectionError when that is in vain."""
        with self.uninterrupted, self._lock:
            self._whole = False
            self._socket.close()
        pause = FIRST_PAUSE
        for _ in range(RETRIES):
            if os.getppid() != self._parent:
                break
            time.sleep(pause * (0.5 + os.urandom(1)[0] / 510))
            pause *= 2
            try:
                connection, made = self._shake_hands()
            except (ConnectionRefusedError, FileNotFoundError):
                break  # nobody listens there any more
            except (OSError, WireError):
                continue
            with self.uninterrupted, self._lock:
                self._connection, self._socket = connection, made
            # Nothing else is sent until the program has told what it has got.
            self._say_uncounted("resume")
            return
        raise ConnectionResetError

    def _let_go(self) -> None:
        """In a forked copy of this process: the socket is not its own."""
        self._socket.close()

    def _shake_hands(self) -> tuple[ClientConnection, socket.socket]:
        """A new connection on which both sides have proved themselves, with a nonce of its own."""
        connection = ClientConnection(
            self._process, self._secret, os.getpid(), capabilities=self._capabilities
        )
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # What was said on a connection that broke at once is of no use on the next.
        self._waiting.clear()
        try:
            # Blocking: with a time limit, a queue that is full for a moment would be an error.
            made.connect(self._path)
            made.settimeout(_SECONDS)
            while not connection.proved:
                data = made.recv(_READ_SIZE)
                if not data:
                    raise HandshakeError("wire.refused")
                messages, answer = connection.receive(data)
                self._waiting += messages
                made.sendall(answer)
            made.settimeout(None)
        except BaseException:
            made.close()
            raise
        return connection, made
