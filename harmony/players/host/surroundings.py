"""What a Player may change of its process, put back after each task.

A process runs many tasks, and built-in hosts are alike: a task must not notice which one ran before
it in the same process. Threads and loaded modules cannot be put back; folder, variables and streams
can.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from harmony.players.host.interruption import Interruption


class Surroundings:
    """How the process stood before its first task."""

    def __init__(self, interruption: Interruption) -> None:
        self._folder = Path.cwd()
        self._variables = dict(os.environ)
        self._streams = (sys.stdout, sys.stderr)
        self._interruption = interruption

    def restore(self) -> None:
        """Put back what a task left changed."""
        if os.environ != self._variables:
            os.environ.clear()
            os.environ.update(self._variables)
        sys.stdout, sys.stderr = self._streams
        # Somebody removed the folder: then there is nothing to go back to, and no harm in that.
        with contextlib.suppress(FileNotFoundError):
            os.chdir(self._folder)
        self._interruption.install()
