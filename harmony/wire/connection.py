"""The program's end of a connection, without the socket: bytes in, messages and bytes out.

An adapter feeds `receive` with what it read and writes what it is given. It owns the clock's alarm
too: `deadline` says until when the other side must have proved itself, and `check_deadline` refuses
it after that. Whatever raises a WireError ends the connection; the machine is then Disconnected.

A connection is one socket: when it breaks, it is Disconnected for good. What outlives it (the
messages not yet acknowledged, the attempt to reconnect) belongs to delivery.py and to whoever owns
the process.

The handshake (handshake.py): parent `challenge`, child `hello`, parent `welcome`. The child says
nothing more before it has seen the welcome, so a parent takes no byte behind a hello. The child's
end is in client.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harmony.foundation.clock import Clock
from harmony.states.connection import CHART
from harmony.states.connection import ConnectionEvent as Event
from harmony.states.connection import ConnectionState as State
from harmony.states.kernel import Machine
from harmony.wire.codec import (
    ITEM_LIMIT,
    ITEM_LIMIT_TO_CHILD,
    JsonDecoder,
    JsonEncoder,
    decode,
    decode_strictly,
    encode,
    measure,
    write_plainly,
)
from harmony.wire.errors import HandshakeError, WireError
from harmony.wire.frames import FRAME_LIMIT, FRAME_LIMIT_TO_CHILD, FrameDecoder
from harmony.wire.handshake import (
    VERSIONS,
    Transcript,
    choose_version,
    new_nonce,
    prove,
    verify,
)
from harmony.wire.messages import check

HANDSHAKE_LIMIT: Final = 16 * 1024
"""The most bytes of a frame from somebody who has not proved anything yet."""
HANDSHAKE_SECONDS: Final = 5.0

Message = dict[str, Any]


class ServerConnection:
    """The parent's end of one accepted socket.

    `secret_of` gives the secret of a process that is expected to connect, None for any other.
    `parse` reads JSON once the child has proved itself; before that it is always the strict parser.
    """

    def __init__(
        self,
        clock: Clock,
        secret_of: Callable[[str], bytes | None],
        *,
        parse: JsonDecoder = decode_strictly,
        write: JsonEncoder = write_plainly,
        seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._clock = clock
        self._secret_of = secret_of
        self._parse = parse
        self._write = write
        self._nonce = new_nonce()
        self._decoder = FrameDecoder(HANDSHAKE_LIMIT)
        self._machine = Machine("connection", CHART, clock, history=32)
        self._deadline = clock.monotonic() + seconds
        self._process: str | None = None
        self._pid: int | None = None
        self._capabilities: frozenset[str] = frozenset()
        self._machine.fire(Event.CONNECT, "accepted")

    @property
    def state(self) -> str:
        """Where chart 6 stands."""
        return self._machine.state

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""
        return self._machine.state in _OPEN

    @property
    def machine(self) -> Machine:
        """The chart's machine, for whoever watches the health of connections."""
        return self._machine

    @property
    def process(self) -> str | None:
        """The process at the other end, once it proved that it is the one."""
        return self._process

    @property
    def pid(self) -> int | None:
        """The process id that the other end gave in its proven hello."""
        return self._pid

    @property
    def capabilities(self) -> frozenset[str]:
        """What the other end said in its proven hello that it can do."""
        return self._capabilities

    def start(self) -> bytes:
        """The socket is there: the challenge to write to it."""
        self._machine.fire(Event.TRANSPORT_ESTABLISHED, "accepted")
        return encode({"kind": "challenge", "nonce": self._nonce, "versions": list(VERSIONS)})

    def receive(self, data: bytes) -> tuple[list[Message], bytes]:
        """The checked messages in what was read, and what to write back. Raises WireError."""
        try:
            if self._machine.state == State.AUTHENTICATING:
                return [], self._authenticate(data)
            messages = []
            for payload in self._decoder.feed(data):
                message = decode(payload, self._parse, ITEM_LIMIT)
                check(message, "to_parent", len(payload))
                if message["kind"] == "hello":
                    raise HandshakeError("wire.handshake_repeated", kind="hello")
                messages.append(message)
            return messages, b""
        except WireError as error:
            self.refuse(error)
            raise

    def send(self, message: Mapping[str, Any]) -> bytes:
        """The bytes of a message to the child. Raises WireError; the connection stays as it is."""
        _require_open(self._machine)
        return frame_for_child(message, self._write)

    def deadline(self) -> float | None:
        """Until when, on the monotonic clock, the handshake must be done; None once it is."""
        waiting = self._machine.state in (State.CONNECTING, State.AUTHENTICATING)
        return self._deadline if waiting else None

    def check_deadline(self) -> None:
        """Refuse a handshake that takes too long. Raises HandshakeError."""
        deadline = self.deadline()
        if deadline is not None and self._clock.monotonic() >= deadline:
            error = HandshakeError("wire.handshake_slow")
            self.refuse(error)
            raise error

    def refuse(self, error: WireError) -> None:
        """The other side is not to be talked to any more."""
        _leave(self._machine, error.code)

    def lost(self) -> None:
        """The socket is gone."""
        _leave(self._machine, "socket closed")

    def _authenticate(self, data: bytes) -> bytes:
        frames = self._decoder.feed(data)
        if not frames:
            return b""
        message = decode(frames[0], decode_strictly)
        check(message, "to_parent")
        if message["kind"] != "hello":
            raise HandshakeError("wire.hello_expected", kind=message["kind"])
        if len(frames) > 1 or self._decoder.buffered:
            raise HandshakeError("wire.spoke_before_welcome")
        choose_version([message["version"]])
        process = message["process"]
        secret = self._secret_of(process)
        if secret is None:
            raise HandshakeError("wire.process_unknown", process=process)
        transcript = Transcript(
            process,
            self._nonce,
            message["nonce"],
            message["pid"],
            message["version"],
            tuple(message["capabilities"]),
        )
        verify(secret, "child", transcript, message["proof"])
        self._process, self._pid = process, message["pid"]
        self._capabilities = frozenset(transcript.capabilities)
        self._decoder.limit = FRAME_LIMIT
        self._machine.fire(Event.AUTH_SUCCESS, "proof verified")
        return encode(
            {
                "kind": "welcome",
                "proof": prove(secret, "parent", transcript),
                "version": transcript.version,
            }
        )


