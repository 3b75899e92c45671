"""Every message once, even over a connection that breaks: what was sent is kept until it arrived.

A stream socket keeps the order and loses nothing while it lives, so it is enough that both sides
count: the number of a message is its place in the stream. Now and then the receiver tells how many
it has (`acknowledge`), and the sender forgets those. After a reconnection each side first says how
many it has (`resume`), and the other says again what is missing: nothing is lost, nothing comes
twice (chart 6; docs/protocol.md). Messages of the handshake and these two are not counted.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from harmony.wire.errors import DeliveryError

ACKNOWLEDGE_MESSAGES: Final = 64
ACKNOWLEDGE_BYTES: Final = 256 * 1024
"""So much may arrive before the receiver tells how much it has."""

UNCOUNTED: Final = frozenset({"challenge", "hello", "welcome", "resume", "acknowledge"})


class Delivery:
    """One side's account of both directions. It outlives the sockets."""

    __slots__ = ("_acknowledged", "_kept", "_told", "_unacknowledged_bytes", "received", "sent")

    def __init__(self) -> None:
        self.sent = 0
        self.received = 0
        self._kept: deque[bytes] = deque()
        self._acknowledged = 0
        self._told = 0
        self._unacknowledged_bytes = 0

    @property
    def kept(self) -> int:
        """How many sent messages are not known to have arrived."""
        return len(self._kept)

    def keep(self, frame: bytes) -> None:
        """A message is sent, or would be if there were a socket."""
        self.sent += 1
        self._kept.append(frame)

    def took(self, messages: int, size: int) -> bool:
        """So many messages came, in so many bytes; whether it is time to tell how many they are."""
        self.received += messages
        self._unacknowledged_bytes += size
        return (
            self.received - self._told >= ACKNOWLEDGE_MESSAGES
            or self._unacknowledged_bytes >= ACKNOWLEDGE_BYTES
        )

    def tell(self) -> int:
        """The number for an `acknowledge` or a `resume` that is about to be sent."""
        self._told = self.received
        self._unacknowledged_bytes = 0
        return self.received

    def acknowledged(self, received: int) -> None:
        """The other side has so many messages. Raises DeliveryError when that cannot be."""
        if not self._acknowledged <= received <= self.sent:
            raise DeliveryError(
                "wire.acknowledged_wrongly",
                received=received,
                sent=self.sent,
                acknowledged=self._acknowledged,
            )
        for _ in range(received - self._acknowledged):
            self._kept.popleft()
        self._acknowledged = received

    def missing(self, received: int) -> bytes:
        """What is to be said again to a side that has so many messages. Raises DeliveryError."""
        self.acknowledged(received)
        return b"".join(self._kept)

    def forget(self) -> None:
        """Nothing will be said again: let go of what was kept."""
        self._kept.clear()
        self._acknowledged = self.sent
