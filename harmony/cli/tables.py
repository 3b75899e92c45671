"""Runs as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harmony.conductor.detail import RunDetail, TaskDetail
from harmony.foundation.ids import short_id
from harmony.polyphony.logs import LogEntry
from harmony.polyphony.records import RunSummary


def print_runs(runs: Sequence[RunSummary], interrupted: Collection[str]) -> None:
    """A line a run; those in `interrupted` are called so, whatever their state says."""
    table = _table("run", "melody", "state", "started", "seconds", "done", "reused", "failed")
    for run in runs:
        table.add_row(
            short_id(run.id),
            escape(run.name),
            "interrupted" if run.id in interrupted else run.state,
            _when(run.started),
            _seconds(run),
            f"{run.completed} of {run.total}",
            str(run.reused),
            str(run.failed),
        )
    _console().print(table if runs else "No runs yet. Start one: harmony run FILE.melody")


def print_run(detail: RunDetail, interrupted: bool, logs: Mapping[str, Sequence[LogEntry]]) -> None:
    """A run, a line a task, and every failure with its traceback."""
    console, run = _console(), detail.summary
    state = "interrupted" if interrupted else detail.state
    console.print(f"[bold]{escape(run.name)}[/]  run {short_id(run.id)}  {state}")
    console.print(f"[dim]started {_when(run.started)}, {_seconds(run)} s; file {run.path}[/]")
    table = _table("task", "state", "seconds", "attempts", "output")
    for task in detail.tasks.values():
        seconds = "" if task.seconds is None else f"{task.seconds:.2f}"
        hashes = ", ".join(
            f"{port} {str(output.get('hash', ''))[:10]}" for port, output in task.outputs.items()
        )
        table.add_row(escape(task.id), task.state, seconds, str(len(task.attempts)), hashes)
    console.print(table)
    for task in detail.tasks.values():
        _print_failure(console, task)
        for entry in logs.get(task.id, ()):
            console.print(escape(f"{task.id} {entry['level']}: {entry['text'].rstrip()}"))


def _print_failure(console: Console, task: TaskDetail) -> None:
    if task.error is None:
        return
    console.print(f"\n[red]✗ {escape(task.id)}[/]: {escape(str(task.error.get('message', '')))}")
    if task.error.get("hint"):
        console.print(f"  {escape(str(task.error['hint']))}")
    if task.error.get("traceback"):
        console.print(f"[dim]{escape(str(task.error['traceback']))}[/]")


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2))
    for heading in headings:
        table.add_column(heading, no_wrap=heading in ("run", "started"))
    return table


def _console() -> Console:
    """Into a file or a pipe, lines are not broken to the width of a screen that is not there."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def _when(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def _seconds(run: RunSummary) -> str:
    if run.started is None or run.finished is None:
        return "–"
    return f"{run.finished - run.started:.1f}"
