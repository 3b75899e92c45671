"""What running tasks say: progress, log lines, printed output. Told at once, kept in their logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harmony.conductor.attempt import Work
from harmony.conductor.events import TaskLog, TaskOutput, TaskProgress
from harmony.conductor.services import Services
from harmony.pit.process import Stream
from harmony.polyphony.logs import LogError, LogWriter

FLUSH_EVERY = 0.5
"""Seconds between writes of log lines; a reader of a running task's log sees them this late."""


class Speech:
    """The voices of one run's tasks. Secrets are masked before a word is kept or told."""

    def __init__(self, services: Services, run: str) -> None:
        self._services = services
        self._run = run
        self._writers: dict[tuple[str, int], LogWriter] = {}
        self._flush_due = False
        self._closed = False
        self._failed = False

    def said(self, work: Work, node: str, message: Mapping[str, Any]) -> None:
        """A `progress`, `log` or `partial` message."""
        kind, at = message["kind"], self._services.clock.wall()
        if kind == "progress":
            self._services.events.publish(
                TaskProgress(
                    self._run,
                    work.task,
                    node,
                    message["fraction"],
                    self._services.redactor.text(message["message"]),
                    at,
                )
            )
        elif kind == "log":
            self._log(work, node, message["level"], message["text"], at)
        elif kind == "partial":
            self._services.events.publish(
                TaskOutput(
                    self._run, work.task, node, message["output"] or "", message["value"], at
                )
            )

    def printed(self, work: Work, node: str, stream: Stream, data: bytes) -> None:
        """A piece of stdout or stderr."""
        text = data.decode("utf-8", errors="replace")
        self._log(work, node, stream, text, self._services.clock.wall())

    def end(self, work: Work) -> None:
        """The attempt is over: its log is complete."""
        writer = self._writers.pop((work.task, work.attempt), None)
        if writer is not None:
            self._write(writer.close)

    def flush(self) -> None:
        """Write what is still in memory."""
        self._flush_due = False
        for writer in self._writers.values():
            self._write(writer.flush)

    def close(self) -> None:
        """Write and close everything; what is said from now on is not kept."""
        self._closed = True
        for writer in self._writers.values():
            self._write(writer.close)
        self._writers.clear()

    def _log(self, work: Work, node: str, level: str, text: str, at: float) -> None:
        if self._closed:
            return
        shown = self._services.redactor.text(text)
        key = (work.task, work.attempt)
        writer = self._writers.get(key)
        if writer is None:
            writer = LogWriter(self._services.data_folder, self._run, work.task, work.attempt)
            self._writers[key] = writer
        log = writer
        self._write(lambda: log.write(at, level, shown))
        self._services.events.publish(
            TaskLog(self._run, work.task, node, work.attempt, level, shown, at)
        )
        if not self._flush_due:
            self._flush_due = True
            self._services.loop.call_later(FLUSH_EVERY, self.flush)

    def _write(self, writing: Callable[[], None]) -> None:
        """A log that cannot be written (a full disk) is told of; the task itself goes on."""
        try:
            writing()
        except OSError as error:
            if not self._failed:
                self._failed = True
                self._services.notice(
                    LogError(
                        "polyphony.log_not_written",
                        run=self._run,
                        reason=error.strerror or str(error),
                    ),
                    self._run,
                )
