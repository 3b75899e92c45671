"""A melody that replays a trace: a node of the Player *Replay* for a task, a wire for a dependency.

The Player waits for the task's run time and tells its files (`harmony/players/library/replay.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from harmony.melody.layout import arrange, card_height
from harmony.melody.limits import MAXIMUM_PRIORITY
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.naming import fresh_id
from harmony.melody.wfformat import Trace, TracedFile, TracedTask

PLAYER: Final = "harmony/replay"
INPUT: Final = "after"
OUTPUT: Final = "result"

_LONGEST_STEM: Final = 94
"""Characters of a node's id that come from the task's; what is left is for a number behind it."""
_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9_-]+")


def melody_of(trace: Trace, identifier: str, scale: float = 1.0) -> Melody:
    """A melody called `identifier` that replays the trace on a clock scaled by `scale`.

    Laid out in layers. A task without a run time takes none. Nodes and wires stand in the order of
    the longest way to an end: tasks that become ready together then ask for slots in that order.
    """
    names = _node_ids(trace.tasks)
    ways = _longest_ways(trace.tasks)
    longest = max(ways.values(), default=0.0) or 1.0
    tasks = sorted(trace.tasks.values(), key=lambda task: -ways[task.id])
    edges = [(names[parent], names[task.id]) for task in tasks for parent in task.parents]
    # Where a card shows its run time, it is one row and one field high.
    height = card_height(1, 1, has_field=True)
    places = arrange(dict.fromkeys(names.values(), height), edges)
    nodes = {}
    for task in tasks:
        node = names[task.id]
        x, y = places[node]
        priority = round(ways[task.id] / longest * MAXIMUM_PRIORITY)
        nodes[node] = Node(node, PLAYER, task.name, x, y, _parameters(task, scale), priority)
    return Melody(
        id=identifier,
        name=trace.name,
        description=_described(trace),
        nodes=nodes,
        connections={Connection(source, OUTPUT, target, INPUT): "hard" for source, target in edges},
    )


def _node_ids(tasks: Mapping[str, TracedTask]) -> dict[str, str]:
    """An id for each task's node: the task's own as far as it may be one, and no two alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for task in tasks:
        # The end of a long id tells tasks apart, not its beginning.
        stem = _NOT_IN_AN_ID.sub("-", task)[-_LONGEST_STEM:].strip("-") or "task"
        names[task] = fresh_id(stem, taken.__contains__)
        taken.add(names[task])
    return names


def _longest_ways(tasks: Mapping[str, TracedTask]) -> dict[str, float]:
    """The seconds from each task's start to the end of all that hangs on it, at the least.

    The trace tells what the engine cannot know beforehand.
    """
    children: dict[str, list[str]] = {task: [] for task in tasks}
    for task in tasks.values():
        for parent in task.parents:
            children[parent].append(task.id)
    waiting = {task: len(after) for task, after in children.items()}
    ready = [task for task, count in waiting.items() if count == 0]
    ways: dict[str, float] = {}
    for name in ready:
        after = max((ways[child] for child in children[name]), default=0.0)
        ways[name] = after + (tasks[name].runtime or 0.0)
        for parent in tasks[name].parents:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                ready.append(parent)
    return ways


def _parameters(task: TracedTask, scale: float) -> dict[str, Any]:
    """What differs from the defaults of the Replay Player."""
    parameters: dict[str, Any] = {"runtime": task.runtime or 0.0, "name": task.name}
    if scale != 1.0:
        parameters["scale"] = scale
    for key, files in (("input_files", task.reads), ("output_files", task.writes)):
        if files:
            parameters[key] = "\n".join(_file_lines(files))
    return parameters


def _file_lines(files: Sequence[TracedFile]) -> Iterator[str]:
    for file in files:
        size = "-" if file.size is None else str(file.size)
        yield f"{size} {' '.join(file.name.split())}"


def _described(trace: Trace) -> str:
    """The instance's own words, and what a person wants to know of where it came from."""
    ran = [f"Replay of a WfFormat {trace.version} trace: {len(trace.tasks):,} tasks"]
    if trace.system:
        ran.append(f"run by {trace.system}")
    if trace.executed_at:
        ran.append(f"at {trace.executed_at}")
    if trace.makespan is not None:
        ran.append(f"in {trace.makespan:,.1f} s")
    told = f"{' '.join(ran)}."
    return f"{trace.description}\n\n{told}" if trace.description else told
