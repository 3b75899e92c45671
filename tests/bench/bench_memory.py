"""What a run of 100,000 tasks keeps in memory, what stays of it, and how long the collector stops.

The real core, its watch, the real Arbitration Engine; processes and store are played. The store
keeps what it is handed, so the records of a step are let go here as they are by a run. Pauses are
the collector's own, by its callbacks. The floor of a pause is one full collection of as many plain
dictionaries; of a task, the dictionary of its one output.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1] / "conductor"))

from bench_dag import layered
from measuring import row

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import RunCore, begin, step
from harmony.conductor.invariants import Watch
from harmony.pit.arbitration import ArbitrationEngine, Request
from harmony.pit.dag.plan import Plan

TASKS = 100_000
SLOTS = 8
RUN = "bench"


def run() -> Iterable[dict[str, Any]]:
    """Bytes a task, bytes left, and the longest pause."""
    drawn = layered(TASKS)
    longest, floor = pauses(drawn)
    kept, left = weights(drawn)
    output = weight_of_an_output()
    yield row("memory", "a finished task", kept / TASKS, "bytes", output)
    yield row("memory", "left after the run, a task", left / TASKS, "bytes", output)
    yield row("memory", "longest pause of the collector", longest * 1e3, "ms", floor * 1e3)


class Played:
    """A run in which every look-up misses and every task succeeds."""

    def __init__(self, drawn: Plan) -> None:
        self.core: RunCore = begin(drawn)
        self.watch = Watch(self.core.tracker, self.core.state)
        self.engine = ArbitrationEngine(SLOTS, 1)
        self.engine.open_run(RUN)
        self.facts: deque[happened.Fact] = deque([happened.Start(0.0)])

    def go(self) -> None:
        """To its end."""
        while self.facts:
            records, commands = step(self.core, self.facts.popleft())
            assert self.watch.judge(records) == ()
            for command in commands:
                self.carry_out(command)
        assert self.core.state == "Completed"
        self.engine.close_run(RUN)

    def carry_out(self, command: do.Command) -> None:
        """What the effects of a run would do, with nothing outside."""
        feed = self.facts.append
        if isinstance(command, do.LookUp):
            feed(happened.LookedUp(0.0, command.task, f"key of {command.task}"))
        elif isinstance(command, do.RequestSlot):
            task, kind = command.task, "wait" if command.waits else "cpu"
            self.engine.request(
                Request(
                    run=RUN,
                    task=task,
                    kind=kind,  # type: ignore[arg-type]
                    priority=command.priority,
                    rank=command.rank,
                    granted=lambda: feed(happened.Granted(0.0, task)),
                )
            )
        elif isinstance(command, do.ReleaseSlot):
            self.engine.release(RUN, command.task)
        elif isinstance(command, do.Dispatch):
            feed(happened.Started(0.0, command.task, command.attempt, "player-1", 1))
            outputs = {"result": output_of(command.task)}
            feed(happened.Succeeded(0.0, command.task, command.attempt, outputs, 0.1))
        elif isinstance(command, do.Store):
            feed(happened.Stored(0.0, command.task, command.attempt, command.outputs, 0.1))


def output_of(task: str) -> dict[str, Any]:
    """A reference as the store of artifacts makes it: of each task its own."""
    return {"type": "text", "hash": f"{hash(task):064x}", "size": len(task)}


def weights(drawn: Plan) -> tuple[int, int]:
    """Bytes that a finished run holds beside its plan, and those that stay when it is let go."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    played = Played(drawn)
    played.go()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    del played
    gc.collect()
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept - before, left - before


def weight_of_an_output() -> float:
    """Bytes of one output in its dictionary."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    made = [{"result": output_of(str(number))} for number in range(1_000)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(made)


def pauses(drawn: Plan) -> tuple[float, float]:
    """The longest pause of the collector in a run, and one over as many dictionaries."""
    longest, begun = 0.0, 0.0

    def watch(phase: str, _: dict[str, int]) -> None:
        nonlocal longest, begun
        if phase == "start":
            begun = time.process_time()
        else:
            longest = max(longest, time.process_time() - begun)

    played = Played(drawn)
    gc.callbacks.append(watch)
    try:
        played.go()
    finally:
        gc.callbacks.remove(watch)
    del played
    gc.collect()
    gc.freeze()
    try:
        many = [{"one": [number]} for number in range(TASKS)]
        begun = time.process_time()
        gc.collect()
        floor = time.process_time() - begun
        del many
    finally:
        gc.unfreeze()
    return longest, floor
