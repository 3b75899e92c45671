"""A run as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from harmony.cli.pool_lines import pool_line, pool_report
from harmony.cli.screen import console as _console
from harmony.cli.screen import table as _table
from harmony.cli.task_story import (
    TaskStory,
    amounts,
    amounts_of,
    in_groups,
    stories_of,
    why_not,
)
from harmony.cli.times import seconds_of, when
from harmony.conductor.critical_path import critical_path
from harmony.conductor.detail import RunDetail, TaskDetail
from harmony.foundation.ids import short_id
from harmony.pit.dag.inside import UNDO
from harmony.polyphony.family import Relative
from harmony.polyphony.logs import LogEntry
from harmony.states.task import TaskState


def print_run(detail: RunDetail, state: str, logs: Mapping[str, Sequence[LogEntry]]) -> None:
    """A run, called by how it stands; a line a task, and every failure with its traceback."""
    console, run = _console(), detail.summary
    console.print(f"[bold]{escape(run.name)}[/]  run {short_id(run.id)}  {state}")
    console.print(f"[dim]started {when(run.started)}, {seconds_of(run)} s; file {run.path}[/]")
    stories = stories_of(detail.journal)
    table = _table("task", "state", "seconds", "tries", "result")
    for place in in_groups(detail):
        name = "  " * place.depth + place.name
        if place.task is None:
            table.add_row(f"[dim]{escape(name)}[/]")
            continue
        task = place.task
        by_others = task.node in detail.insides
        seconds = "" if task.seconds is None or by_others else f"{task.seconds:.2f}"
        story = stories.get(task.id, TaskStory())
        table.add_row(
            escape(name), _state(task), seconds, str(len(task.attempts)), _result(task, story)
        )
    console.print(table)
    spent = amounts_of(stories)
    if spent:
        console.print(f"spent {spent}")
    _print_critical_path(console, detail)
    _print_pool(console, detail)
    for task in detail.tasks.values():
        _print_failure(console, task)
        for entry in logs.get(task.id, ()):
            console.print(escape(f"{task.id} {entry['level']}: {entry['text'].rstrip()}"))


def print_family(family: Sequence[Relative], shown: str) -> None:
    """What the run came from and what came from it; nothing for a run without relatives."""
    if len(family) < 2:
        return
    console = _console()
    console.print("family")
    for relative in family:
        run, mark = relative.run, " <- this run" if relative.run.id == shown else ""
        line = f"{short_id(run.id)}  {run.state}  {when(run.started)}{mark}"
        console.print(escape("  " * (relative.depth + 1) + line))


def _state(task: TaskDetail) -> str:
    """The state of chart 9, with what it means where the word alone misleads."""
    if task.node.endswith(UNDO) and task.state == TaskState.COMPLETED:
        return "Taken back"
    code = (task.cause or {}).get("code")
    if task.state == TaskState.SKIPPED and code == "pit.failure_accepted":
        return "Given up"
    if task.state == TaskState.SKIPPED and code == "pit.halted":
        return "Halted"
    return task.state


def _result(task: TaskDetail, story: TaskStory) -> str:
    """The outputs by port and hash, or why there are none; then what else is to be told."""
    told = [escape(why_not(task).removeprefix("Skipped: "))]
    told += [
        f"{escape(port)} {str(output.get('hash', ''))[:10]}"
        for port, output in task.outputs.items()
    ]
    if story.verdict:
        told.append(f"[dim]{escape(story.verdict)}[/]")
    if story.stand_in:
        told.append(f"[dim]by its stand-in {escape(task.player)}[/]")
    if story.saved:
        times = "once" if story.saved == 1 else f"{story.saved} times"
        told.append(f"[dim]saved its state {times}[/]")
    if story.tokens or story.money:
        told.append(f"[dim]spent {amounts(story.tokens, story.money)}[/]")
    return ", ".join(filter(None, told))


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
    if task.error is None or task.state != TaskState.FAILED:
        return
    console.print(f"\n[red]✗ {escape(task.id)}[/]: {escape(str(task.error.get('message', '')))}")
    if task.error.get("hint"):
        console.print(f"  {escape(str(task.error['hint']))}")
    if task.error.get("traceback"):
        console.print(f"[dim]{escape(str(task.error['traceback']))}[/]")
