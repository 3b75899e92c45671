"""Player processes on an asyncio loop: what terminal, script, notebook and cluster worker run on.

Sockets and pipes hang on the loop by their file descriptors, without streams or transports: one
callback from the kernel to the listener, and `drain` can read what is there now without waiting for
the loop. The end of a process is seen through a pidfd where there is one, else by a thread that
waits for it.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from harmony.foundation.clock import Clock, SystemClock
from harmony.foundation.processes import kill_group
from harmony.ipc.errors import HostClosedError
from harmony.ipc.launching import command, environment, errand_line
from harmony.ipc.reception import Reception
from harmony.ipc.records import leave_folder, owner_folder, write_record
from harmony.ipc.supervision import Listener, Patience, Stream, Supervision
from harmony.wire.connection import HANDSHAKE_SECONDS, ServerConnection
from harmony.wire.errors import WireError
from harmony.wire.launch import Launch

_READ_SIZE: Final = 256 * 1024
_MOST_AT_THE_END: Final = 4 * 1024 * 1024
"""The most bytes read at the end of a process: one that escaped its group may write on."""


class AioProcessHost:
    """Starts Player processes on the running loop (`harmony.pit.process.ProcessHost`)."""

    def __init__(
        self,
        runtime_folder: Path,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
        handshake_seconds: float = HANDSHAKE_SECONDS,
    ) -> None:
        self._runtime_folder = runtime_folder
        self._clock = clock or SystemClock()
        self._patience = patience or Patience()
        self._reception = Reception(self._clock, handshake_seconds)
        self._processes: dict[str, AioProcess] = {}
        self._strangers: set[_Peer] = set()
        self._server: socket.socket | None = None
        self._folder: Path | None = None
        self._path: Path | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._all_gone: asyncio.Event | None = None

    @property
    def socket_path(self) -> Path | None:
        """Where children connect; None before the first start."""
        return self._path

    def start(self, launch: Launch, listener: Listener) -> AioProcess:
        """Start a process. A start that fails is told to the listener as an exit, a turn later.

        Raises HostClosedError. `launch.process` must be the id of no process that still runs.
        """
        if self._closed:
            raise HostClosedError("ipc.host_closed")
        if launch.process in self._processes:
            raise ValueError(f"a process {launch.process!r} runs already")
        loop, folder, path = self._listen()
        process = AioProcess(
            launch, listener, loop, folder, self._clock, self._patience, self._gone
        )
        self._processes[launch.process] = process
        process.spawn(path)
        if process.pid is not None:
            self._reception.expect(process.supervision, process.pid)
        return process

    async def close(self) -> None:
        """End every process and the listening socket; returns when all are gone."""
        self._closed = True
        for process in tuple(self._processes.values()):
            process.stop()
        if self._processes:
            self._all_gone = asyncio.Event()
            await self._all_gone.wait()
        for peer in tuple(self._strangers):
            peer.close()
        if self._server is not None and self._loop is not None:
            self._loop.remove_reader(self._server)
            self._server.close()
            self._server = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._folder is not None:
            leave_folder(self._folder)

    def _listen(self) -> tuple[asyncio.AbstractEventLoop, Path, Path]:
        if self._loop is None or self._folder is None or self._path is None:
            self._loop = asyncio.get_running_loop()
            self._folder = owner_folder(self._runtime_folder)
            self._path = self._folder / f"{secrets.token_hex(4)}.socket"
            self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._server.setblocking(False)
            self._server.bind(str(self._path))
            self._path.chmod(0o600)
            self._server.listen(128)
            self._loop.add_reader(self._server, self._accept)
        return self._loop, self._folder, self._path

    def _accept(self) -> None:
        assert self._server is not None
        assert self._loop is not None
        while True:
            try:
                accepted, _ = self._server.accept()
            except (BlockingIOError, InterruptedError):
                return
            accepted.setblocking(False)
            connection = self._reception.admit(accepted.fileno())
            if connection is None:
                accepted.close()
                continue
            peer = _Peer(accepted, connection, self._loop, self)
            self._strangers.add(peer)
            peer.open()

    def welcome(self, peer: _Peer, process: str) -> None:
        """A stranger proved to be this process."""
        self.forget(peer)
        self._processes[process].attach(peer)

    def now(self) -> float:
        """The monotonic time that deadlines are in."""
        return self._clock.monotonic()

    def forget(self, peer: _Peer) -> None:
        """A stranger is gone, or is none any more."""
        self._strangers.discard(peer)
        self._reception.dismiss(peer.connection)

    def _gone(self, process: AioProcess) -> None:
        self._processes.pop(process.supervision.launch.process, None)
        self._reception.forget(process.supervision)
        if self._all_gone is not None and not self._processes:
            self._all_gone.set()


class AioProcess:
    """A started process (`harmony.pit.process.PlayerProcess`)."""

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        loop: asyncio.AbstractEventLoop,
        folder: Path,
        clock: Clock,
        patience: Patience,
        gone: Callable[[AioProcess], None],
    ) -> None:
        self.supervision = Supervision(launch, listener, clock, patience, self.kill)
        self._loop = loop
        self._folder = folder
        self._clock = clock
        self._gone = gone
        self._child: subprocess.Popen[bytes] | None = None
        self._pidfd: int | None = None
        self._pipes: dict[Stream, int] = {}
        self._peer: _Peer | None = None
        self._record: Path | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._over = False

    @property
    def pid(self) -> int | None:
        """Its process id, once it runs."""
        return None if self._child is None else self._child.pid

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; one sent before the handshake is done goes out right after it."""
        self.supervision.send(message)

    def drain(self) -> None:
        """Deliver, now, what the child has printed so far."""
        for stream, pipe in tuple(self._pipes.items()):
            self._read_available(stream, pipe)

    def stop(self) -> None:
        """Ask it to end; its whole group is killed when it has not after a short grace."""
        self.supervision.stop()
        self._set_alarm()

    def kill(self) -> None:
        """End its whole process group at once."""
        if self._child is not None and not self._over:
            kill_group(self._child.pid)

    def spawn(self, socket_path: Path) -> None:
        """Start the program and watch it."""
        launch = self.supervision.launch
        mark = secrets.token_hex(8)
        try:
            self._child = subprocess.Popen(
                command(launch),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=launch.working_folder,
                env=environment(launch, mark),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self.supervision.note(f"The process could not be started: {error}")
            self._loop.call_soon(self._end, None)
            return
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self._record = write_record(self._folder, child.pid, mark)
        for name, pipe in (("stdout", child.stdout), ("stderr", child.stderr)):
            self._watch_pipe(name, pipe.fileno())  # type: ignore[arg-type]
        self._watch_end(child)
        self._set_alarm()
        # A child that died at once has closed its end; its exit says more than a broken pipe.
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(errand_line(launch, self.supervision.secret, str(socket_path)))

    def attach(self, peer: _Peer) -> None:
        """The child connected and proved itself."""
        self._peer = peer
        peer.belongs_to(self)
        self.supervision.connected(peer.connection, peer.write)
        self._set_alarm()

    def lost(self) -> None:
        """Its socket is closed."""
        self.supervision.lost()

    def _watch_pipe(self, stream: Stream, pipe: int) -> None:
        os.set_blocking(pipe, False)
        self._pipes[stream] = pipe
        self._loop.add_reader(pipe, self._read_pipe, stream, pipe)

    def _read_pipe(self, stream: Stream, pipe: int) -> bool:
        """Read once; whether there was something."""
        try:
            data = os.read(pipe, _READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:
            self._loop.remove_reader(pipe)
            self._pipes.pop(stream, None)
            return False
        self.supervision.output(stream, data)
        return True

    def _read_available(self, stream: Stream, pipe: int) -> None:
        # As much as is there now, and no more: a child that never stops printing must not hold us.
        available = _bytes_available(pipe)
        while available > 0:
            data = os.read(pipe, min(available, _READ_SIZE))
            if not data:
                return
            available -= len(data)
            self.supervision.output(stream, data)

    def _watch_end(self, child: subprocess.Popen[bytes]) -> None:
        try:
            self._pidfd = os.pidfd_open(child.pid)
        except (AttributeError, OSError):
            threading.Thread(
                target=self._wait_for_end, args=(child,), name="process end", daemon=True
            ).start()
        else:
            self._loop.add_reader(self._pidfd, self._ended)

    def _wait_for_end(self, child: subprocess.Popen[bytes]) -> None:
        # Not reaped here: the pid must stay its own until the group has been ended.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self._loop.call_soon_threadsafe(self._ended)

    def _ended(self) -> None:
        assert self._child is not None
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        # While the dead child is not reaped, its pid cannot be anybody else's group.
        kill_group(self._child.pid)
        self._end(self._child.wait())

    def _end(self, returncode: int | None) -> None:
        """Pass on what is left in socket and pipes, let go of everything, tell the exit."""
        self._over = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._peer is not None:
            self._peer.read_rest()
            self._peer.close()
        for stream, pipe in tuple(self._pipes.items()):
            self._read_available(stream, pipe)
            self._loop.remove_reader(pipe)
        self._pipes.clear()
        if self._child is not None:
            assert self._child.stdout is not None
            assert self._child.stderr is not None
            self._child.stdout.close()
            self._child.stderr.close()
        if self._record is not None:
            self._record.unlink(missing_ok=True)
        self._gone(self)
        if returncode is not None and returncode < 0:
            self.supervision.ended(None, -returncode)
        else:
            self.supervision.ended(returncode)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        deadline = self.supervision.deadline()
        if deadline is not None and not self._over:
            wait = max(0.0, deadline - self._clock.monotonic())
            self._alarm = self._loop.call_later(wait, self._ring)

    def _ring(self) -> None:
        self.supervision.expire()
        self._set_alarm()


class _Peer:
    """An accepted socket: at first a stranger's, then that of a process."""

    def __init__(
        self,
        accepted: socket.socket,
        connection: ServerConnection,
        loop: asyncio.AbstractEventLoop,
        host: AioProcessHost,
    ) -> None:
        self.connection = connection
        self._socket = accepted
        self._loop = loop
        self._host = host
        self._process: AioProcess | None = None
        self._outgoing = bytearray()
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False

    def open(self) -> None:
        """Send the challenge, and wait for the answer no longer than is allowed."""
        self.write(self.connection.start())
        if not self._closed:
            self._loop.add_reader(self._socket, self._readable)
            self._set_alarm()

    def write(self, data: bytes) -> None:
        """Write now what the socket takes, and the rest when it takes more."""
        if self._closed:
            return
        if self._outgoing:
            self._outgoing += data
            return
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # Gone. What it still said is read first; the end of the stream tells the rest.
            return
        if sent < len(data):
            self._outgoing += data[sent:]
            self._loop.add_writer(self._socket, self._writable)

    def read_rest(self) -> None:
        """Pass on what a dead process said last."""
        rest = _MOST_AT_THE_END * 4
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
        self._host.forget(self)

    def _readable(self) -> None:
        self._read()

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
            if self._process is not None:
                self._process.supervision.broken(error)
            self.close()
            return 0
        if answer:
            self.write(answer)
            self._welcome()
        if messages and self._process is not None:
            self._process.supervision.received(messages)
        return len(data)

    def _welcome(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        name = self.connection.process
        assert name is not None
        self._host.welcome(self, name)

    def belongs_to(self, process: AioProcess) -> None:
        """From now on this is the socket of a process."""
        self._process = process

    def _lost(self) -> None:
        process, self._process = self._process, None
        self.connection.lost()
        self.close()
        if process is not None:
            process.lost()

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._outgoing)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._outgoing.clear()
            sent = 0
        del self._outgoing[:sent]
        if not self._outgoing:
            self._loop.remove_writer(self._socket)

    def _set_alarm(self) -> None:
        deadline = self.connection.deadline()
        if deadline is not None:
            wait = max(0.0, deadline - self._host.now())
            self._alarm = self._loop.call_later(wait, self._too_late)

    def _too_late(self) -> None:
        try:
            self.connection.check_deadline()
        except WireError:
            self.close()
        else:
            self._set_alarm()


def _bytes_available(pipe: int) -> int:
    """How many bytes a pipe holds now."""
    import fcntl
    import termios

    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]
