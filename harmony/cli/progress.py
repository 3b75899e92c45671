"""A run as a person watches it in a terminal: a line a node, kept up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harmony.conductor.detail import RunDetail
from harmony.conductor.events import (
    Event,
    NodeExpanded,
    ProblemNoticed,
    TaskChanged,
    TaskProgress,
)
from harmony.foundation.ids import short_id
from harmony.foundation.words import render
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

_MARKS: Mapping[str, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "running": ("▸", "blue"),
    "done": ("✓", "green"),
    "reused": ("↻", "green"),
    "failed": ("✗", "red"),
    "skipped": ("–", "dim"),
    "cancelled": ("■", "yellow"),
}

_SHOWN: Mapping[str, str] = {
    TaskState.ALLOCATED: "running",
    TaskState.EXECUTING: "running",
    TaskState.STORING: "running",
    TaskState.COMPLETED: "done",
    TaskState.REUSED: "reused",
    TaskState.FAILED: "failed",
    TaskState.SKIPPED: "skipped",
    TaskState.CANCELLED: "cancelled",
}


@dataclass(slots=True)
class _Line:
    """What is shown of a node."""

    title: str
    total: int = 1
    ended: int = 0
    running: int = 0
    state: str = "waiting"
    seconds: float = 0.0
    word: str = ""


class Progress:
    """Takes events and keeps the picture. Without a terminal it prints a line when a node ends."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        self._live: Live | None = None
        self._lines: dict[str, _Line] = {}
        self._states: dict[str, str] = {}
        self._run = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def begin(self, run: str, titles: Mapping[str, str]) -> None:
        """The run has begun; `titles` by node."""
        self._run = run
        for node, title in titles.items():
            self._line(node).title = title
        if self._console.is_terminal:
            self._live = Live(self._table(), console=self._console, refresh_per_second=10)
            self._live.start()
        else:
            self._console.print(f"Run {short_id(run)}: {len(titles)} nodes")

    def take(self, event: Event) -> None:
        """An event of the run."""
        if isinstance(event, NodeExpanded):
            self._line(event.node).total = event.count
        elif isinstance(event, TaskProgress):
            self._line(event.node).word = event.message
        elif isinstance(event, TaskChanged):
            self._task_changed(event)
        elif isinstance(event, ProblemNoticed):
            self._console.print(Text(f"harmony: {event.message}", style="yellow"))
        if self._live is not None:
            self._live.update(self._table())

    def finish(self, detail: RunDetail, makespan: float | None = None) -> None:
        """The run has ended; from its first task's start to its last one's end, `makespan` s."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        for task in detail.tasks.values():
            if task.state == TaskState.FAILED and task.error is not None:
                self._console.print(f"[red]✗ {escape(task.id)}[/]: {escape(_sentence(task.error))}")
        summary = detail.summary
        colour = "green" if detail.state == RunState.COMPLETED else "red"
        took = ""
        if summary.started is not None and summary.finished is not None:
            took = f" in {summary.finished - summary.started:.1f} s"
        spread = f", makespan {makespan:.2f} s" if makespan is not None else ""
        self._console.print(
            f"[{colour}]{detail.state}[/]{took}: {summary.completed} done, "
            f"{summary.reused} reused, {summary.failed} failed, {summary.skipped} skipped "
            f"(run {short_id(self._run)}{spread})"
        )

    def _task_changed(self, event: TaskChanged) -> None:
        line = self._line(event.node)
        before = _SHOWN.get(event.from_state, "waiting")
        after = _SHOWN.get(event.state, "waiting")
        line.running += (after == "running") - (before == "running")
        line.ended += (after not in ("waiting", "running")) - (before not in ("waiting", "running"))
        line.seconds += event.seconds or 0.0
        if event.error is not None:
            line.word = _sentence(event.error)
        if after == "failed" or line.state != "failed":
            line.state = "running" if line.running else after
        if line.ended == line.total and self._live is None:
            mark, _ = _MARKS[line.state]
            self._console.print(Text(f"{mark} {line.title} {self._figures(line)} {line.word}"))

    def _line(self, node: str) -> _Line:
        return self._lines.setdefault(node, _Line(node))

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for line in self._lines.values():
            mark, style = _MARKS[line.state]
            table.add_row(
                Text(mark, style=style),
                line.title,
                Text(self._figures(line), style="dim"),
                Text(line.word, style="red" if line.state == "failed" else "dim"),
            )
        ended = sum(line.ended for line in self._lines.values())
        total = sum(line.total for line in self._lines.values())
        table.add_row("", Text(f"{ended} of {total} tasks, {total - ended} left", style="bold"))
        return table

    @staticmethod
    def _figures(line: _Line) -> str:
        count = f"{line.ended} of {line.total} " if line.total > 1 else ""
        return f"{count}{line.seconds:.1f} s" if line.seconds else f"{count}{line.state}"


def _sentence(error: Mapping[str, object]) -> str:
    """The one line that says why."""
    if "message" in error:
        return str(error["message"]).splitlines()[0] if error["message"] else str(error["type"])
    parameters = {key: value for key, value in error.items() if key != "code"}
    return render(str(error.get("code", "")), **parameters)
