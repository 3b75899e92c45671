"""Tasks a second through the DAG Tracker alone; the floor is counting down predecessors."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

sys.path.insert(0, str(Path(__file__).parents[1] / "conductor"))

from measuring import row, seconds
from plans import plan

from harmony.pit.dag.plan import Plan
from harmony.pit.dag.tracker import Tracker

EVENTS = ("allocate_player", "player_ready", "execution_success")
COUNT = 2_000


def run() -> Iterable[dict[str, Any]]:
    """A chain, and 1 to many to 1."""
    shapes = {
        f"chain of {COUNT:,}": plan(n0="", **{f"n{n}": f"n{n - 1}" for n in range(1, COUNT)}),
        f"1 to {COUNT:,} to 1": plan(
            n0="",
            **{f"n{n}": "n0" for n in range(1, COUNT)},
            last=" ".join(f"n{n}" for n in range(1, COUNT)),
        ),
    }
    for case, drawn in shapes.items():
        taken = seconds(lambda drawn=drawn: track(drawn), 3)
        floor = seconds(lambda drawn=drawn: count_down(drawn), 3)
        yield row("dag", case, COUNT / taken, "tasks/s", COUNT / floor)


def track(drawn: Plan) -> None:
    """Every task through all of its states."""
    tracker = Tracker(drawn)
    outputs = {"result": {"type": "text", "hash": "h", "size": 1}}
    while tracker.open_nodes:
        for node in tracker.take_resolvable():
            for task in tracker.resolve(node).tasks:
                tracker.apply(task, "dependencies_complete", {})
                for event in EVENTS:
                    tracker.apply(task, event, {})
                tracker.apply(task, "artifact_stored", {"outputs": outputs})


def count_down(drawn: Plan) -> None:
    """What any tracker has to do."""
    waiting = {name: len(node.predecessors) for name, node in drawn.nodes.items()}
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        for after in drawn.nodes[ready.pop()].successors:
            waiting[after] -= 1
            if not waiting[after]:
                ready.append(after)
