"""Between the core's records and the store's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from harmony.conductor.core import RUN, TASK, Record, RunCore, fold
from harmony.pit.dag.plan_json import plan_from_json
from harmony.pit.dag.progress import FINISHED
from harmony.polyphony.records import JournalRecord
from harmony.polyphony.store import Store
from harmony.states.melody_execution import RunEvent


def record_of(record: JournalRecord) -> Record:
    """A stored record as the core knows it."""
    return Record(
        record.machine,
        record.from_state,
        record.event,
        record.to_state,
        record.trigger,
        record.at,
        record.data,
    )


AFTER_A_CRASH: Final = "resumed after a crash"
AFTER_AN_INTERRUPTION: Final = "resumed after an interruption"
"""Why a run was paused and went on: the program ended suddenly under it, or was closed."""


def crashes_of(store: Store, run: str) -> int:
    """How often the program ended suddenly while this run was under way. Reads its journal."""
    resumed = sum(
        record.machine == RUN
        and record.event == RunEvent.RESUME
        and record.trigger == AFTER_A_CRASH
        for record in store.journal(run)
    )
    owner = store.leases.owner_of(run)
    return resumed + (owner is not None and not owner.is_alive())


def core_of(store: Store, run: str, upto: int | None = None) -> RunCore:
    """The state of a run, folded from its plan and journal, or its beginning up to a record."""
    plan = plan_from_json(store.run_row(run).plan)
    return fold(plan, map(record_of, _records(store, run, upto)))


def results_of(
    store: Store, run: str, upto: int | None = None
) -> dict[str, tuple[str, dict[str, Any]]]:
    """What the tasks of a run gave: task -> (reuse key, outputs). Only of those with a key, and not
    of what was taken back.

    A run that goes on keeps no keys of tasks that have finished: the journal has them.
    """
    keys: dict[str, str] = {}

    def noting_keys() -> Iterator[Record]:
        for record in _records(store, run, upto):
            key = record.data.get("key")
            if key:
                keys[record.machine.removeprefix(TASK)] = key
            yield record_of(record)

    tracker = fold(plan_from_json(store.run_row(run).plan), noting_keys()).tracker
    return {
        task.id: (keys[task.id], task.outputs)
        for task in tracker.in_state(*FINISHED)
        if task.id in keys and not tracker.was_undone(task.node)
    }


def _records(store: Store, run: str, upto: int | None) -> Iterable[JournalRecord]:
    records: Iterable[JournalRecord] = store.journal(run)
    if upto is not None:
        records = (record for record in records if record.sequence <= upto)
    return records
