"""Runs of other programs on the same data folder: `harmony run` beside an open Board.

Nothing is sent from one program to the other. What is committed to the store is there for all, so
the end of the system chain is asked for now and then; where it has grown, the journals say what
happened, and it is told in the same events as a run of this program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harmony.conductor.announcing import events_of
from harmony.conductor.core import RunCore, begin, evolve
from harmony.conductor.events import Event, RunsChangedElsewhere
from harmony.conductor.journal import record_of
from harmony.foundation.clock import Clock
from harmony.pit.dag.plan_json import plan_from_json
from harmony.polyphony.errors import UnknownRunError
from harmony.polyphony.leases import UNDER_WAY
from harmony.polyphony.store import Store


@dataclass(slots=True)
class _Followed:
    """A run under way elsewhere, as far as its journal was read."""

    core: RunCore
    sequence: int


class Elsewhere:
    """Looks for what other programs committed. `look` may be called in a thread.

    `told` says up to which record of a run this program has told by itself, since it drives or
    drove that run; 0 for all others.
    """

    def __init__(self, store: Store, clock: Clock, told: Callable[[str], int]) -> None:
        self._store = store
        self._clock = clock
        self._told = told
        self._place = store.last_commit()
        self._followed: dict[str, _Followed] = {}
        # What was under way already is told from here on, not from its beginning.
        self._before = {
            run.id: store.last_sequence(run.id)
            for state in UNDER_WAY
            for run in store.runs(limit=1000, state=state)
        }

    def look(self) -> list[Event]:
        """What happened elsewhere since the last look: at first which runs, then each move."""
        self._place, changed = self._store.changed_runs(self._place)
        runs = tuple(run for run in changed if self._told(run) < self._store.last_sequence(run))
        if not runs:
            return []
        events: list[Event] = [RunsChangedElsewhere(runs, self._clock.wall())]
        for run in runs:
            events += self._news_of(run)
        return events

    def _news_of(self, run: str) -> list[Event]:
        try:
            followed = self._followed.get(run)
            if followed is None or followed.sequence < self._told(run):
                followed = self._follow(run)
        except UnknownRunError:
            return []  # deleted since
        records = []
        for kept in self._store.journal(run, followed.sequence):
            followed.sequence = kept.sequence
            record = record_of(kept)
            evolve(followed.core, record)
            records.append(record)
        if followed.core.ended:
            self._followed.pop(run, None)
            self._before[run] = followed.sequence
        return events_of(run, followed.core, records)

    def _follow(self, run: str) -> _Followed:
        followed = _Followed(begin(plan_from_json(self._store.run_row(run).plan)), 0)
        told = max(self._before.pop(run, 0), self._told(run))
        if told:
            for kept in self._store.journal(run):
                if kept.sequence > told:
                    break
                evolve(followed.core, record_of(kept))
                followed.sequence = kept.sequence
        self._followed[run] = followed
        return followed
