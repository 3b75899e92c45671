"""Moves of tasks a second through the DAG Tracker, each with an entry in a log and one listener.

Layers of a hundred tasks; each depends on two of the layer before, and goes through all five moves
of a life without trouble. Resolving what became ready is counted in. The floor does the same on
bare lists: a table of numbers for the states, one entry a move, predecessors counted down.

Half a million entries of a log are as much for the garbage collector to walk over as a run's own
books, so both are measured as a run goes on: with the collector told of it, as the runner does.
What the collector costs where nobody tells it is a row of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1] / "conductor"))

from measuring import cpu_seconds, row
from plans import plan

from harmony.conductor.collector import Collector
from harmony.pit.dag.plan import Plan
from harmony.pit.dag.tracker import Tracker
from harmony.states.task import TaskEvent

LAYER = 100
MOVES = 5
OUTPUTS = {"outputs": {"result": {"type": "text", "hash": "h", "size": 1}}, "key": "k"}
Entry = tuple[str, str, str, str, dict[str, Any]]


def run() -> Iterable[dict[str, Any]]:
    """A thousand tasks, and a hundred thousand."""
    for count in (1_000, 100_000):
        drawn, moves = layered(count), count * MOVES
        rounds = 9 if count < 10_000 else 3
        for case, way in (
            (f"{count:,} tasks", in_a_run),
            (f"{count:,}, collector not told", timed),
        ):
            taken = min(way(track, drawn) for _ in range(rounds))
            floor = min(way(count_down, drawn) for _ in range(rounds))
            yield row("dag", case, moves / taken, "transitions/s", moves / floor)


def layered(count: int) -> Plan:
    """Tasks in layers, each with two random parents in the layer before."""
    random = Random(1)
    sources = {
        f"n{n}": " ".join(
            f"n{parent}" for parent in random.sample(range(n - n % LAYER - LAYER, n - n % LAYER), 2)
        )
        if n >= LAYER
        else ""
        for n in range(count)
    }
    return plan(**sources)


def timed(way: Callable[[Plan], Callable[[], None]], drawn: Plan) -> float:
    """The processor time of a run; what is made before it begins is not counted."""
    return cpu_seconds(way(drawn), 1)


def in_a_run(way: Callable[[Plan], Callable[[], None]], drawn: Plan) -> float:
    """The same while the collector deals with a run."""
    go, collector = way(drawn), Collector()

    def run_through() -> None:
        collector.begin()
        go()
        collector.over()

    return cpu_seconds(run_through, 1)


def hear(_entry: Entry) -> None:
    """Whoever is told of moves."""


def track(drawn: Plan) -> Callable[[], None]:
    """Every task through all of its states."""
    tracker = Tracker(drawn)
    log: list[Entry] = []
    none: dict[str, Any] = {}
    attempt = {"attempt": 1}
    ready, allocate, begin, end, stored = (
        TaskEvent.DEPENDENCIES_COMPLETE,
        TaskEvent.ALLOCATE_PLAYER,
        TaskEvent.PLAYER_READY,
        TaskEvent.EXECUTION_SUCCESS,
        TaskEvent.ARTIFACT_STORED,
    )

    def go() -> None:
        def move(task: str, event: str, data: dict[str, Any]) -> None:
            before, after = apply(task, event, data)
            entry = (task, before, event, after, data)
            log.append(entry)
            hear(entry)

        apply = tracker.apply
        while tracker.open_nodes:
            for node in tracker.take_resolvable():
                for task in tracker.resolve(node).tasks:
                    move(task, ready, none)
                    move(task, allocate, attempt)
                    move(task, begin, none)
                    move(task, end, none)
                    move(task, stored, OUTPUTS)

    return go


def count_down(drawn: Plan) -> Callable[[], None]:
    """What any tracker has to do, by numbers."""
    number = {name: n for n, name in enumerate(drawn.nodes)}
    waiting = [len(node.predecessors) for node in drawn.nodes.values()]
    after = [[number[name] for name in node.successors] for node in drawn.nodes.values()]
    states = [0] * len(number)
    log: list[tuple[int, int, int, int, dict[str, Any]]] = []
    none: dict[str, Any] = {}

    def go() -> None:
        ready = [n for n, count in enumerate(waiting) if not count]
        while ready:
            task = ready.pop()
            for event in range(MOVES):
                before = states[task]
                states[task] = before + 1
                entry = (task, before, event, before + 1, none)
                log.append(entry)
                hear(entry)  # type: ignore[arg-type]
            for successor in after[task]:
                waiting[successor] -= 1
                if not waiting[successor]:
                    ready.append(successor)

    return go
