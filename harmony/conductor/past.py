"""How long a node took in past runs of its melody."""

from __future__ import annotations

from typing import Final

from harmony.conductor.detail import detail_of
from harmony.polyphony.store import Store
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

RUNS_ASKED: Final = 10
_RUNS_SEEN: Final = 200
"""Of the newest runs, so many are looked through for ones of the same melody."""


def past_seconds(store: Store, run: str, node: str) -> list[float]:
    """The durations of a node's finished tasks in the last completed runs of the same melody.

    Seconds, the newest run first; reused results took none and are left out. Folds journals: not
    for the main thread.
    """
    melody = store.run(run).melody_id
    found: list[float] = []
    runs = [past for past in store.runs(_RUNS_SEEN, RunState.COMPLETED) if past.melody_id == melody]
    for past in runs[:RUNS_ASKED]:
        found += [
            task.seconds
            for task in detail_of(store, past.id).tasks.values()
            if task.node == node and task.state == TaskState.COMPLETED and task.seconds is not None
        ]
    return found
