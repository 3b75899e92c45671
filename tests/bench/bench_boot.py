"""Milliseconds from the command to its answer; the floor is an interpreter that does nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import os
import subprocess
import tempfile

from measuring import row, seconds

ROUNDS = 4


def run() -> Iterable[dict[str, Any]]:
    """A command that reads one chart, one that reads the store, one that brings the engine up."""
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), ROUNDS)
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        environment = {**os.environ, "HARMONY_HOME": home}
        for command in (("--version",), ("states", "task"), ("runs",), ("players", "list")):
            taken = seconds(lambda command=command: start(command, environment), ROUNDS)
            yield row("boot", f"harmony {' '.join(command)}", taken * 1e3, "ms", bare * 1e3)


def start(command: tuple[str, ...], environment: dict[str, str]) -> None:
    """Run the command to its end."""
    subprocess.run(
        [sys.executable, "-m", "harmony", *command],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
