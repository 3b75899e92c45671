"""One attempt of a task: a tenant of a Player process, from dispatch to result or end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render
from harmony.pit.pool import Package, Pool, PooledProcess
from harmony.pit.process import Stream
from harmony.wire.launch import Exit

PROCESSES_AN_ATTEMPT: Final = 3
"""How many processes may be lost before the Player began; then the attempt has failed."""


class AttemptListener(Protocol):
    """What the runner hears of an attempt. Each end is told once: result, failure or loss."""

    def attempt_started(self, attempt: Attempt, process: str, pid: int | None) -> None:
        """A process said that it has begun the task."""

    def attempt_succeeded(self, attempt: Attempt, outputs: dict[str, Any], seconds: float) -> None:
        """The Player returned."""

    def attempt_failed(self, attempt: Attempt, error: dict[str, Any]) -> None:
        """The Player raised, its process ended, or none could be had."""

    def attempt_said(self, attempt: Attempt, message: Mapping[str, Any]) -> None:
        """Progress, a line of log, or a partial output."""

    def attempt_printed(self, attempt: Attempt, stream: Stream, data: bytes) -> None:
        """The process printed something."""


class Work(NamedTuple):
    """What is sent to a process, and to what kind of process.

    `message` is the `run` message (docs/architecture.md, Messages). `ahead` is how many further
    tasks may wait inside the process that has this one, and behind how many it may wait itself.
    """

    run: str
    task: str
    attempt: int
    package: Package
    ahead: int
    message: dict[str, Any]


class Attempt:
    """A tenant of the pool for the time of one attempt.

    A process that ends before the child said `started` takes nothing with it: the Player's code has
    not run. Another process is asked for then, so that no task fails for what happened between two
    tasks, or to the task that was before it in the same process. One that ends later fails the
    attempt.
    """

    __slots__ = (
        "_aborted",
        "_begun",
        "_listener",
        "_over",
        "_player",
        "_pool",
        "_process",
        "_processes",
        "attempt",
        "run",
        "task",
        "work",
    )

    def __init__(self, work: Work, listener: AttemptListener, pool: Pool) -> None:
        self.work = work
        # What the pool asks of its tenants (harmony.pit.pool.Tenant).
        self.run = work.run
        self.task = work.task
        self.attempt = work.attempt
        self._player: str = work.message["player"]
        self._listener = listener
        self._pool = pool
        self._process: PooledProcess | None = None
        self._begun = False
        self._aborted = False
        self._over = False
        self._processes = 0

    def begin(self) -> None:
        """Ask for a process. The attempt may be over when this returns: none could be had."""
        refusal = self._pool.refusal(self._player) if self._processes == 0 else None
        if refusal is not None:
            self._fail(
                engine_error("conductor.player_refused", kind="PlayerRefused", reason=refusal)
            )
            return
        self._pool.acquire(self.work.package, self, self.work.ahead)

    def abort(self) -> bool:
        """Ask the Player to stop; False when no process had the task: it is over then, untold."""
        self._aborted = True
        if self._process is None:
            self._over = True
            self._pool.withdraw(self.work.package, self)
            return False
        self._process.send({"kind": "cancel", "task": self.task, "attempt": self.attempt})
        return True

    def kill(self) -> None:
        """End the process when it is still at this task."""
        if self._process is not None:
            self._process.kill()

    def expire(self, error: dict[str, Any]) -> None:
        """End it as failed, with its process. Nothing when it is over already."""
        process = self._process
        if self._over or process is None:
            return
        process.drain()
        self._fail(error)
        process.kill()

    # What the pool tells (harmony.pit.pool.Tenant).

    def acquired(self, process: PooledProcess) -> None:
        # Behind another task it is not to blame when the process ends before it has begun.
        if process.tenant is self or process.tenant is None:
            self._processes += 1
        try:
            process.send(self.work.message)
        except HarmonyError as error:
            # It does not fit into a message. The process has not heard of it and serves others.
            self._pool.release(process, self)
            self._fail(
                engine_error(
                    "conductor.task_not_sent", kind=type(error).__name__, reason=str(error)
                )
            )
            return
        self._process = process

    def received(self, message: Mapping[str, Any]) -> None:
        if message.get("task") != self.task or message.get("attempt") != self.attempt:
            return  # the last words of a task that had this process before
        kind = message["kind"]
        if kind == "started":
            self._begin_work()
        elif kind == "result" or kind == "failure":
            self._begin_work()
            self._end(message)
        else:
            self._listener.attempt_said(self, message)

    def output(self, stream: Stream, data: bytes) -> None:
        self._listener.attempt_printed(self, stream, data)

    def lost(self, ending: Exit) -> None:
        came_up, self._process = self._process is not None, None
        if self._over:
            return
        again = came_up and not self._begun and not self._aborted
        if again and self._processes < PROCESSES_AN_ATTEMPT:
            self.begin()
            return
        if self._begun and not self._aborted:
            self._pool.crashed(self._player)
            self._pool.replace(self.work.package)
        self._fail(loss_error(ending, came_up=came_up))

    def _begin_work(self) -> None:
        if self._begun or self._process is None:
            return
        self._begun = True
        self._listener.attempt_started(self, self._process.id, self._process.pid)

    def _end(self, message: Mapping[str, Any]) -> None:
        process = self._process
        assert process is not None
        if not self.work.ahead or len(process.tenants) < 2:
            # With others behind it, its own words came as messages; the pipes tell no task apart.
            process.drain()
        self._process = None
        self._over = True
        # First of all: whoever waits for this process need not wait for what is decided here.
        self._pool.release(process, self)
        self._pool.succeeded(self._player)
        if message["kind"] == "result":
            self._listener.attempt_succeeded(self, message["outputs"], message["seconds"])
        else:
            self._listener.attempt_failed(self, dict(message["error"]))

    def _fail(self, error: dict[str, Any]) -> None:
        self._over = True
        self._listener.attempt_failed(self, error)


def loss_error(ending: Exit, *, came_up: bool) -> dict[str, Any]:
    """A process that ended under a task, or never came up, as that attempt's error."""
    last_words = ending.stderr_tail.strip().splitlines()
    reason = last_words[-1] if last_words else ""
    if not came_up:
        code, value = "conductor.player_not_started", ending.code or ending.signal or 0
        reason = reason or render("conductor.process_ended", value=value)
    elif ending.signal is not None:
        code, value = "conductor.player_killed", ending.signal
    else:
        code, value = "conductor.player_exited", ending.code or 0
    return engine_error(
        code, kind="PlayerLost", value=value, reason=reason, stderr=ending.stderr_tail,
        exit_code=ending.code, signal=ending.signal,
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
