"""From which artifacts, by which task, was this one made, and what was made of it.

A question over the journals of the runs that name the artifact; nothing is stored for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harmony.conductor.detail import detail_of
from harmony.polyphony import artifact_search
from harmony.polyphony.preparation import hashes_in
from harmony.polyphony.store import Store

MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """A task that made or used the artifact. Inputs and outputs: hashes of artifacts by port."""

    run: str
    task: str
    player: str
    inputs: dict[str, tuple[str, ...]]
    outputs: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The tasks that made an artifact, and those that had it as an input; newest runs first."""

    artifact: str
    made_by: tuple[Step, ...]
    used_by: tuple[Step, ...]


def lineage_of(store: Store, artifact: str, runs: int = MOST_RUNS) -> Lineage:
    """Where an artifact came from and where it went, in the newest so many runs that name it.

    Reads whole journals: not on the main thread.
    """
    made: list[Step] = []
    used: list[Step] = []
    for run in store.reading(lambda c: artifact_search.runs_with(c, artifact, runs)):
        for task in detail_of(store, run).tasks.values():
            step = Step(run, task.id, task.player, _hashes(task.inputs), _hashes(task.outputs))
            if any(artifact in hashes for hashes in step.outputs.values()):
                made.append(step)
            if any(artifact in hashes for hashes in step.inputs.values()):
                used.append(step)
    return Lineage(artifact, tuple(made), tuple(used))


def ancestors(store: Store, artifact: str) -> list[Step]:
    """Every task of the newest run on the way to an artifact, its own first.

    Reads a whole journal: not on the main thread.
    """
    runs = store.reading(lambda c: artifact_search.runs_with(c, artifact, 1))
    steps = [
        Step(run, task.id, task.player, _hashes(task.inputs), _hashes(task.outputs))
        for run in runs
        for task in detail_of(store, run).tasks.values()
    ]
    wanted, found = [artifact], dict[str, Step]()
    while wanted:
        digest = wanted.pop(0)
        for step in steps:
            if step.task not in found and any(digest in made for made in step.outputs.values()):
                found[step.task] = step
                wanted += [each for hashes in step.inputs.values() for each in hashes]
    return list(found.values())


def _hashes(references: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The artifacts behind the references at each port; of a list, its items too."""
    return {
        port: tuple(dict.fromkeys(hashes_in(reference))) for port, reference in references.items()
    }
