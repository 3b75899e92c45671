"""What a Player may change of its process, put back after each task.

A process runs many tasks, and built-in hosts are alike: a task must not notice which one ran before
it in the same process. Threads and loaded modules cannot be put back; folder, variables and streams
can.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from harmony.players.host.interruption import Interruption


class Surroundings:
    """How the process stood before its first task."""

    def __init__(self, interruption: Interruption) -> None:
        self._folder = os.getcwd()  # noqa: PTH109 - compared as text after each task
        self._variables = dict(_variables())
        self._streams = (sys.stdout, sys.stderr)
        self._interruption = interruption

    def restore(self) -> None:
        """Put back what a task left changed."""
        # Looked at before it is touched: most tasks change nothing, and touching costs more.
        if _variables() != self._variables:
            os.environ.clear()
            for name, value in self._variables.items():
                os.environ[os.fsdecode(name)] = os.fsdecode(value)
        sys.stdout, sys.stderr = self._streams
        try:
            moved = os.getcwd() != self._folder  # noqa: PTH109
        except FileNotFoundError:
            moved = True
        if moved:
            # Somebody removed our folder: then there is nothing to go back to, and no harm.
            with contextlib.suppress(FileNotFoundError):
                os.chdir(self._folder)
        if not self._interruption.is_installed():
            self._interruption.install()


def _variables() -> Mapping[Any, Any]:
    """The variables as they lie under `os.environ`, which decodes each anew to be compared."""
    return getattr(os.environ, "_data", os.environ)
