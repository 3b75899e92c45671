"""What the inspector asks the engine about a run: tasks, logs, values. Small answers are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harmony.conductor.detail import RunDetail, TaskDetail
from harmony.foundation.errors import HarmonyError
from harmony.polyphony.logs import LogEntry
from harmony.symphony import Symphony


class RunReader:
    """Reads runs through the facade. `moved(run)`: what is kept of the run is out of date.

    `unreadable` is called when a value could not be read: it may have been found damaged.
    """

    def __init__(self, symphony: Symphony, unreadable: Callable[[], None] = lambda: None) -> None:
        self._symphony = symphony
        self._unreadable = unreadable
        self._kept: dict[str, RunDetail] = {}

    @property
    def home(self) -> Path:
        """The data folder that the runs lie in."""
        return self._symphony.house.data_folder.home

    def moved(self, run: str) -> None:
        """The run went on: ask anew next time, if it said anything since."""
        kept = self._kept.get(run)
        if kept is not None:
            known = kept.journal[-1].sequence if kept.journal else 0
            if self._symphony.house.store.last_sequence(run) != known:
                del self._kept[run]

    def keep(self, detail: RunDetail) -> None:
        """A run was read by somebody else, beside the window."""
        self._kept = {detail.summary.id: detail}

    def detail(self, run: str) -> RunDetail:
        """A run with all its tasks. Raises the store's error for an unknown run."""
        found = self._kept.get(run)
        if found is None:
            found = self._symphony.show(run)
            self._kept = {run: found}
        return found

    def task(self, run: str, task: str) -> TaskDetail | None:
        """One task of a run; None while the journal does not know it."""
        return self.detail(run).tasks.get(task)

    def log(self, run: str, task: str, attempt: int) -> list[LogEntry]:
        """What an attempt logged and printed."""
        return self._symphony.log(run, task, attempt)

    def value(self, reference: Mapping[str, Any]) -> bytes:
        """The content of an artifact."""
        try:
            return self._symphony.value(reference)
        except HarmonyError:
            self._unreadable()
            raise
