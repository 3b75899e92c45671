"""What holds for a Player process whatever loop it hangs on; the adapters bring sockets and pipes.

Supervision is told what happened (a connection proved itself, bytes came, the process is gone, time
passed) and tells the listener in the promised order: ready, messages and output, and exactly one
exit at the very end. It does nothing by itself: `write` and `kill` are the adapter's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from harmony.foundation.clock import Clock
from harmony.states.connection import ConnectionState
from harmony.wire.connection import Message, ServerConnection
from harmony.wire.errors import MessageError, WireError
from harmony.wire.handshake import new_secret
from harmony.wire.launch import Exit, Launch
from harmony.wire.messages import check

Stream = Literal["stdout", "stderr"]

STDERR_TAIL: Final = 8 * 1024
HEALTH_SECONDS: Final = 5.0
"""How often a connected child is asked whether it still hears (seeds/000, chart 6)."""
SLOW_SECONDS: Final = 0.5
"""An answer that takes longer than this makes a connection Degraded."""
_FIRST_CHECK: Final = 1 << 52
"""Health checks count from here, so that they are told from pings that the listener sends."""


class Listener(Protocol):
    """Whoever hears a process; `harmony.pit.process.ProcessListener` is one by its shape."""

    def ready(self, players: tuple[str, ...]) -> None: ...

    def received(self, message: Mapping[str, Any]) -> None: ...

    def output(self, stream: Stream, data: bytes) -> None: ...

    def exited(self, ending: Exit, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a child to be ready, and for one that was asked to end."""

    start: float = 30.0
    stop: float = 3.0


class Supervision:
    """One process, from its launch to its end."""

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        clock: Clock,
        patience: Patience,
        kill: Callable[[], None],
    ) -> None:
        self.launch = launch
        self.secret = new_secret()
        self._listener = listener
        self._clock = clock
        self._patience = patience
        self._kill = kill
        self._connection: ServerConnection | None = None
        self._write: Callable[[bytes], None] | None = None
        self._unsent: list[Message] = []
        self._tail = bytearray()
        self._notes: list[str] = []
        self._is_ready = False
        self._stopping = False
        self._exit: Exit | None = None
        self._deadline: float | None = clock.monotonic() + patience.start
        self._next_check: float | None = None
        self._check_sent: float | None = None
        self._check = _FIRST_CHECK

    @property
    def expects_connection(self) -> bool:
        """Whether the child has still to connect. A second connection for a process is refused."""
        return self._connection is None and self._exit is None

    @property
    def exit(self) -> Exit | None:
        """How the process ended; None while it has not."""
        return self._exit

    @property
    def connection_state(self) -> str:
        """Where chart 6 stands for the connection to the child."""
        if self._connection is None:
            return ConnectionState.DISCONNECTED if self._exit else ConnectionState.CONNECTING
        return self._connection.state

    def deadline(self) -> float | None:
        """When, on the monotonic clock, `expire` is to be called; None when nothing is awaited."""
        if self._deadline is None or self._next_check is None:
            return self._next_check if self._deadline is None else self._deadline
        return min(self._deadline, self._next_check)

    def expire(self) -> None:
        """End the process if what it was waited for did not happen in time; check its health."""
        now = self._clock.monotonic()
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            if not self._stopping:
                self.note(f"The process was not ready within {self._patience.start:g} seconds.")
            self._kill()
        if self._next_check is not None and now >= self._next_check:
            self._check_health(now)

    def connected(self, connection: ServerConnection, write: Callable[[bytes], None]) -> None:
        """The child proved itself on this connection; what was to be sent to it goes out."""
        self._connection, self._write = connection, write
        self._next_check = self._clock.monotonic() + HEALTH_SECONDS
        unsent, self._unsent = self._unsent, []
        if unsent:
            write(b"".join(connection.send(message) for message in unsent))

    def received(self, messages: list[Message]) -> None:
        """Messages came, in this order."""
        for message in messages:
            if self._exit is not None:
                return
            if message["kind"] != "ready":
                if not self._is_ready:
                    self.broken(MessageError("wire.not_ready", kind=message["kind"]))
                    return
                if message["kind"] == "pong" and message["number"] >= _FIRST_CHECK:
                    self._answered(message["number"])
                else:
                    self._listener.received(message)
            elif self._is_ready:
                self.broken(MessageError("wire.ready_repeated"))
                return
            else:
                self._is_ready = True
                if not self._stopping:
                    self._deadline = None
                self._listener.ready(tuple(message["players"]))

    def broken(self, error: WireError) -> None:
        """The child broke the protocol. Nothing that it says is believed any more: it is ended."""
        self.note(str(error))
        self._kill()

    def _check_health(self, now: float) -> None:
        assert self._connection is not None
        if not self._connection.open:
            self._next_check = None
            return
        self._next_check = now + HEALTH_SECONDS
        if self._check_sent is not None:
            # No reason to end it: a library may be at work that does not let Python answer.
            self._connection.slowed(late=True)
            return
        self._check += 1
        self._check_sent = now
        self.send({"kind": "ping", "number": self._check})

    def _answered(self, number: int) -> None:
        if self._connection is None or self._check_sent is None or number != self._check:
            return
        took = self._clock.monotonic() - self._check_sent
        self._check_sent = None
        if took > SLOW_SECONDS:
            self._connection.slowed(late=False)
        else:
            self._connection.recovered()

    def lost(self) -> None:
        """The socket is closed. A child without one is of no use; it mostly is dead already."""
        if self._connection is not None:
            self._connection.lost()
        self._kill()

    def output(self, stream: Stream, data: bytes) -> None:
        """The child printed something."""
        if stream == "stderr":
            self._tail += data[-STDERR_TAIL:]
            del self._tail[:-STDERR_TAIL]
        if self._exit is None:
            self._listener.output(stream, data)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message, or keep it until the handshake is done. Raises WireError."""
        if self._connection is not None and self._write is not None and self._connection.open:
            self._write(self._connection.send(message))
            return
        check(message, "to_child")
        # To a process that is on its way out nothing is sent: its exit is told soon.
        if self._connection is None and self._exit is None:
            self._unsent.append(dict(message))

    def stop(self) -> None:
        """Ask the child to end, and see to it that it does."""
        if self._stopping or self._exit is not None:
            return
        self._stopping = True
        if self._connection is None:
            self._kill()
            return
        self._deadline = self._clock.monotonic() + self._patience.stop
        self.send({"kind": "shutdown"})

    def note(self, text: str) -> None:
        """Remember why the process is about to end, for the words of its exit."""
        self._notes.append(text)

    def ended(self, code: int | None, signal: int | None = None) -> None:
        """The process is gone, and all that it said was passed on. Told to the listener once."""
        if self._exit is not None:
            return
        if self._connection is not None:
            self._connection.lost()
        self._deadline = self._next_check = None
        tail = self._tail.decode("utf-8", "replace").rstrip("\n")
        self._exit = Exit(code, signal, "\n".join(filter(None, [tail, *self._notes])))
        self._listener.exited(self._exit)
