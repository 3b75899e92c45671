"""Made-up WfCommons instances: of the shapes that recorded scientific workflows have, from a seed.

The real ones may not be copied into this repository; these have as many tasks and dependencies, the
same ways to fork and join, and run times that differ as widely.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

SEED = 20261121
Tasks = dict[str, tuple[float, list[str]]]
"""Run time and parents by task; a parent stands before its children."""


def instance(tasks: Tasks, version: str = "1.5", name: str = "made-up") -> dict[str, Any]:
    """The instance of these tasks; each writes one file, which its children read."""
    children: dict[str, list[str]] = {task: [] for task in tasks}
    for task, (_, parents) in tasks.items():
        for parent in parents:
            children[parent].append(task)
    specified = [
        {
            "name": task,
            "id": task,
            "parents": list(parents),
            "children": children[task],
            "inputFiles": [f"{parent}.out" for parent in parents],
            "outputFiles": [f"{task}.out"],
        }
        for task, (_, parents) in tasks.items()
    ]
    executed = [
        {"id": task, "runtimeInSeconds": runtime, "machines": ["node-1"]}
        for task, (runtime, _) in tasks.items()
    ]
    files = [
        {"id": f"{task}.out", "sizeInBytes": 1000 + 37 * number}
        for number, task in enumerate(tasks)
    ]
    specification: dict[str, Any] = {"tasks": specified, "files": files}
    execution: dict[str, Any] = {
        "makespanInSeconds": 123.5,
        "executedAt": "2026-11-21T08:00:00+00:00",
        "tasks": executed,
        "machines": [{"nodeName": "node-1"}],
    }
    found = {
        "name": name,
        "description": f"A workflow of the shape of {name}.",
        "createdAt": "2026-11-21T09:00:00+00:00",
        "schemaVersion": version,
        "runtimeSystem": {"name": "Maker", "version": "2.0", "url": "https://example.org"},
        "workflow": {"specification": specification, "execution": execution},
    }
    if version == "1.6":
        found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        specification["metrics"] = {"taskCount": len(tasks), "fileCount": len(files)}
        execution["metrics"] = {"totalWork": sum(runtime for runtime, _ in tasks.values())}
    return found


def ten() -> dict[str, dict[str, Any]]:
    """Ten instances by name, from 5 to some 200 tasks."""
    dice = random.Random(SEED)
    shapes = {
        "chain-5": _chain(dice, 5),
        "forkjoin-10": _fork_join(dice, 8),
        "bacass": _pipeline(dice, 11, 14),
        "srasearch": _search(dice, 10),
        "hic": _pipeline(dice, 38, 47),
        "epigenomics": _lanes(dice, lanes=9, steps=4),
        "1000genome": _genome(dice, chromosomes=2, pieces=10),
        "montage": _mosaic(dice, images=14),
        "seismology": _gathered(dice, 100),
        "rnaseq": _pipeline(dice, 197, 451),
    }
    return {name: instance(tasks, name=name) for name, tasks in shapes.items()}


def large(tasks: int = 2_000, dependencies: int = 6_000) -> dict[str, Any]:
    """As large as recorded workflows get."""
    return instance(_pipeline(random.Random(SEED), tasks, dependencies), name="large")


def _runtime(dice: random.Random, mean: float) -> float:
    return round(dice.lognormvariate(0.0, 1.0) * mean, 3)


def _add(tasks: Tasks, task: str, runtime: float, parents: Iterable[str] = ()) -> str:
    tasks[task] = (runtime, list(parents))
    return task


def _chain(dice: random.Random, length: int) -> Tasks:
    tasks: Tasks = {}
    last: list[str] = []
    for number in range(length):
        last = [_add(tasks, f"step_{number:08}", _runtime(dice, 100), last)]
    return tasks


def _fork_join(dice: random.Random, width: int) -> Tasks:
    tasks: Tasks = {}
    fork = _add(tasks, "fork", 100.0)
    middle = [_add(tasks, f"work_{n}", 100 + dice.random(), [fork]) for n in range(width)]
    _add(tasks, "join", 100.0, middle)
    return tasks


def _gathered(dice: random.Random, width: int) -> Tasks:
    tasks: Tasks = {}
    first = [_add(tasks, f"decon_ID{n:07}", _runtime(dice, 0.7)) for n in range(width)]
    _add(tasks, "wrapper", 0.5, first)
    return tasks


def _search(dice: random.Random, runs: int) -> Tasks:
    tasks: Tasks = {}
    index = _add(tasks, "build", 6.3)
    found = []
    for number in range(runs):
        dump = _add(tasks, f"dump_{number}", _runtime(dice, 300))
        found.append(_add(tasks, f"search_{number}", _runtime(dice, 300), [index, dump]))
    _add(tasks, "merge", 0.2, found)
    return tasks


def _lanes(dice: random.Random, lanes: int, steps: int) -> Tasks:
    tasks: Tasks = {}
    split = _add(tasks, "split", 1.1)
    ends = []
    for lane in range(lanes):
        last = split
        for step in range(steps):
            last = _add(tasks, f"filter_{lane}_{step}", _runtime(dice, 10), [last])
        ends.append(last)
    merge = _add(tasks, "merge", 9.0, ends)
    pile = _add(tasks, "pileup", 4.0, [merge])
    _add(tasks, "map", 50.0, [merge, pile])
    return tasks


def _genome(dice: random.Random, chromosomes: int, pieces: int) -> Tasks:
    tasks: Tasks = {}
    for chromosome in range(chromosomes):
        parts = [
            _add(tasks, f"individuals_{chromosome}_{n}", _runtime(dice, 50)) for n in range(pieces)
        ]
        merged = _add(tasks, f"merge_{chromosome}", _runtime(dice, 80), parts)
        sifted = _add(tasks, f"sift_{chromosome}", 0.4)
        for population in range(7):
            for kind in ("overlap", "frequency"):
                name = f"{kind}_{chromosome}_{population}"
                _add(tasks, name, _runtime(dice, 60), [merged, sifted])
    return tasks


def _mosaic(dice: random.Random, images: int) -> Tasks:
    tasks: Tasks = {}
    projected = [_add(tasks, f"project_{n}", _runtime(dice, 15)) for n in range(images)]
    differences = [
        _add(tasks, f"difference_{n}", 0.3, [projected[n], projected[(n + 1) % images]])
        for n in range(images)
    ]
    fitted = _add(tasks, "concatenate", 0.2, differences)
    model = _add(tasks, "model", 0.5, [fitted])
    corrected = [
        _add(tasks, f"background_{n}", _runtime(dice, 0.5), [model, projected[n]])
        for n in range(images)
    ]
    table = _add(tasks, "table", 0.2, corrected)
    _add(tasks, "mosaic", 8.0, [table, *corrected])
    return tasks


def _pipeline(dice: random.Random, count: int, dependencies: int) -> Tasks:
    """Steps for many samples; some stand alone, and one gathers from nearly everywhere."""
    tasks: Tasks = {}
    names = [f"LAB_FLOW.STEP_{n % 7}_{n}" for n in range(count)]
    wanted: dict[str, set[int]] = {name: set() for name in names}
    gathered = min(count - 2, dependencies // 5)
    wanted[names[-1]] = set(dice.sample(range(count - 1), gathered))
    left = dependencies - gathered
    while left > 0:
        child = dice.randrange(count // 20 + 1, count - 1)
        parent = dice.randrange(max(0, child - 60), child)
        if parent not in wanted[names[child]]:
            wanted[names[child]].add(parent)
            left -= 1
    for name in names:
        quick = dice.random() < 0.3
        runtime = float(dice.randrange(2)) if quick else _runtime(dice, 15)
        _add(tasks, name, runtime, [names[parent] for parent in sorted(wanted[name])])
    return tasks
