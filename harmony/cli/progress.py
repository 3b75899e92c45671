"""A run as a person watches it in a terminal: a line a node, kept up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harmony.cli.task_story import amounts_of, stories_of, why_not
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
from harmony.pit.dag.inside import UNDO
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


_ROUND: Final = "#"
"""Stands in the names of nodes that do the work of another: `loop#2/inner`."""


@dataclass(slots=True)
class _Line:
    """What is shown of a node. `round` is the one that a loop is in, 0 outside of one."""

    title: str
    total: int = 1
    ended: int = 0
    running: int = 0
    failed: int = 0
    state: str = "waiting"
    seconds: float = 0.0
    word: str = ""
    round: int = 0


class Progress:
    """Takes events and keeps the picture. Without a terminal it prints a line when a node ends."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, soft_wrap=True)
        self._live: Live | None = None
        self._lines: dict[str, _Line] = {}
        self._run = ""
        # The end of a task is told when it is clear what follows: a failure may be tried again.
        self._ended: _Line | None = None

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
            if _ROUND in event.node:
                self._inside(event)
            else:
                self._task_changed(event)
        elif isinstance(event, ProblemNoticed):
            self._console.print(Text(f"harmony: {event.message}", style="yellow"))
        if self._live is not None:
            self._live.update(self._table())

    def finish(self, detail: RunDetail, makespan: float | None = None) -> None:
        """The run has ended; from its first task's start to its last one's end, `makespan` s."""
        self._tell_the_end()
        if self._live is not None:
            self._live.stop()
            self._live = None
        for task in detail.tasks.values():
            if task.state == TaskState.FAILED and _ROUND not in task.node:
                self._console.print(f"[red]✗ {escape(task.id)}[/]: {escape(why_not(task))}")
                hint = str((task.error or {}).get("hint") or "")
                if hint:
                    self._console.print(f"  {escape(hint)}")
        for line in _afterwards(detail):
            self._console.print(escape(line))
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
        line.failed += (after == "failed") - (before == "failed")
        line.ended += (after not in ("waiting", "running")) - (before not in ("waiting", "running"))
        line.seconds += event.seconds or 0.0
        if event.error is not None:
            line.word = _sentence(event.error).removeprefix("Skipped: ")
        elif event.state == TaskState.COMPLETED:
            line.word = event.cause if line.round else ""
        line.state = _state_of(line, after)
        if event.state == TaskState.RETRYING:
            self._ended = None
            item = event.task.removeprefix(event.node)
            self._say("·", f"{line.title}{item} is tried again: {line.word}")
        elif before != "failed" or after != "skipped":
            self._tell_the_end()
        if line.ended == line.total:
            self._ended = line

    def _inside(self, event: TaskChanged) -> None:
        """Something happens in a round of a loop, or to a replica that votes."""
        owner, _, within = event.node.partition(_ROUND)
        number, _, name = within.partition("/")
        line = self._line(owner)
        line.seconds += event.seconds or 0.0
        votes = name.startswith("replica-")
        what = "vote" if votes else "round"
        if int(number) > line.round:
            line.round = int(number)
            if not votes or line.round > 1:
                self._tell_the_end()
                self._say("·", f"{line.title}: {what} {number}")
        if event.state == TaskState.EXECUTING:
            line.word = f"{what} {number}, {name}"
        elif event.state == TaskState.FAILED and event.error is not None:
            line.word = f"{what} {number}, {name}: {_sentence(event.error)}"

    def _tell_the_end(self) -> None:
        """Print the line of a node that has ended, once nothing more comes of it."""
        line, self._ended = self._ended, None
        if line is not None:
            words = (line.title, self._figures(line).strip(), line.word)
            self._say(_MARKS[line.state][0], " ".join(filter(None, words)))

    def _say(self, mark: str, words: str) -> None:
        if self._live is None:
            self._console.print(Text(f"{mark} {words}".rstrip()))

    def _line(self, node: str) -> _Line:
        line = self._lines.get(node)
        if line is None:
            title = node
            if node.endswith(UNDO):
                title = f"Taking back: {self._line(node.removesuffix(UNDO)).title}"
            line = self._lines[node] = _Line(title)
        return line

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
        if line.seconds or line.state == "done":
            return f"{count}{line.seconds:.1f} s"
        told_otherwise = line.word and line.state in ("failed", "skipped")
        return count if told_otherwise else f"{count}{line.state}"


def _state_of(line: _Line, after: str) -> str:
    if line.running:
        return "running"
    return "failed" if line.failed else after


def _afterwards(detail: RunDetail) -> list[str]:
    """What a person should know of a run that its tasks' own lines do not say."""
    stories = stories_of(detail.journal)
    told = [
        f"{task.node}: done by its stand-in {task.player}"
        for task in detail.tasks.values()
        if task.id in stories and stories[task.id].stand_in and task.state == TaskState.COMPLETED
    ]
    back = [
        task.node.removesuffix(UNDO)
        for task in detail.tasks.values()
        if task.node.endswith(UNDO) and task.state == TaskState.COMPLETED
    ]
    if back:
        told.append(f"taken back: {', '.join(back)}")
    spent = amounts_of(stories)
    return [*told, f"spent {spent}"] if spent else told


def _sentence(error: Mapping[str, object]) -> str:
    """The one line that says why."""
    if "message" in error:
        return str(error["message"]).splitlines()[0] if error["message"] else str(error["type"])
    parameters = {key: value for key, value in error.items() if key != "code"}
    return render(str(error.get("code", "")), **parameters)
