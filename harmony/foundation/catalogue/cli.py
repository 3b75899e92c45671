"""Words of the terminal."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "cli.unknown_task": (
        "Nothing was decided about a task {task!r} in this run. `harmony show RUN` lists its "
        "tasks; near this name: {matches}."
    ),
    "cli.why_attempt": "Attempt {attempt}.",
    "cli.why_process": "Process {process}, pid {pid}.",
    "cli.why_delay": "It tries again in {delay} s.",
    "cli.why_reused": "The same work was done before, in {origin}.",
}
