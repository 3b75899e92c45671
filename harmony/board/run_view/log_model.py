"""Which lines of a log are shown: of one node or all, from a level up, with a text. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harmony.board.run_view.task_view import LogLine

# A stream stands where its lines are expected: what is printed is information, stderr a warning.
LEVELS: Final[dict[str, int]] = {
    "debug": 0,
    "info": 1,
    "stdout": 1,
    "warning": 2,
    "stderr": 2,
    "error": 3,
}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to show. `level` is the least; `node` and `task` empty mean all."""

    level: str = "debug"
    node: str = ""
    task: str = ""
    text: str = ""

    def fits(self, line: LogLine) -> bool:
        """Whether the line is shown."""
        if self.node and line.node != self.node:
            return False
        if self.task and line.task != self.task:
            return False
        if LEVELS.get(line.level, 1) < LEVELS.get(self.level, 0):
            return False
        return not self.text or self.text.casefold() in line.text.casefold()

    def select(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """The lines that are shown."""
        return [line for line in lines if self.fits(line)]


def clock_text(at: float) -> str:
    """Wall time as people read it in a log: hours to milliseconds, in the machine's zone."""
    moment = datetime.fromtimestamp(at).astimezone()
    return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
