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
    "cli.why_attempt": "Attempt {attempt}.",
    "cli.why_process": "Process {process}, pid {pid}.",
    "cli.why_delay": "It tries again in {delay} s.",
    "cli.why_reused": "The same work was done before, in {origin}.",
    "cli.no_such_version": (
        "There is no file and no version {version}. `harmony versions FILE` lists the versions."
    ),
}
