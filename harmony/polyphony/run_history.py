"""What the list of runs and the time line ask of the store beside its rows: pauses, checkpoints.

Each is a function of a connection, for `Store.reading`.
"""

from __future__ import annotations

from typing import Final

import apsw

from harmony.polyphony.chain import records_of_page
from harmony.polyphony.schema import fetch

_RUN: Final = "run"
_PAUSED: Final = "Paused"


def checkpoints_of(connection: apsw.Connection, run: str) -> list[tuple[int, str]]:
    """The checkpoints that name a run: the sequence of its journal at each, and its name."""
    rows = fetch(
        connection,
        "SELECT sequence, name FROM checkpoint_runs JOIN checkpoints ON id = checkpoint"
        " WHERE checkpoint_runs.run = ? ORDER BY sequence",
        run,
    )
    return [(int(sequence), str(name)) for sequence, name in rows]


def paused_seconds(connection: apsw.Connection, run: str) -> float:
    """How long a run stood still between its pauses and resumptions, seconds.

    Only the pages of its journal that speak of a pause are parsed.
    """
    rows = fetch(
        connection,
        "SELECT record FROM journal WHERE run = ? AND instr(record, '\"Paused\"')"
        " ORDER BY sequence",
        run,
    )
    paused, since = 0.0, None
    for (text,) in rows:
        for record in records_of_page(text):
            if record.machine != _RUN:
                continue
            if since is not None:
                paused += max(0.0, record.at - since)
                since = None
            if record.to_state == _PAUSED:
                since = record.at
    return paused
