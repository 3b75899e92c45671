"""What holds for a Player process whatever loop it hangs on; the adapters bring sockets and pipes.

Supervision is told what happened (a connection proved itself, bytes came, the process is gone, time
passed) and tells the listener in the promised order: ready, messages and output, and exactly one
exit at the very end. It does nothing by itself: `write` and `kill` are the adapter's.

A socket may break while the process lives. A child that can then reconnects, and the attempt goes
on: what either side had not acknowledged is said again once (wire/delivery.py). The program waits
a bounded time for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from harmony.foundation.clock import Clock
from harmony.ipc.chatter import CHATTY, Chatter, Printed, Stream
from harmony.ipc.health import SILENT_SECONDS, Pulse
from harmony.states.connection import CHART
from harmony.states.connection import ConnectionEvent as Event
from harmony.states.connection import ConnectionState as State
from harmony.states.kernel import Machine
from harmony.wire.connection import Message, ServerConnection, frame_for_child
from harmony.wire.delivery import UNCOUNTED, Delivery
from harmony.wire.errors import MessageError, WireError
from harmony.wire.handshake import new_secret
from harmony.wire.health import Health
from harmony.wire.launch import Exit, Launch

__all__ = ["Listener", "Patience", "Stream", "Supervision"]

STDERR_TAIL: Final = 8 * 1024

_ASKED: Final = {"save": "saved", "quota": "quota"}
"""Capabilities, and the field of a `run` that is only for a child that has it."""

_ENDINGS: Final = frozenset({"result", "failure"})
_write_json: Final = msgspec.json.Encoder().encode


class Listener(Protocol):
    """Whoever hears a process; `harmony.pit.process.ProcessListener` is one by its shape."""

    def ready(self, players: tuple[str, ...]) -> None: ...

    def received(self, message: Mapping[str, Any]) -> None: ...

    def output(self, stream: Stream, data: bytes) -> None: ...

    def exited(self, ending: Exit, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    `start` for a child to be ready, `stop` for one that was asked to end, `reconnect` for one whose
    connection broke, `silent` for one that answers nothing and does nothing.
    """

    start: float = 30.0
    stop: float = 3.0
    reconnect: float = 5.0
    silent: float = SILENT_SECONDS


