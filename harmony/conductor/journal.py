"""Between the core's records and the store's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harmony.conductor.core import RUN, Record, RunCore, fold
from harmony.pit.dag.plan_json import plan_from_json
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
    records: Iterable[JournalRecord] = store.journal(run)
    if upto is not None:
        records = (record for record in records if record.sequence <= upto)
    return fold(plan_from_json(store.run_row(run).plan), map(record_of, records))
