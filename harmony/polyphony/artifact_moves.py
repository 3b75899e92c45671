"""Every transition of chart 5 that was made, and why: what was deleted says so here.

A move is written in the transaction that makes it, and only when the artifact is still where it was
thought to be and nothing has come to protect it meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from harmony.polyphony.reading import protected_among
from harmony.polyphony.schema import fetch
from harmony.states.artifact import ArtifactEvent

MOST_KEPT: Final = 100_000
"""Moves that are remembered, of all artifacts together."""


@dataclass(frozen=True, slots=True)
class ArtifactMove:
    """One transition. `at` is Unix seconds; `event` and the tiers are chart 5's."""

    hash: str
    from_tier: str
    event: str
    to_tier: str
    why: str
    at: float


def allowed(connection: apsw.Connection, moves: Sequence[ArtifactMove]) -> list[ArtifactMove]:
    """Those moves that still hold: from the tier the artifact is in, and of none that must stay.

    What must stay may still be moved up, where it is read.
    """
    hashes = [move.hash for move in moves]
    rows = fetch(
        connection,
        "SELECT hash, tier FROM artifacts WHERE hash IN (SELECT value FROM json_each(?))",
        json.dumps(hashes),
    )
    tiers = dict(rows)
    protected = protected_among(connection, hashes)
    return [
        move
        for move in moves
        if tiers.get(move.hash) == move.from_tier
        and (move.hash not in protected or move.event == ArtifactEvent.ACCESS_DETECTED)
    ]


def make(connection: apsw.Connection, moves: Sequence[ArtifactMove]) -> None:
    """Change the tiers and remember that. In `Deleted` the content goes and the record stays."""
    if not moves:
        return
    rows = json.dumps([(m.hash, m.from_tier, m.event, m.to_tier, m.why, m.at) for m in moves])
    connection.execute(
        "UPDATE artifacts SET tier = move.value->>3,"
        " inline = iif(move.value->>3 = 'Deleted', NULL, inline)"
        " FROM json_each(?) AS move WHERE hash = move.value->>0",
        (rows,),
    )
    connection.execute(
        "INSERT INTO artifact_moves (hash, from_tier, event, to_tier, why, at) SELECT value->>0,"
        " value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?)",
        (rows,),
    )
    connection.execute(
        "DELETE FROM artifact_moves WHERE number <= (SELECT max(number) FROM artifact_moves) - ?",
        (MOST_KEPT,),
    )


def moves_of(connection: apsw.Connection, artifact: str) -> list[ArtifactMove]:
    """What happened to an artifact, the oldest first."""
    rows = fetch(
        connection,
        "SELECT hash, from_tier, event, to_tier, why, at FROM artifact_moves WHERE hash = ?"
        " ORDER BY number",
        artifact,
    )
    return [ArtifactMove(*row) for row in rows]
