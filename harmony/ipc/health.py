"""How a connection does: questions now and then, judged by the median of the answers (chart 6).

A child is asked every five seconds when it has said nothing by itself. Two different things are
read from its answers. How *fast* they come, while no Player runs in it: over a millisecond in the
middle of several is *Degraded*. And whether they come *at all*: a process that answers nothing for
long and uses no processor time meanwhile is stopped or hung, and as good as lost. One that does use
processor time is left alone, since a library may be at work that lets no Python answer; how long a
task may take without progress is not judged here.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from statistics import median
from typing import Final

HEALTH_SECONDS: Final = 5.0
"""How often a silent child is asked whether it still hears (seeds/000, chart 6)."""
SLOW_SECONDS: Final = 0.001
"""Round trips that stay over this make a connection Degraded (seeds/000, chart 6)."""
SAMPLES: Final = 5
"""So many round trips are judged together: one alone says more about the machine."""
SILENT_SECONDS: Final = 30.0
"""A process that answers nothing for this long, and does nothing, is lost."""

_AGAIN_SECONDS: Final = 0.2
"""How soon a slow answer is looked into, until there are enough of them to judge."""
_DEGRADED_SECONDS: Final = 1.0
_FIRST_NUMBER: Final = 1 << 52
"""Health checks count from here, so that they are told from pings that somebody else sends."""


class Pulse:
    """The questions to one child, and what its answers say. Times are of the monotonic clock."""

    __slots__ = ("_asked", "_every", "_number", "_seconds", "_silent", "_ticks", "due", "heard")

    def __init__(self, now: float, silent: float = SILENT_SECONDS) -> None:
        self._silent = silent
        self._every = min(HEALTH_SECONDS, silent / 2)
        self._number = _FIRST_NUMBER
        self._asked: float | None = None
        self._seconds: deque[float] = deque(maxlen=SAMPLES)
        self._ticks: int | None = None
        self.heard = now
        """When the child was heard last."""
        self.due = now + self._every
        """When to look again."""

    @property
    def round_trip(self) -> float | None:
        """The median of the last round trips in seconds."""
        return median(self._seconds) if self._seconds else None

    @property
    def unanswered(self) -> bool:
        """Whether a question is open."""
        return self._asked is not None

    @property
    def slow(self) -> bool | None:
        """Whether round trips stay slow; None while there are too few to say."""
        if len(self._seconds) < SAMPLES:
            return None
        return median(self._seconds) > SLOW_SECONDS

    def question(self, now: float) -> int | None:
        """The number of a ping to send now; None when none is needed, or one is still open."""
        quiet_until = self.heard + self._every
        if self._asked is None and now < quiet_until and not self._looks_slow():
            self.due = quiet_until
            return None
        self.due = now + self._every
        if self._asked is not None:
            return None
        self._number += 1
        self._asked = now
        return self._number

    def answer(self, number: int, now: float, idle: bool) -> bool:
        """A pong came; whether it belongs to a question of ours. `idle`: no Player runs."""
        if number < _FIRST_NUMBER:
            return False
        if self._asked is not None and number == self._number:
            if idle:
                self._seconds.append(now - self._asked)
            self._asked = None
            if idle and self._looks_slow():
                self.due = now + (_AGAIN_SECONDS if self.slow is None else _DEGRADED_SECONDS)
        return True

    def is_lost(self, now: float, pid: int | None) -> bool:
        """Whether the process is to be given up: long silent, and idle since it was last looked at.

        Asked at each check. It takes two looks, so that a program that was itself stopped for a
        while does not blame its children.
        """
        if self._asked is None or now - self.heard < self._silent:
            self._ticks = None
            return False
        ticks = processor_ticks(pid)
        before, self._ticks = self._ticks, ticks
        self.due = now + min(self._every, _DEGRADED_SECONDS)
        return before is not None and before == ticks

    def forget(self, now: float) -> None:
        """The connection is a new one: old questions are not answered any more."""
        self._asked = None
        self._ticks = None
        self.heard = now
        self.due = now + self._every

    def _looks_slow(self) -> bool:
        """Whether the last answer was slow: then the next is wanted sooner."""
        return bool(self._seconds) and self._seconds[-1] > SLOW_SECONDS


def processor_ticks(pid: int | None) -> int:
    """The processor time that a process has used, in ticks; -1 where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return -1
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
