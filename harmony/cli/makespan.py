"""How long the tasks of a run took together: from the first one's start to the last one's end."""

from __future__ import annotations

from typing import Final

from harmony.conductor.events import Event, TaskChanged
from harmony.states.task import TaskState

_RUNNING: Final = frozenset({TaskState.EXECUTING, TaskState.STORING})


class Makespan:
    """Takes the events of a run. What this command watched counts: not the pause before a resume.

    Starting processes before the first task, and looking results up, is no part of it.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._last: float | None = None

    @property
    def seconds(self) -> float | None:
        """The makespan so far; None while no task has both begun and ended."""
        if self._first is None or self._last is None:
            return None
        return max(0.0, self._last - self._first)

    def take(self, event: Event) -> None:
        """An event of the run."""
        if not isinstance(event, TaskChanged):
            return
        if event.state == TaskState.EXECUTING and self._first is None:
            self._first = event.at
        elif event.from_state in _RUNNING and event.state not in _RUNNING:
            self._last = event.at