class Supervision:
    """One process, from its launch to its end."""

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        clock: Clock,
        patience: Patience,
        kill: Callable[[], None],
        rearm: Callable[[], None] = lambda: None,
    ) -> None:
        now = clock.monotonic()
        self.launch = launch
        self.secret = new_secret()
        self.pid: int | None = None
        self.capabilities: frozenset[str] = frozenset()
        self.machine = Machine(f"connection of {launch.process}", CHART, clock, history=64)
        self._listener = listener
        self._clock = clock
        self._patience = patience
        self._kill = kill
        self._rearm = rearm
        self._write: Callable[[bytes], None] | None = None
        self._proved = False
        self._delivery = Delivery()
        self._reliable = True
        self._waits_for_resume = False
        self._pulse = Pulse(now, patience.silent)
        self._chatter = Chatter(now)
        self._printed = Printed()
        self._open: set[tuple[str, int]] = set()
        self._later: deque[Message] = deque()
        self._tail = bytearray()
        self._notes: list[str] = []
        self._is_ready = False
        self._stopping = False
        self._distrusted = False
        self._exit: Exit | None = None
        self._ready_until = now + patience.start
        self._deadline: float | None = self._ready_until
        self._reconnections = 0
        self._stale = 0
        self.machine.fire(Event.CONNECT, "started")

    @property
    def expects_connection(self) -> bool:
        """Whether the child has still to connect. A second connection for a process is refused."""
        return self._exit is None and self.machine.state in (State.CONNECTING, State.RECONNECTING)

    @property
    def exit(self) -> Exit | None:
        """How the process ended; None while it has not."""
        return self._exit

    @property
    def connection_state(self) -> str:
        """Where chart 6 stands for the connection to the child."""
        return self.machine.state

    @property
    def health(self) -> Health:
        """How the connection does now."""
        return Health(
            connection=self.machine.state,
            round_trip=self._pulse.round_trip,
            silent=self._clock.monotonic() - self._pulse.heard,
            sent=self._delivery.sent,
            received=self._delivery.received,
            unacknowledged=self._delivery.kept,
            reconnections=self._reconnections,
            left_out=self._chatter.left_out,
            stale=self._stale,
            cut=self._printed.cut,
            capabilities=self.capabilities,
        )

    def deadline(self) -> float | None:
        """When, on the monotonic clock, `expire` is to be called; None when nothing is awaited."""
        if self._exit is not None or self._write is None:
            return self._deadline
        return self._pulse.due if self._deadline is None else min(self._deadline, self._pulse.due)

    def expire(self) -> None:
        """End the process if what it was waited for did not happen in time; check its health."""
        now = self._clock.monotonic()
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            if self.machine.state == State.RECONNECTING:
                self._give_up("it did not come back")
                self.note(
                    "The connection to the process broke and did not come back within "
                    f"{self._patience.reconnect:g} seconds."
                )
            elif not self._stopping:
                self.note(f"The process was not ready within {self._patience.start:g} seconds.")
            self._kill()
        if self._exit is None and self._write is not None and now >= self._pulse.due:
            self._check_health(now)

    def connected(self, connection: ServerConnection, write: Callable[[bytes], None]) -> None:
        """The child proved itself on this connection; what was to be sent to it goes out."""
        again = self._proved
        if again:
            self.machine.fire(Event.RETRY_ATTEMPT, "the child came back")
            self._reconnections += 1
            self._deadline = None if self._is_ready else self._ready_until
        self.machine.fire(Event.TRANSPORT_ESTABLISHED, "accepted")
        self.machine.fire(Event.AUTH_SUCCESS, "proof verified")
        self._proved = True
        self.capabilities = connection.capabilities
        self._reliable = "reconnect" in connection.capabilities
        self._pulse.forget(self._clock.monotonic())
        self._write = write
        self._rearm()
        if again:
            # Nothing more until the child has told what it has.
            self._waits_for_resume = True
            self._say_uncounted({"kind": "resume", "received": self._delivery.tell()})
            return
        unsent = self._delivery.missing(0)
        if not self._reliable:
            self._delivery.forget()
        if unsent:
            write(unsent)

    def received(self, messages: list[Message], size: int = 0) -> None:
        """Messages came, in this order, in so many bytes."""
        now = self._pulse.heard = self._clock.monotonic()
        # Counted before anybody hears of them: what a listener does may lead back to here.
        counted = sum(message["kind"] not in UNCOUNTED for message in messages)
        due = self._delivery.took(counted, size)
        open_tasks, tell = self._open, self._listener.received
        for message in messages:
            if self._exit is not None or self._distrusted:
                return
            kind = message["kind"]
            if not self._is_ready or kind not in _OF_A_TASK:
                self._about_the_process(kind, message, now)
                continue
            task = (message["task"], message["attempt"])
            if task not in open_tasks:
                # It was never given this task, or has ended it: nobody waits for what it says.
                self._stale += 1
            elif kind in CHATTY:
                for each in self._chatter.pass_on(message, now):
                    tell(each)
            elif kind in _ENDINGS:
                open_tasks.discard(task)
                self._before_the_end(task)
                tell(message)
                if self._later and not open_tasks:
                    self.send(self._later.popleft())
            else:
                tell(message)
        if due and self._reliable:
            self._say_uncounted({"kind": "acknowledge", "received": self._delivery.tell()})

    def broken(self, error: WireError) -> None:
        """The child broke the protocol. Nothing that it says is believed any more: it is ended."""
        self.note(str(error))
        self._distrusted = True
        self._write = None
        if self.machine.state != State.DISCONNECTED:
            self.machine.fire(Event.DISCONNECT, error.code)
        self._kill()

    def lost(self) -> None:
        """The socket is closed. A child that can will come back; any other is of no use."""
        self._write = None
        self._waits_for_resume = False
        if self.machine.state not in (State.CONNECTED, State.DEGRADED):
            self._kill()
            return
        self.machine.fire(Event.CONNECTION_LOST, "socket closed")
        if not self._reliable or self._stopping:
            self._give_up("socket closed")
            if not self._stopping:  # else it is on its way out, and has its grace for that
                self._kill()
            return
        self._deadline = self._clock.monotonic() + self._patience.reconnect
        self._rearm()

    def output(self, stream: Stream, data: bytes) -> None:
        """The child printed something."""
        if stream == "stderr":
            self._tail += data[-STDERR_TAIL:]
            del self._tail[:-STDERR_TAIL]
        if self._exit is None and (passed := self._printed.pass_on(data)):
            self._listener.output(stream, passed)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message, or keep it until the handshake is done. Raises WireError."""
        if message.get("kind") == "run" and self._proved and not self._takes(message):
            return
        framed = frame_for_child(message, _write_json)
        # To a process that is on its way out nothing is sent: its exit is told soon.
        if self._exit is not None or self.machine.state == State.DISCONNECTED:
            return
        if message["kind"] == "run":
            self._open.add((message["task"], message["attempt"]))
        if self._reliable:
            self._delivery.keep(framed)
        else:
            self._delivery.sent += 1
        if self._write is not None and not self._waits_for_resume:
            self._write(framed)

    def _takes(self, run: Mapping[str, Any]) -> bool:
        """Whether a task is sent as it is, now. Only what the child said that it can is used."""
        unknown = [
            name for can, name in _ASKED.items() if name in run and can not in self.capabilities
        ]
        if unknown:
            self.send({name: what for name, what in run.items() if name not in unknown})
            return False
        if self._open and "prefetch" not in self.capabilities:
            frame_for_child(run, _write_json)  # whoever sends it hears now if it is wrong
            self._later.append(dict(run))
            return False
        return True

    def stop(self) -> None:
        """Ask the child to end, and see to it that it does."""
        if self._stopping or self._exit is not None:
            return
        self._stopping = True
        if self._write is None:
            self._kill()
            return
        self._deadline = self._clock.monotonic() + self._patience.stop
        self._rearm()
        self.send({"kind": "shutdown"})

    def note(self, text: str) -> None:
        """Remember why the process is about to end, for the words of its exit."""
        self._notes.append(text)

    def ended(self, code: int | None, signal: int | None = None) -> None:
        """The process is gone, and all that it said was passed on. Told to the listener once."""
        if self._exit is not None:
            return
        self._say_what_was_cut()
        if self.machine.state in (State.CONNECTED, State.DEGRADED):
            self.machine.fire(Event.DISCONNECT, "process ended")
        elif self.machine.state != State.DISCONNECTED:
            self._give_up("process ended")
        self._write = self._deadline = None
        self._delivery.forget()
        tail = self._tail.decode("utf-8", "replace").rstrip("\n")
        self._exit = Exit(code, signal, "\n".join(filter(None, [tail, *self._notes])))
        self._listener.exited(self._exit)

    def drained(self) -> None:
        """All that was printed so far was passed on: what comes next is another task's."""
        self._say_what_was_cut()

    def _about_the_process(self, kind: str, message: Message, now: float) -> None:
        """A message that is about no task."""
        if kind in UNCOUNTED:
            try:
                self._account(kind, message["received"])
            except WireError as error:
                self.broken(error)
        elif kind == "ready":
            self._became_ready(tuple(message["players"]))
        elif not self._is_ready:
            self.broken(MessageError("wire.not_ready", kind=kind))
        elif kind == "pong" and self._pulse.answer(message["number"], now, not self._open):
            self._judge()
        else:
            self._listener.received(message)

    def _became_ready(self, players: tuple[str, ...]) -> None:
        if self._is_ready:
            self.broken(MessageError("wire.ready_repeated"))
            return
        self._is_ready = True
        if not self._stopping:
            self._deadline = None
        self._listener.ready(players)

    def _account(self, kind: str, received: int) -> None:
        """The child told how many messages it has."""
        if kind == "acknowledge":
            self._delivery.acknowledged(received)
            return
        if not self._waits_for_resume or self._write is None:
            raise MessageError("wire.resume_unasked")
        # It came back: what it has not got is said again.
        self._waits_for_resume = False
        if missing := self._delivery.missing(received):
            self._write(missing)

    def _before_the_end(self, task: tuple[str, int]) -> None:
        for held in self._chatter.before_the_end(*task):
            self._listener.received(held)

    def _say_what_was_cut(self) -> None:
        if (said := self._printed.next_task()) and self._exit is None:
            self._listener.output("stderr", said)

    def _say_uncounted(self, message: Message) -> None:
        if self._write is not None:
            self._write(frame_for_child(message, _write_json))

    def _check_health(self, now: float) -> None:
        if self._pulse.is_lost(now, self.pid):
            self.note(
                f"The process has answered nothing for {now - self._pulse.heard:.0f} seconds, and "
                "did nothing: it was stopped, or it hangs."
            )
            self._degrade(Event.PACKET_LOSS)
            self.machine.fire(Event.HEALTH_CHECK_FAILED, "no answer")
            self._give_up("no answer")
            self._write = None
            self._kill()
            return
        if self._pulse.unanswered:
            self._degrade(Event.PACKET_LOSS)
        number = self._pulse.question(now)
        if number is not None:
            self.send({"kind": "ping", "number": number})

    def _judge(self) -> None:
        """A health check was answered."""
        slow = self._pulse.slow
        if slow:
            self._degrade(Event.LATENCY_SPIKE)
        elif self.machine.state == State.DEGRADED and not self._pulse.unanswered:
            self.machine.fire(Event.PERFORMANCE_RESTORED, "health check")
        self._rearm()

    def _degrade(self, event: str) -> None:
        if self.machine.state == State.CONNECTED:
            self.machine.fire(event, "health check")

    def _give_up(self, why: str) -> None:
        if self.machine.state == State.RECONNECTING:
            self.machine.fire(Event.MAX_RETRIES_EXCEEDED, why)
        elif self.machine.state != State.DISCONNECTED:
            self.machine.fire(Event.DISCONNECT, why)


_OF_A_TASK: Final = frozenset(
    {
        "started", "progress", "log", "partial", "save", "heartbeat", "spent", "result", "failure",
    }
)  # fmt: skip
