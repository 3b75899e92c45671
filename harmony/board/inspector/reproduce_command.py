"""The line that does one task of a run again in a terminal (docs/debugging.md)."""

from __future__ import annotations

import shlex
from pathlib import Path


def reproduce_command(home: Path, run: str, task: str) -> str:
    """`harmony task RUN TASK`, to be pasted into a shell. It names the data folder: a terminal may
    know another one."""
    return shlex.join(["harmony", "task", run, task, "--home", str(home)])
