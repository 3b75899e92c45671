"""Runs as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from harmony.cli.pool_lines import pool_line, pool_report
from harmony.cli.screen import console as _console
from harmony.cli.screen import table as _table
from harmony.cli.screen import when as _when
from harmony.conductor.critical_path import critical_path
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
    _print_critical_path(console, detail)
    _print_pool(console, detail)
    for task in detail.tasks.values():
        _print_failure(console, task)
        for entry in logs.get(task.id, ()):
            console.print(escape(f"{task.id} {entry['level']}: {entry['text'].rstrip()}"))


def _print_pool(console: Console, detail: RunDetail) -> None:
    report = pool_report(detail.journal)
    line = "" if report is None else pool_line(report)
    if line:
        console.print(f"[dim]{line}[/]")


def _print_critical_path(console: Console, detail: RunDetail) -> None:
    path = critical_path(detail)
    if path is None or len(path.steps) < 2:
        return
    way = " → ".join(step.task for step in path.steps)
    console.print(
        f"[dim]critical path {path.seconds:.2f} s, {path.waited:.2f} s of it waiting: "
        f"{escape(way)}; bottleneck {escape(path.bottleneck)} ({path.share:.0%})[/]"
    )


def _print_failure(console: Console, task: TaskDetail) -> None:
    if task.error is None:
        return
    console.print(f"\n[red]✗ {escape(task.id)}[/]: {escape(str(task.error.get('message', '')))}")
    if task.error.get("hint"):
        console.print(f"  {escape(str(task.error['hint']))}")
    if task.error.get("traceback"):
        console.print(f"[dim]{escape(str(task.error['traceback']))}[/]")


def _seconds(run: RunSummary) -> str:
    if run.started is None or run.finished is None:
        return "–"
    return f"{run.finished - run.started:.1f}"