def frame_for_child(message: Mapping[str, Any], write: JsonEncoder = write_plainly) -> bytes:
    """A checked message from the program, as a frame. Raises WireError."""
    framed = encode(message, FRAME_LIMIT_TO_CHILD, write)
    if len(framed) > ITEM_LIMIT_TO_CHILD:
        measure(framed, ITEM_LIMIT_TO_CHILD)
    check(message, "to_child", len(framed))
    return framed


_OPEN: Final = frozenset({State.CONNECTED, State.DEGRADED})


def _require_open(machine: Machine) -> None:
    if machine.state not in _OPEN:
        raise HandshakeError("wire.not_connected", state=machine.state)


def _leave(machine: Machine, why: str) -> None:
    """Take the machine to Disconnected by the arrows that its state has."""
    for event in _WAYS_OUT.get(machine.state, ()):
        machine.fire(event, why)


# A socket that broke is given up; a child that reconnects comes with another one.
_WAYS_OUT: Final = {
    State.CONNECTING: (Event.CONNECTION_FAILED,),
    State.AUTHENTICATING: (Event.AUTH_FAILED,),
    State.CONNECTED: (Event.CONNECTION_LOST, Event.MAX_RETRIES_EXCEEDED),
    State.DEGRADED: (Event.CONNECTION_LOST, Event.MAX_RETRIES_EXCEEDED),
    State.RECONNECTING: (Event.MAX_RETRIES_EXCEEDED,),
}
