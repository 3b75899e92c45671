"""Transitions a second of a machine, with its record; the floor is a bare table in a dictionary."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from measuring import row, seconds

from harmony.foundation.clock import SystemClock
from harmony.states.kernel import Machine
from harmony.states.task import CHART

ROUND = ("allocate_player", "interrupted")
COUNT = 100_000


def run() -> Iterable[dict[str, Any]]:
    """With the ring of the last thousand records, and without."""
    floor = COUNT / seconds(bare)
    for case, history in (("1,000 records kept", 1000), ("none kept", 0)):
        machine = Machine("bench", CHART, SystemClock(), history, state="Ready")
        taken = seconds(lambda machine=machine: fire(machine))
        yield row("machine", case, COUNT / taken, "transitions/s", floor)


def fire(machine: Machine) -> None:
    """There and back."""
    for _ in range(COUNT // 2):
        machine.fire(ROUND[0])
        machine.fire(ROUND[1])


def bare() -> None:
    """The same without a record, a name or an error."""
    table, state = CHART.transitions, "Ready"
    for _ in range(COUNT // 2):
        state = table[state, ROUND[0]]
        state = table[state, ROUND[1]]
