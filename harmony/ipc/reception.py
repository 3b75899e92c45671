"""Who may connect: the one process that is expected, from this user, with the pid that was started.

Both adapters ask here. A stranger costs little and hurts nobody: few at a time, small frames, a
short time to prove themselves, and whatever they do wrong ends their own connection alone.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Final

import msgspec

from harmony.foundation.clock import Clock
from harmony.ipc.supervision import Supervision
from harmony.wire.connection import ServerConnection

_MOST_STRANGERS: Final = 64
_parse: Final = msgspec.json.Decoder().decode
_write: Final = msgspec.json.Encoder().encode
_CREDENTIALS: Final = struct.Struct("3i")


class Reception:
    """The processes of one host by their ids, and how many strangers are at the door."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._expected: dict[str, tuple[Supervision, int]] = {}
        self._strangers: set[ServerConnection] = set()

    def expect(self, supervision: Supervision, pid: int) -> None:
        """A process was started and will connect."""
        self._expected[supervision.launch.process] = (supervision, pid)

    def forget(self, supervision: Supervision) -> None:
        """A process is gone."""
        self._expected.pop(supervision.launch.process, None)

    def admit(self, accepted: int) -> ServerConnection | None:
        """A connection for an accepted socket (its descriptor); None when it is to be closed."""
        user, pid = _credentials(accepted)
        if user not in (None, os.getuid()) or len(self._strangers) >= _MOST_STRANGERS:
            return None
        connection = ServerConnection(
            self._clock,
            lambda process: self._secret_for(process, pid),
            parse=_parse,
            write=_write,
            seconds=self._seconds,
        )
        self._strangers.add(connection)
        return connection

    def dismiss(self, connection: ServerConnection) -> None:
        """A stranger is gone, or is none any more."""
        self._strangers.discard(connection)

    def _secret_for(self, process: str, pid: int | None) -> bytes | None:
        supervision, expected_pid = self._expected.get(process, (None, None))
        if supervision is None or not supervision.expects_connection:
            return None
        if pid is not None and pid != expected_pid:
            return None
        return supervision.secret


def _credentials(accepted: int) -> tuple[int | None, int | None]:
    """User id and process id of the other end; None where the platform does not tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None, None
    with socket.socket(fileno=os.dup(accepted)) as copy:
        data = copy.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    pid, user, _group = _CREDENTIALS.unpack(data)
    return user, pid
