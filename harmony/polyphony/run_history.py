"""What the list of runs and the time line ask of the store beside its rows: pauses, checkpoints.

Each is a function of a connection, for `Store.reading`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import apsw

from harmony.polyphony.chain import records_of_page
from harmony.polyphony.schema import fetch

_RUN: Final = "run"
_PAUSED: Final = "Paused"
LONGEST_READ: Final = 5_000
"""Records. Who lists runs must not wait for the journals of very long ones."""


def checkpoints_of(connection: apsw.Connection, run: str) -> list[tuple[int, str]]:
    """The checkpoints that name a run: the sequence of its journal at each, and its name."""
    rows = fetch(
        connection,
        "SELECT sequence, name FROM checkpoint_runs JOIN checkpoints ON id = checkpoint"
        " WHERE checkpoint_runs.run = ? ORDER BY sequence",
        run,
    )
    return [(int(sequence), str(name)) for sequence, name in rows]


def paused_seconds(connection: apsw.Connection, runs: Iterable[str]) -> dict[str, float]:
    """How long each run stood still between its pauses and resumptions, seconds; none is left out.

    Only the pages that speak of a pause are parsed. A journal of more than `LONGEST_READ` records
    is not looked through: its run is missing from the answer.
    """
    found = fetch(
        connection,
        "SELECT run FROM chain_heads WHERE run IN (SELECT value FROM json_each(?))"
        " AND sequence <= ?",
        json.dumps(list(runs)),
        LONGEST_READ,
    )
    paused = {str(run): 0.0 for (run,) in found}
    since: dict[str, float] = {}
    rows = fetch(
        connection,
        "SELECT run, record FROM journal WHERE run IN (SELECT value FROM json_each(?))"
        " AND instr(record, '\"Paused\"') ORDER BY run, sequence",
        json.dumps(list(paused)),
    )
    for run, text in rows:
        for record in records_of_page(text):
            if record.machine != _RUN:
                continue
            if run in since:
                paused[run] += max(0.0, record.at - since.pop(run))
            if record.to_state == _PAUSED:
                since[run] = record.at
    return paused
