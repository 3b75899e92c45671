"""What a run has decided, as commits for the store: journal records, results, its standing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from harmony.conductor.core import RUN, TASK, Record, RunCore
from harmony.foundation.clock import Clock
from harmony.pit.dag.progress import ENDED
from harmony.polyphony.leases import lease_of_new
from harmony.polyphony.records import (
    ArtifactRow,
    Commit,
    JournalRecord,
    ResultRow,
    RunRow,
    RunUpdate,
)
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent, TaskState

_LONGEST_CAUSE: Final = 300


class Ledger:
    """The book of one run. `row` is written with the first commit, for a run that is new.

    `sequence` is the number of its last record.
    """

    def __init__(
        self,
        run: str,
        core: RunCore,
        clock: Clock,
        *,
        sequence: int,
        started: float | None,
        row: RunRow | None,
    ) -> None:
        self._run = run
        self._core = core
        self._clock = clock
        self.sequence = sequence
        self._started = started
        self._finished: float | None = None
        self._row = row
        self._entered: dict[str, float] = {}
        self._artifacts: list[ArtifactRow] = []

    def add_artifacts(self, rows: Iterable[ArtifactRow]) -> None:
        """Outputs that belong to the records of the next commit."""
        self._artifacts += rows

    def commit(self, records: Sequence[Record]) -> Commit:
        """All that becomes durable with these records."""
        row, self._row = self._row, None
        artifacts, self._artifacts = self._artifacts, []
        return Commit(
            runs=() if row is None else (row,),
            # In the same transaction: there is no moment in which a new run is nobody's.
            leases=() if row is None else (lease_of_new(row.id),),
            records=self._entries(records),
            artifacts=artifacts,
            results=[self._result(record) for record in records if self._is_reusable(record)],
            updates=(self._update(records),),
        )

    def _entries(self, records: Sequence[Record]) -> list[JournalRecord]:
        run, sequence, entered = self._run, self.sequence, self._entered
        now = self._clock.monotonic()
        entries: list[JournalRecord] = []
        for machine, before, event, after, trigger, at, data in records:
            sequence += 1
            duration = now - entered.get(machine, now)
            if after in ENDED:
                entered.pop(machine, None)  # nobody asks how long it has been over
            else:
                entered[machine] = now
            entries.append(
                JournalRecord(
                    run, sequence, machine, before, event, after, trigger, at, duration, data
                )
            )
        self.sequence = sequence
        return entries

    def _is_reusable(self, record: Record) -> bool:
        """Whether any later run may take this result over (DESIGN.md section 5, Reuse)."""
        if record.event != TaskEvent.ARTIFACT_STORED or not record.data["key"]:
            return False
        return self._core.tracker.planned(record.machine.removeprefix(TASK)).reusable

    def _result(self, record: Record) -> ResultRow:
        task = record.machine.removeprefix(TASK)
        return ResultRow(record.data["key"], self._run, task, record.data["outputs"], record.at)

    def _update(self, records: Sequence[Record]) -> RunUpdate:
        core, count = self._core, self._core.tracker.count
        if self._started is None:
            # A run whose results are all reused may begin and end within one commit.
            began = (r.at for r in records if r.machine == RUN and r.to_state == RunState.EXECUTING)
            self._started = next(began, None)
        if not core.ended:
            self._finished = None
        elif self._finished is None:
            self._finished = records[-1].at if records else self._clock.wall()
        return RunUpdate(
            run=self._run,
            state=core.state,
            started=self._started,
            finished=self._finished,
            total=core.tracker.total,
            completed=count(TaskState.COMPLETED),
            failed=count(TaskState.FAILED),
            reused=count(TaskState.REUSED),
            skipped=count(TaskState.SKIPPED),
            cause=self._cause() if core.state == RunState.FAILED else "",
        )

    def _cause(self) -> str:
        """Why the run failed, in a line: what its first failed task said. Runs are found by it."""
        for task in self._core.tracker.in_state(TaskState.FAILED):
            words = str((task.error or {}).get("message") or "").strip()
            if words:
                return words.split("\n", 1)[0][:_LONGEST_CAUSE]
        return ""
