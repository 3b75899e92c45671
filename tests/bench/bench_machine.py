"""One move of a machine with a guard, a record and a listener; and what a machine weighs.

The floor of a move is the bare table in a dictionary. Of the weight it is a plain object that holds
nothing: what CPython asks for anything at all.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import cpu_seconds, row

from harmony.foundation.clock import SystemClock
from harmony.states.kernel import Machine, Record
from harmony.states.task import CHART

ROUND = ("allocate_player", "interrupted")
COUNT = 100_000
MACHINES = 10_000


def run() -> Iterable[dict[str, Any]]:
    """Moves with all that is asked for, with less of it, and bytes a machine."""
    floor = COUNT / cpu_seconds(bare)
    for case, history, watched in (
        ("guard, record and one listener", 1000, True),
        ("guard, record and one listener, none kept", 0, True),
        ("record alone, none kept", 0, False),
    ):
        machine = Machine("bench", CHART, SystemClock(), history, state="Ready")
        if watched:
            machine.guard(allow)
            machine.listen(hear)
        taken = cpu_seconds(lambda machine=machine: fire(machine), 9)
        yield row("machine", case, COUNT / taken, "transitions/s", floor)
    empty = weight(object)
    clock = SystemClock()
    yield row(
        "machine",
        "a machine without its history",
        weight(lambda: Machine("bench", CHART, clock, 0)),
        "bytes",
        empty,
    )


def allow(_machine: Machine, _event: str, _state: str) -> None:
    """Nothing speaks against any move."""


def hear(_record: Record) -> None:
    """Whoever is told of moves."""


def fire(machine: Machine) -> None:
    """There and back."""
    there, back = ROUND
    for _ in range(COUNT // 2):
        machine.fire(there)
        machine.fire(back)


def bare() -> None:
    """The same without a record, a name or an error."""
    table, state = CHART.transitions, "Ready"
    for _ in range(COUNT // 2):
        state = table[state, ROUND[0]]
        state = table[state, ROUND[1]]


def weight(make: Callable[[], object]) -> float:
    """What one more object takes, in bytes, what it made for itself included."""
    kept: list[object] = [None] * MACHINES
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(MACHINES):
        kept[number] = make()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / MACHINES
