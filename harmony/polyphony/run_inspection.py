"""Whether one run is as it was written, and whether what was written could have happened.

The chain tells changed and missing records. Here is told, beyond that, a journal whose run is gone
and a run without one, a move that its chart does not have, a task that finished twice, and a use of
an artifact that the table of uses does not have.
"""

from __future__ import annotations

from typing import Final

import apsw

from harmony.polyphony import reading, verification
from harmony.polyphony.errors import StoreUnusableError
from harmony.polyphony.findings import Finding, of_warning
from harmony.polyphony.preparation import hashes_in
from harmony.polyphony.records import JournalRecord
from harmony.polyphony.schema import fetch
from harmony.states import melody_execution, task
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

RUN: Final = "run"
TASK: Final = "task:"
FINISHED: Final = (TaskState.COMPLETED, TaskState.REUSED)


def inspect_run(connection: apsw.Connection, run: str) -> list[Finding]:
    """What is wrong with a run. One whose chain is broken is not looked at any further."""
    found = [of_warning(each) for each in verification.verify_run(connection, run)]
    rows = fetch(connection, "SELECT state FROM runs WHERE id = ?", run)
    if not rows:
        if not found:
            found.append(Finding("polyphony.journal_without_run", {"run": run}))
        return found
    if found:
        return found
    try:
        records = reading.journal(connection, run, 0)
    except StoreUnusableError as error:
        return [Finding(error.code, dict(error.parameters))]
    state = str(rows[0][0])
    if not records:
        if state == RunState.DRAFT:
            return []
        return [Finding("polyphony.run_without_journal", {"run": run, "state": state})]
    return _moves(run, state, records) + _uses(connection, run, records)


def state_after(records: list[JournalRecord]) -> str:
    """Where a run stands by its journal."""
    own = [record.to_state for record in records if record.machine == RUN]
    return own[-1] if own else str(RunState.DRAFT)


def _moves(run: str, state: str, records: list[JournalRecord]) -> list[Finding]:
    states: dict[str, str] = {}
    for record in records:
        chart = task.CHART if record.machine.startswith(TASK) else melody_execution.CHART
        before = states.get(record.machine, chart.initial)
        where = {"run": run, "sequence": record.sequence, "machine": record.machine}
        if before in FINISHED and record.to_state in FINISHED:
            return [Finding("polyphony.finished_twice", where)]
        legal = chart.transitions.get((record.from_state, record.event)) == record.to_state
        if record.from_state != before or not legal:
            move = f"{record.from_state} → {record.event} → {record.to_state}"
            return [Finding("polyphony.move_not_legal", {**where, "move": move, "stood": before})]
        states[record.machine] = record.to_state
    if RUN in states and states[RUN] != state:
        return [
            Finding(
                "polyphony.run_state_differs", {"run": run, "listed": state, "state": states[RUN]}
            )
        ]
    return []


def _uses(connection: apsw.Connection, run: str, records: list[JournalRecord]) -> list[Finding]:
    named = uses_in(records)
    stored = fetch(connection, "SELECT task, hash FROM run_artifacts WHERE run = ?", run)
    lost = sorted(named - {(name, digest) for name, digest in stored})
    return [
        Finding("polyphony.use_missing", {"run": run, "task": name, "hash": digest})
        for name, digest in lost
    ]


def uses_in(records: list[JournalRecord]) -> set[tuple[str, str]]:
    """Each task and each artifact that a record of it refers to."""
    return {
        (record.machine.removeprefix(TASK), digest)
        for record in records
        if record.data
        for digest in hashes_in(record.data)
    }
