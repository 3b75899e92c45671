"""Player processes on Qt's loop: a QProcess each, on one QLocalServer. What the Board runs on.

The same supervision as on asyncio; here are only Qt's objects, their parents and their signals. All
frames of a read are taken at once, since a turn of the Qt loop costs far more than a message
(FACTS.md).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import shiboken6
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from harmony.foundation.clock import Clock, SystemClock
from harmony.foundation.processes import kill_group
from harmony.ipc.errors import HostClosedError, IpcError
from harmony.ipc.launching import command, environment, errand_line
from harmony.ipc.leftovers import end_leftovers
from harmony.ipc.reception import Reception
from harmony.ipc.records import leave_folder, owner_folder, write_record
from harmony.ipc.supervision import Listener, Patience, Stream, Supervision
from harmony.wire.connection import HANDSHAKE_SECONDS, ServerConnection
from harmony.wire.errors import WireError
from harmony.wire.health import Health
from harmony.wire.launch import Launch

_READ_BUFFER: Final = 1024 * 1024
_BACKLOG: Final = 128
_MOST_READS: Final = 256
"""How often one `drain` reads: a child that never stops printing must not hold the loop."""


class QtProcessHost:
    """Starts Player processes on the Qt loop (`harmony.pit.process.ProcessHost`).

    Made in the thread of the QCoreApplication; `close` is awaited under qasync.
    """

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
        self._processes: dict[str, QtProcess] = {}
        self._strangers: set[_Peer] = set()
        # Every Qt object of this host hangs below it, and goes with it.
        self._root = QObject()
        self._server: QLocalServer | None = None
        self._folder: Path | None = None
        self._path: Path | None = None
        self._closed = False
        self._all_gone: asyncio.Event | None = None

    @property
    def socket_path(self) -> Path | None:
        """Where children connect; None before the first start."""
        return self._path

    def start(self, launch: Launch, listener: Listener) -> QtProcess:
        """Start a process. A start that fails is told to the listener as an exit, a turn later.

        Raises HostClosedError. `launch.process` must be the id of no process that still runs.
        """
        if self._closed:
            raise HostClosedError("ipc.host_closed")
        if launch.process in self._processes:
            raise ValueError(f"a process {launch.process!r} runs already")
        folder, path = self._listen()
        process = QtProcess(
            launch, listener, self._root, folder, self._clock, self._patience, self._gone
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
        if self._server is not None:
            self._server.close()
            self._server = None
            # Now, and in this thread: a collector may run in any.
            shiboken6.delete(self._root)
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._folder is not None:
            leave_folder(self._folder)

    def _listen(self) -> tuple[Path, Path]:
        if self._folder is None or self._path is None:
            self._folder = owner_folder(self._runtime_folder)
            self._path = self._folder / f"{secrets.token_hex(4)}.socket"
            self._server = QLocalServer(self._root)
            self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
            self._server.setListenBacklogSize(_BACKLOG)
            self._server.setMaxPendingConnections(_BACKLOG)
            self._server.newConnection.connect(self._accept)
            if not self._server.listen(str(self._path)):
                raise IpcError(
                    "ipc.cannot_listen", path=str(self._path), reason=self._server.errorString()
                )
        return self._folder, self._path

    def _accept(self) -> None:
        assert self._server is not None
        while (accepted := self._server.nextPendingConnection()) is not None:
            accepted.setParent(self._root)
            connection = self._reception.admit(int(accepted.socketDescriptor()))
            if connection is None:
                accepted.abort()
                accepted.deleteLater()
                continue
            peer = _Peer(accepted, connection, self, self._clock)
            self._strangers.add(peer)
            peer.open()

    def welcome(self, peer: _Peer, process: str) -> None:
        """A stranger proved to be this process."""
        self.forget(peer)
        self._processes[process].attach(peer)

    def forget(self, peer: _Peer) -> None:
        """A stranger is gone, or is none any more."""
        self._strangers.discard(peer)
        self._reception.dismiss(peer.connection)

    def _gone(self, process: QtProcess) -> None:
        self._processes.pop(process.supervision.launch.process, None)
        self._reception.forget(process.supervision)
        if self._all_gone is not None and not self._processes:
            self._all_gone.set()


class QtProcess:
    """A started process (`harmony.pit.process.PlayerProcess`)."""

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        parent: QObject,
        folder: Path,
        clock: Clock,
        patience: Patience,
        gone: Callable[[QtProcess], None],
    ) -> None:
        self.supervision = Supervision(
            launch, listener, clock, patience, self.kill, self._set_alarm
        )
        self._folder = folder
        self._clock = clock
        self._gone = gone
        self._pid: int | None = None
        self._peer: _Peer | None = None
        self._record: Path | None = None
        self._over = False
        self._draining = False
        self._ending: tuple[int | None, int | None] | None = None
        self._mark = secrets.token_hex(8)
        self._process = QProcess(parent)
        self._alarm = QTimer(self._process)
        self._alarm.setSingleShot(True)
        self._alarm.timeout.connect(self._ring)

    @property
    def pid(self) -> int | None:
        """Its process id, once it runs."""
        return self._pid

    @property
    def capabilities(self) -> frozenset[str]:
        """What the child said that it can do; empty before it is ready."""
        return self.supervision.capabilities

    @property
    def health(self) -> Health:
        """How the connection to it does now."""
        return self.supervision.health

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message; one sent before the handshake is done goes out right after it."""
        self.supervision.send(message)

    def drain(self) -> None:
        """Deliver, now, what the child has printed so far."""
        if self._over or self._draining:
            return
        # Reading may also find the child dead; its end is told when the messages before it are.
        self._draining = True
        try:
            for _ in range(_MOST_READS):
                if not self._process.waitForReadyRead(0):
                    break
                self._read_both()
            self._read_both()
        finally:
            self._draining = False
        self.supervision.drained()

    def stop(self) -> None:
        """Ask it to end; its whole group is killed when it has not after a short grace."""
        self.supervision.stop()

    def kill(self) -> None:
        """End its whole process group at once."""
        if self._pid is not None and not self._over:
            kill_group(self._pid)

    def spawn(self, socket_path: Path) -> None:
        """Start the program and watch it."""
        launch = self.supervision.launch
        program, *arguments = command(launch)
        variables = QProcessEnvironment()
        for name, value in environment(launch, self._mark).items():
            variables.insert(name, value)
        process = self._process
        process.setProgram(program)
        process.setArguments(arguments)
        process.setWorkingDirectory(str(launch.working_folder))
        process.setProcessEnvironment(variables)
        flags = QProcess.UnixProcessFlag
        process.setUnixProcessParameters(flags.CreateNewSession | flags.CloseFileDescriptors)
        process.readyReadStandardOutput.connect(self._read_stdout)
        process.readyReadStandardError.connect(self._read_stderr)
        process.errorOccurred.connect(self._failed)
        process.finished.connect(self._finished)
        process.start()
        self._pid = process.processId() or None
        if self._pid is None:
            return
        self.supervision.pid = self._pid
        self._record = write_record(self._folder, self._pid, self._mark)
        process.write(errand_line(launch, self.supervision.secret, str(socket_path)))
        process.closeWriteChannel()
        self._set_alarm()

    def attach(self, peer: _Peer) -> None:
        """The child connected and proved itself, for the first time or again."""
        if self._peer is not None:
            self._peer.close()
        self._peer = peer
        peer.belongs_to(self)
        self.supervision.connected(peer.connection, peer.write)

    def _read_stdout(self) -> None:
        self._pass_on("stdout", self._process.readAllStandardOutput().data())

    def _read_stderr(self) -> None:
        self._pass_on("stderr", self._process.readAllStandardError().data())

    def _read_both(self) -> None:
        self._read_stdout()
        self._read_stderr()

    def _pass_on(self, stream: Stream, data: bytes | bytearray | memoryview) -> None:
        if len(data) > 0:
            self.supervision.output(stream, bytes(data))

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.supervision.note(
                f"The process could not be started: {self._process.errorString()}"
            )
            self._pid = None
            self._end_soon(None, None)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        if status == QProcess.ExitStatus.CrashExit:
            self._end_soon(None, code)  # Qt gives the number of the signal as the code
        else:
            self._end_soon(code, None)

    def _end_soon(self, code: int | None, signal: int | None) -> None:
        """End in a turn of the loop of its own: never inside of `start`, nor of a `drain`."""
        if self._ending is None:
            self._ending = (code, signal)
            QTimer.singleShot(0, self._process, self._end)

    def _end(self) -> None:
        """Pass on what is left in socket and pipes, let go of everything, tell the exit."""
        if self._over or self._ending is None:
            return
        # Qt has reaped the leader; the group lives on only in what the leader left behind.
        self.kill()
        if self._pid is not None:
            end_leftovers(self._mark, self._pid)
        if self._peer is not None:
            self._peer.read_rest()
        self._over = True
        if self._peer is not None:
            self._peer.close()
        self._read_both()
        self._alarm.stop()
        self._process.close()
        self._process.deleteLater()
        if self._record is not None:
            self._record.unlink(missing_ok=True)
        self._gone(self)
        code, signal = self._ending
        self.supervision.ended(code, signal)

    def _set_alarm(self) -> None:
        if self._over:
            return
        self._alarm.stop()
        deadline = self.supervision.deadline()
        if deadline is not None:
            self._alarm.start(_milliseconds(deadline - self._clock.monotonic()))

    def _ring(self) -> None:
        self.supervision.expire()
        self._set_alarm()


