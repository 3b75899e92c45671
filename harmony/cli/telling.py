"""What happened in runs: read from the store alone, without starting the engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harmony.conductor.detail import RunDetail, TaskDetail, detail_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.ids import short_id
from harmony.foundation.paths import data_folder
from harmony.polyphony.logs import read_log
from harmony.polyphony.records import RunSummary
from harmony.polyphony.store import Store, open_store


def list_runs(home: str | None, limit: int, *, as_json: bool) -> int:
    """`harmony runs`."""
    with _store(home) as store:
        interrupted = {run.id for run in store.leases.interrupted()}
        found = store.runs(limit=limit)
    if as_json:
        _print([_run_json(run, run.id in interrupted) for run in found])
        return 0
    table = Table(box=None, header_style="dim", padding=(0, 2))
    for heading in ("run", "melody", "state", "started", "seconds", "done", "reused", "failed"):
        table.add_column(heading, no_wrap=heading in ("run", "started"))
    for run in found:
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
    console = _console()
    console.print(table if found else "No runs yet. Start one: harmony run FILE.melody")
    return 0


def show_run(home: str | None, run: str, *, with_log: bool, as_json: bool) -> int:
    """`harmony show`."""
    with _store(home) as store:
        detail = detail_of(store, run)
        interrupted = any(found.id == detail.summary.id for found in store.leases.interrupted())
    logs = _logs(home, detail) if with_log else {}
    if as_json:
        _print({**_run_json(detail.summary, interrupted), **_tasks_json(detail, logs)})
        return 0
    _print_run(detail, interrupted, logs)
    return 0


@contextmanager
def _store(home: str | None) -> Iterator[Store]:
    folder = data_folder(home).ensure()
    with open_store(folder, SystemClock()) as store:
        for problem in store.problems:
            sys.stderr.write(f"harmony: {problem}\n")
        yield store


def _run_json(run: RunSummary, interrupted: bool) -> dict[str, Any]:
    return {**asdict(run), "interrupted": interrupted}


def _tasks_json(detail: RunDetail, logs: dict[str, list[Any]]) -> dict[str, Any]:
    tasks = []
    for task in detail.tasks.values():
        entry = asdict(task)
        entry["artifacts"] = {port: output.get("hash") for port, output in task.outputs.items()}
        if task.id in logs:
            entry["log"] = logs[task.id]
        tasks.append(entry)
    return {"tasks": tasks}


def _logs(home: str | None, detail: RunDetail) -> dict[str, list[Any]]:
    folder = data_folder(home)
    return {
        task.id: [
            dict(entry)
            for attempt in task.attempts
            for entry in read_log(folder, detail.summary.id, task.id, attempt.number)
        ]
        for task in detail.tasks.values()
    }


def _print_run(detail: RunDetail, interrupted: bool, logs: dict[str, list[Any]]) -> None:
    console, run = _console(), detail.summary
    state = "interrupted" if interrupted else detail.state
    console.print(f"[bold]{escape(run.name)}[/]  run {short_id(run.id)}  {state}")
    console.print(f"[dim]started {_when(run.started)}, {_seconds(run)} s; file {run.path}[/]")
    table = Table(box=None, header_style="dim", padding=(0, 2))
    for heading in ("task", "state", "seconds", "attempts", "output"):
        table.add_column(heading)
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


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
