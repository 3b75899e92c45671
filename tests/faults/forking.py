"""Whole programs without the second that a Python program takes to load: one process has loaded
everything and runs nothing, and forks a program for each that is asked for.

`Programs` is that process as a test sees it. Each program is a process of its own, with a failpoint
armed, and does a story of `journey.py` in the asyncio of its own; it may be killed at any moment.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Programs:
    """A process that forks programs, one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._running: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._running is not None:  # its test has failed meanwhile
            os.kill(self._running, signal.SIGKILL)
            self.end()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)

    def begin(self, story: str, place: Path, failpoint: str = "", **asked: Any) -> int:
        """Start a program that does this story on the data of `place`; its process id."""
        request = {"story": story, "place": str(place), "failpoint": failpoint, "asked": asked}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        self._running = self._answer()
        return self._running

    def end(self) -> int:
        """Wait for the end of the program; its exit status, negative for a signal."""
        status = self._answer()
        self._running = None
        return status

    def live(self, story: str, place: Path, failpoint: str = "", **asked: Any) -> int:
        """Start a program and wait for its end."""
        self.begin(story, place, failpoint, **asked)
        return self.end()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def said(place: Path) -> str:
    """What the programs of a place wrote to their standard error."""
    path = place / "said"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _serve() -> None:
    journey = importlib.import_module("journey")
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.flush()
        program = os.fork()
        if program == 0:
            _be(journey, request)
        print(program, flush=True)
        _, status = os.waitpid(program, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be(journey: Any, request: dict[str, Any]) -> None:
    """The life of a forked program. It speaks to its place, and never returns."""
    place = Path(request["place"])
    code = 1
    try:
        words = os.open(place / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(words, 1)
        os.dup2(words, 2)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        journey.live(request["story"], place, request["failpoint"], request["asked"])
        code = 0
    except BaseException:  # noqa: BLE001 - a program of its own: it tells what happened, and ends
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