class _Peer:
    """An accepted socket: at first a stranger's, then that of a process."""

    def __init__(
        self,
        accepted: QLocalSocket,
        connection: ServerConnection,
        host: QtProcessHost,
        clock: Clock,
    ) -> None:
        self.connection = connection
        self._socket = accepted
        self._host = host
        self._clock = clock
        self._process: QtProcess | None = None
        self._closed = False
        self._alarm = QTimer(accepted)
        self._alarm.setSingleShot(True)
        self._alarm.timeout.connect(self._too_late)

    def open(self) -> None:
        """Send the challenge, and wait for the answer no longer than is allowed."""
        self._socket.setReadBufferSize(_READ_BUFFER)
        self._socket.readyRead.connect(self._readable)
        self._socket.disconnected.connect(self._lost)
        self.write(self.connection.start())
        self._set_alarm()
        # What came before the signals were connected makes no signal any more.
        self._readable()

    def write(self, data: bytes) -> None:
        """Write it, with all else that this turn of the loop writes, when the turn is over."""
        # Qt does just that as long as nobody calls `flush`.
        if not self._closed:
            self._socket.write(data)

    def belongs_to(self, process: QtProcess) -> None:
        """From now on this is the socket of a process."""
        self._process = process

    def read_rest(self) -> None:
        """Pass on what a dead process said last."""
        for _ in range(_MOST_READS):
            if self._closed or not self._socket.waitForReadyRead(0):
                break
            self._readable()
        self._readable()

    def close(self) -> None:
        """Let go of the socket."""
        if self._closed:
            return
        self._closed = True
        self._alarm.stop()
        self._socket.readyRead.disconnect(self._readable)
        self._socket.disconnected.disconnect(self._lost)
        self._socket.abort()
        self._socket.deleteLater()
        self._host.forget(self)

    def _readable(self) -> None:
        """Take all that was read, and pass on all that is whole in it."""
        # Qt warns about a read from a socket that broke, also when there is nothing to read.
        if self._closed or not self._socket.bytesAvailable():
            return
        data = self._socket.readAll().data()
        if not data:
            return
        try:
            messages, answer = self.connection.receive(bytes(data))
        except WireError as error:
            if self._process is not None:
                self._process.supervision.broken(error)
            self.close()
            return
        if answer:
            self.write(answer)
            self._alarm.stop()
            name = self.connection.process
            assert name is not None
            self._host.welcome(self, name)
        if messages and self._process is not None:
            self._process.supervision.received(messages, len(data))
            # What was said in answer goes out now, without another turn of the loop.
            if self._socket.bytesToWrite():
                self._socket.flush()

    def _lost(self) -> None:
        self._readable()
        process, self._process = self._process, None
        self.connection.lost()
        self.close()
        if process is not None:
            process.supervision.lost()

    def _set_alarm(self) -> None:
        deadline = self.connection.deadline()
        if deadline is not None:
            self._alarm.start(_milliseconds(deadline - self._clock.monotonic()))

    def _too_late(self) -> None:
        try:
            self.connection.check_deadline()
        except WireError:
            self.close()
        else:
            self._set_alarm()


def _milliseconds(seconds: float) -> int:
    """For a timer; a whole millisecond more than too few, or it would ring before its time."""
    return max(0, int(seconds * 1000) + 1)
