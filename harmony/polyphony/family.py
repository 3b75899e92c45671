"""Which runs came from which: a retry with a corrected melody, a fork, a run of a part."""

from __future__ import annotations

from typing import NamedTuple

import apsw

from harmony.polyphony.reading import run as read_run
from harmony.polyphony.records import RunSummary
from harmony.polyphony.schema import fetch


class Relative(NamedTuple):
    """A run of a family, and how many runs lie between it and the first one."""

    depth: int
    run: RunSummary


def last_run_of(connection: apsw.Connection, melody_id: str) -> str | None:
    """The newest run of a melody, whatever version of it; None when it was never run."""
    found = fetch(
        connection,
        "SELECT id FROM runs WHERE melody_id = ? ORDER BY created DESC, id DESC LIMIT 1",
        melody_id,
    )
    return found[0][0] if found else None


def family_of(connection: apsw.Connection, run: str) -> list[Relative]:
    """The run with all it came from and all that came from it, each behind its parent.

    A deleted run ends the line: its children are the first of their families then. Raises
    UnknownRunError.
    """
    parents: dict[str, str] = dict(
        fetch(
            connection,
            "SELECT id, parent FROM runs WHERE parent IN (SELECT id FROM runs)"
            " ORDER BY created, id",
        )
    )
    children: dict[str, list[str]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    first = read_run(connection, run).id
    while first in parents:
        first = parents[first]
    found: list[Relative] = []
    ahead = [(0, first)]
    while ahead:
        depth, name = ahead.pop()
        found.append(Relative(depth, read_run(connection, name)))
        ahead += [(depth + 1, child) for child in reversed(children.get(name, ()))]
    return found
