"""Between the core's records and the store's."""

from __future__ import annotations

from collections.abc import Iterable

from harmony.conductor.core import Record, RunCore, fold
from harmony.pit.dag.plan_json import plan_from_json
from harmony.polyphony.records import JournalRecord
from harmony.polyphony.store import Store


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


def core_of(store: Store, run: str, upto: int | None = None) -> RunCore:
    """The state of a run, folded from its plan and journal, or its beginning up to a record."""
    records: Iterable[JournalRecord] = store.journal(run)
    if upto is not None:
        records = (record for record in records if record.sequence <= upto)
    return fold(plan_from_json(store.run_row(run).plan), map(record_of, records))
