"""Tasks a second through the run core: facts in, records and commands out.

The floor is the DAG Tracker alone (bench_dag.py): what the core adds to it is the deciding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1] / "conductor"))

from bench_dag import track
from measuring import row, seconds
from plans import plan

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.announcing import events_of
from harmony.conductor.core import begin, step
from harmony.conductor.invariants import Watch
from harmony.pit.dag.plan import Plan

COUNT = 1_000


def run() -> Iterable[dict[str, Any]]:
    """Decided only; watched and told as well."""
    drawn = plan(n0="", **{f"n{n}": f"n{n - 1}" for n in range(1, COUNT)})
    floor = COUNT / seconds(lambda: track(drawn), 3)
    decided = seconds(lambda: drive(drawn, watched=False), 3)
    yield row("decide", f"chain of {COUNT:,}", COUNT / decided, "tasks/s", floor)
    watched = seconds(lambda: drive(drawn, watched=True), 3)
    yield row("decide", "with invariants and events", COUNT / watched, "tasks/s", floor)


def drive(drawn: Plan, *, watched: bool) -> None:
    """Play the Pit: every look-up misses, every request is granted, every task succeeds."""
    core = begin(drawn)
    watch = Watch(core.tracker, core.state)
    facts: list[happened.Fact] = [happened.Start(0.0)]
    outputs = {"result": {"type": "text", "hash": "h", "size": 1}}
    while facts:
        records, commands = step(core, facts.pop(0))
        if watched:
            assert watch.judge(records) == ()
            events_of("r", core, records)
        for command in commands:
            if isinstance(command, do.LookUp):
                facts.append(happened.LookedUp(0.0, command.task, "key"))
            elif isinstance(command, do.RequestSlot):
                facts.append(happened.Granted(0.0, command.task))
            elif isinstance(command, do.Dispatch):
                task, attempt = command.task, command.attempt
                facts.append(happened.Started(0.0, task, attempt, "p", 1))
                facts.append(happened.Succeeded(0.0, task, attempt, outputs, 0.1))
            elif isinstance(command, do.Store):
                facts.append(
                    happened.Stored(0.0, command.task, command.attempt, command.outputs, 0.1)
                )
    assert core.state == "Completed"
