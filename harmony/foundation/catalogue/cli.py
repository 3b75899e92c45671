"""Words of the terminal."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "cli.only_looking": "What is kept in it is shown. Nothing can be run or changed until then.",
    "cli.limit_unknown": (
        "--limit: there is no limit called {name!r}. Write one of {known}, as in tokens=1000."
    ),
    "cli.limit_value": (
        "--limit {name}={value}: that is no limit; write a number from 0, as in {name}=1000."
    ),
    "cli.unknown_task": (
        "Nothing was decided about a task {task!r} in this run. `harmony show RUN` lists its "
        "tasks; near this name: {matches}."
    ),
    "cli.debugpy_missing": (
        "The debugger debugpy is not installed here. Get it with "
        "`pip install 'harmony-board[debug]'` (or `pip install debugpy`)."
    ),
    "cli.package_changed": (
        "The Players of {package} have changed since run {run}, or are gone. To run {task} with "
        "them as they are now: add --present."
    ),
    "cli.with_the_present": "{package} has changed since that run: its Players as they are now.",
    "cli.task_begins": "{task}, attempt {attempt} of run {run}, by itself: {player}",
    "cli.task_done": "Done in {seconds} s.",
    "cli.task_failed": "Failed: {message}",
    "cli.task_killed": "The Player process was ended by signal {value}.",
    "cli.task_exited": "The Player process ended by itself with exit code {value}.",
    "cli.task_folder": "What it made lies in {folder}",
    "cli.task_stopped": "Stopped, and the Player process with it.",
    "cli.output_nothing": "{type}, nothing came out here",
    "cli.why_attempt": "Attempt {attempt}.",
    "cli.why_process": "Process {process}, pid {pid}.",
    "cli.why_delay": "It tries again in {delay} s.",
    "cli.why_reused": "The same work was done before, in {origin}.",
    "cli.no_such_version": (
        "There is no file and no version {version}. `harmony versions FILE` lists the versions."
    ),
}
