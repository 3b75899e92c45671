"""Player processes on an asyncio loop: what terminal, script, notebook and cluster worker run on.

The host owns the listening socket and knows its processes by their ids; `aio_process` is one
process, `aio_socket` one accepted socket.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from pathlib import Path

from harmony.foundation.clock import Clock, SystemClock
from harmony.ipc.aio_process import AioProcess
from harmony.ipc.aio_socket import Peer
from harmony.ipc.errors import HostClosedError
from harmony.ipc.reception import Reception
from harmony.ipc.records import leave_folder, owner_folder
from harmony.ipc.supervision import Listener, Patience
from harmony.wire.connection import HANDSHAKE_SECONDS
from harmony.wire.launch import Launch


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
        self._strangers: set[Peer] = set()
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
            peer = Peer(accepted, connection, self._loop, self._clock, self._proved, self._forget)
            self._strangers.add(peer)
            peer.open()

    def _proved(self, peer: Peer, process: str) -> None:
        """A stranger proved to be this process."""
        self._forget(peer)
        self._processes[process].attach(peer)

    def _forget(self, peer: Peer) -> None:
        """A stranger is gone, or is none any more."""
        self._strangers.discard(peer)
        self._reception.dismiss(peer.connection)

    def _gone(self, process: AioProcess) -> None:
        self._processes.pop(process.supervision.launch.process, None)
        self._reception.forget(process.supervision)
        if self._all_gone is not None and not self._processes:
            self._all_gone.set()
