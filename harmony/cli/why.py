"""`harmony show RUN --why TASK`: each decision about one task, told from the journal alone.

The engine that made them may be long gone: what it knew when it granted a slot stands in the record
of the grant (`data["why"]`, docs/decisions/2026-11-21-why-a-task-went.md).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from difflib import get_close_matches

from harmony.cli.run_list import opened
from harmony.cli.run_names import run_named
from harmony.conductor.core import TASK
from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render
from harmony.pit.arbitration import tell
from harmony.polyphony.records import JournalRecord
from harmony.states.task import TaskState


class UnknownTaskError(HarmonyError):
    """The run has decided nothing about a task of this name."""


@dataclass(frozen=True, slots=True)
class Told:
    """One move of a task: `at` in Unix seconds, `seconds` in the state before, reasons in words."""

    at: float
    event: str
    from_state: str
    to_state: str
    seconds: float
    reasons: list[str] = field(default_factory=list)


def show_why(home: str | None, run: str, task: str, *, as_json: bool) -> int:
    """Print what was decided about a task of a run. Raises UnknownTaskError."""
    with opened(home, to_look=True) as store:
        journal = store.journal(store.run_row(run_named(store, run)).id)
        moves = told_of(journal, task)
    if as_json:
        sys.stdout.write(json.dumps([asdict(move) for move in moves], indent=2) + "\n")
        return 0
    sys.stdout.write(f"{task}: {moves[-1].to_state}\n")
    for move in moves:
        sys.stdout.write("\n".join(_lines(move)) + "\n")
    return 0


def told_of(journal: Iterable[JournalRecord], task: str) -> list[Told]:
    """Every move of one task, in order. Raises UnknownTaskError when there is none."""
    moves, others = [], dict[str, None]()
    for record in journal:
        if record.machine == TASK + task:
            seconds = round(record.duration, 6)
            move = Told(record.at, record.event, record.from_state, record.to_state, seconds)
            move.reasons.extend(_reasons(record))
            moves.append(move)
        elif record.machine.startswith(TASK):
            others[record.machine.removeprefix(TASK)] = None
    if not moves:
        matches = get_close_matches(task, others, n=3) or list(others)[:3]
        raise UnknownTaskError("cli.unknown_task", task=task, matches=matches)
    return moves


def _reasons(record: JournalRecord) -> list[str]:
    data = record.data
    reasons = []
    if record.to_state == TaskState.ALLOCATED:
        reasons.append(render("cli.why_attempt", attempt=data.get("attempt", 1)))
        if "why" in data:
            reasons += tell(data["why"])
    elif record.to_state == TaskState.EXECUTING and "process" in data:
        reasons.append(render("cli.why_process", process=data["process"], pid=data.get("pid")))
    elif record.to_state == TaskState.RETRYING and "delay" in data:
        reasons.append(render("cli.why_delay", delay=f"{data['delay']:.2f}"))
    elif record.to_state == TaskState.REUSED:
        reasons.append(render("cli.why_reused", origin=record.trigger))
    elif record.trigger:
        reasons.append(record.trigger)
    cause, error = data.get("cause"), data.get("error")
    if cause:
        reasons.append(render(cause["code"], **cause))
    if error:
        reasons.append(_message(error))
    return reasons


def _message(error: dict[str, object]) -> str:
    if "message" in error:
        return str(error["message"])
    return render(str(error.get("code", "")), **error)


def _lines(move: Told) -> Sequence[str]:
    when = datetime.fromtimestamp(move.at).astimezone()
    event = move.event.replace("_", " ")
    head = (
        f"  {when:%H:%M:%S}.{when.microsecond // 1000:03}  {move.from_state} → {move.to_state}"
        f"  ({event}, after {move.seconds:.3f} s)"
    )
    return [head, *(f"    {reason}" for reason in move.reasons)]
