"""One Player process on an asyncio loop: its start, its pipes, its end.

The pipes hang on the loop by their descriptors, so that `drain` can read what is there now without
waiting for the loop. The end is seen through a pidfd where there is one, else by a thread that
waits.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import fcntl
import os
import secrets
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from harmony.foundation.clock import Clock
from harmony.foundation.processes import kill_group
from harmony.ipc.aio_socket import Peer
from harmony.ipc.launching import command, environment, errand_line
from harmony.ipc.leftovers import end_leftovers
from harmony.ipc.records import write_record
from harmony.ipc.supervision import Listener, Patience, Stream, Supervision
from harmony.wire.health import Health
from harmony.wire.launch import Launch

_READ_SIZE: Final = 256 * 1024


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
        self._alarm: asyncio.TimerHandle | None = None
        self.supervision = Supervision(
            launch, listener, clock, patience, self.kill, self._set_alarm
        )
        self._loop = loop
        self._folder = folder
        self._clock = clock
        self._gone = gone
        self._child: subprocess.Popen[bytes] | None = None
        self._pidfd: int | None = None
        self._pipes: dict[Stream, int] = {}
        self._peer: Peer | None = None
        self._record: Path | None = None
        self._mark = secrets.token_hex(8)
        self._over = False

    @property
    def pid(self) -> int | None:
        """Its process id, once it runs."""
        return None if self._child is None else self._child.pid

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
        for stream, pipe in tuple(self._pipes.items()):
            self._read_available(stream, pipe)
        self.supervision.drained()

    def stop(self) -> None:
        """Ask it to end; its whole group is killed when it has not after a short grace."""
        self.supervision.stop()

    def kill(self) -> None:
        """End its whole process group at once."""
        if self._child is not None and not self._over:
            kill_group(self._child.pid)

    def spawn(self, socket_path: Path) -> None:
        """Start the program and watch it."""
        launch = self.supervision.launch
        try:
            self._child = subprocess.Popen(
                command(launch),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=launch.working_folder,
                env=environment(launch, self._mark),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self.supervision.note(f"The process could not be started: {error}")
            self._loop.call_soon(self._end, None)
            return
        child = self._child
        self.supervision.pid = child.pid
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self._record = write_record(self._folder, child.pid, self._mark)
        for name, pipe in (("stdout", child.stdout), ("stderr", child.stderr)):
            self._watch_pipe(name, pipe.fileno())  # type: ignore[arg-type]
        self._watch_end(child)
        self._set_alarm()
        # A child that died at once has closed its end; its exit says more than a broken pipe.
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(errand_line(launch, self.supervision.secret, str(socket_path)))

    def attach(self, peer: Peer) -> None:
        """The child connected and proved itself, for the first time or again."""
        if self._peer is not None:
            self._peer.close()
        self._peer = peer
        peer.belongs_to(self.supervision)
        self.supervision.connected(peer.connection, peer.write)

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
        end_leftovers(self._mark, self._child.pid)
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


def _bytes_available(pipe: int) -> int:
    """How many bytes a pipe holds now."""
    fcntl.ioctl(pipe, termios.FIONREAD, _COUNT)
    return _COUNT[0]


_COUNT: Final = array.array("i", [0])
