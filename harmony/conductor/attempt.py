"""One attempt of a task: a tenant of a Player process, from dispatch to result or end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harmony.foundation.words import render
from harmony.pit.pool import Package, PooledProcess
from harmony.pit.process import Stream
from harmony.wire.launch import Exit


class AttemptListener(Protocol):
    """What the runner hears of an attempt. Each end is told once: result, failure or loss."""

    def attempt_started(self, attempt: Attempt, process: str, pid: int | None) -> None:
        """A process took the task."""

    def attempt_succeeded(self, attempt: Attempt, outputs: dict[str, Any], seconds: float) -> None:
        """The Player returned."""

    def attempt_failed(self, attempt: Attempt, error: dict[str, Any]) -> None:
        """The Player raised, or its process ended."""

    def attempt_said(self, attempt: Attempt, message: Mapping[str, Any]) -> None:
        """Progress, a line of log, or a partial output."""

    def attempt_printed(self, attempt: Attempt, stream: Stream, data: bytes) -> None:
        """The process printed something."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is sent to the process: the task and all it needs, as the `run` message wants it."""

    task: str
    attempt: int
    player: str
    package: Package
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    secrets: dict[str, str]
    scratch: str
    staging: str

    def message(self) -> dict[str, Any]:
        """The `run` message (docs/architecture.md, Messages)."""
        return {
            "kind": "run",
            "task": self.task,
            "attempt": self.attempt,
            "player": self.player,
            "inputs": self.inputs,
            "parameters": self.parameters,
            "secrets": self.secrets,
            "scratch": self.scratch,
            "staging": self.staging,
        }


class Attempt:
    """A tenant of the pool for the time of one attempt."""

    def __init__(self, work: Work, listener: AttemptListener, release: Release) -> None:
        self.work = work
        self._listener = listener
        self._release = release
        self._process: PooledProcess | None = None
        self._over = False

    @property
    def process(self) -> PooledProcess | None:
        """The process that runs it, while it does."""
        return self._process

    def abort(self) -> bool:
        """Ask the Player to stop; False when no process has the task yet."""
        if self._process is None:
            self._over = True
            return False
        self._process.send({"kind": "cancel", "task": self.work.task, "attempt": self.work.attempt})
        return True

    def kill(self) -> None:
        """End the process when it is still at this task."""
        if self._process is not None:
            self._process.kill()

    # What the pool tells (harmony.pit.pool.Tenant).

    def acquired(self, process: PooledProcess) -> None:
        self._process = process
        process.send(self.work.message())
        self._listener.attempt_started(self, process.id, process.pid)

    def received(self, message: Mapping[str, Any]) -> None:
        if message.get("task") != self.work.task or message.get("attempt") != self.work.attempt:
            return  # the last words of a task that had this process before
        kind = message["kind"]
        if kind in ("result", "failure"):
            self._end(message)
        else:
            self._listener.attempt_said(self, message)

    def output(self, stream: Stream, data: bytes) -> None:
        self._listener.attempt_printed(self, stream, data)

    def lost(self, ending: Exit) -> None:
        self._process = None
        if not self._over:
            self._over = True
            self._listener.attempt_failed(self, loss_error(ending))

    def _end(self, message: Mapping[str, Any]) -> None:
        process = self._process
        assert process is not None
        process.drain()
        self._process = None
        over, self._over = self._over, True
        self._release(process)
        if over:
            return
        if message["kind"] == "result":
            self._listener.attempt_succeeded(self, message["outputs"], message["seconds"])
        else:
            self._listener.attempt_failed(self, dict(message["error"]))


Release = Callable[[PooledProcess], None]


def loss_error(ending: Exit) -> dict[str, Any]:
    """A process that ended under a task, as that attempt's error."""
    if ending.signal is not None:
        code, value = "conductor.player_killed", ending.signal
    elif ending.code is None:
        code, value = "conductor.player_not_started", 0
    else:
        code, value = "conductor.player_exited", ending.code
    return engine_error(
        code, kind="PlayerLost", value=value, stderr=ending.stderr_tail, exit_code=ending.code,
        signal=ending.signal,
    )  # fmt: skip


def engine_error(code: str, *, kind: str, stderr: str = "", **parameters: Any) -> dict[str, Any]:
    """An error of the engine in the form of a Player's own (docs/architecture.md, `failure`)."""
    return {
        "type": kind,
        "code": code,
        "message": render(code, **parameters),
        "hint": render(f"{code}_hint", **parameters),
        "traceback": stderr,
        **{name: value for name, value in parameters.items() if value is not None},
    }
