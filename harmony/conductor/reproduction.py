"""One task of a past run as it was given to its Player, taken from the journal alone.

The journal is folded to the moment in which the attempt was given out: inputs, the Player whose
turn it was and the state that an earlier attempt had saved are those of that moment (DESIGN.md
section 5). Reads the store and nothing else; what is made of it is for the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from harmony.conductor.core import TASK, RunCore, evolve
from harmony.conductor.core import begin as begin_run
from harmony.conductor.errors import ConductorError
from harmony.conductor.journal import record_of
from harmony.conductor.packages import PackageCheck
from harmony.conductor.preparation import all_for_child, located_parameters, secret_values
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.dag.plan_json import plan_from_json
from harmony.players.specs import PackageManifest
from harmony.polyphony.records import JournalRecord
from harmony.polyphony.store import Store
from harmony.states.task import TaskState

_SAVED = "\0saved"


class NotReproducibleError(ConductorError):
    """The task cannot be done again by itself; nothing was started."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """An attempt at a task: its node, and references to what came in.

    `base_folder` is what relative paths among the parameters are relative to. `saved` is the state
    that an earlier attempt had kept, or None.
    """

    run: str
    task: str
    attempt: int
    node: PlannedNode
    inputs: dict[str, Any]
    saved: dict[str, Any] | None
    base_folder: str

    def has_changed(self, package_of: Callable[[str], PackageManifest | None]) -> bool:
        """Whether the Player's package is another one than that run's by now, or is gone."""
        return PackageCheck(package_of).changed(self.node)

    def message(self, artifacts: ArtifactStore, environment: Mapping[str, str]) -> dict[str, Any]:
        """The `run` message (docs/architecture.md), all but where the task works.

        Contents are verified. Raises ArtifactError when one is gone or damaged, ConductorError when
        a secret is not set.
        """
        given = dict(self.inputs)
        if self.saved is not None:
            given[_SAVED] = self.saved
        inputs = all_for_child(given, artifacts)
        parameters = located_parameters(self.node, self.base_folder)
        secrets = secret_values(self.node, parameters, environment) if self.node.secrets else {}
        saved = inputs.pop(_SAVED, None)
        quota = self.node.quota.fields()
        return {
            "kind": "run",
            "task": self.task,
            "attempt": self.attempt,
            "player": self.node.player,
            "inputs": inputs,
            "parameters": parameters,
            "secrets": secrets,
            **({"saved": saved} if saved is not None else {}),
            **({"quota": quota} if quota else {}),
        }


def reproduction_of(store: Store, run: str, task: str, attempt: int | None = None) -> Reproduction:
    """What an attempt at a task was given; without a number the last one.

    Raises UnknownRunError, and NotReproducibleError for a task that never got its inputs, that is
    done by others, or that has no such attempt.
    """
    row = store.run_row(run)
    journal = store.journal(row.id)
    core = begin_run(plan_from_json(row.plan))
    given_out = _given_out(journal, task)
    last = max(given_out, default=0)
    number = attempt if attempt is not None else last
    if given_out and number not in given_out:
        raise NotReproducibleError(
            "conductor.attempt_unknown", task=task, attempt=number, last=last
        )
    until = given_out.get(number)
    for record in journal:
        evolve(core, record_of(record))
        if record.sequence == until:
            break
    found = _task_of(core, task)
    if until is None and (attempt is not None or found.state != TaskState.REUSED):
        raise NotReproducibleError("conductor.task_never_began", task=task)
    node = core.tracker.planned(task)
    if node.composite or not node.package_source:
        raise NotReproducibleError("conductor.task_of_others", task=task)
    inputs = core.tracker.inputs_of(task)
    return Reproduction(row.id, task, number or 1, node, inputs, found.saved, row.base_folder)


def _given_out(journal: Iterable[JournalRecord], task: str) -> dict[int, int]:
    """The record in which each attempt at a task was given out, by the attempt's number."""
    return {
        record.data["attempt"]: record.sequence
        for record in journal
        if record.machine == TASK + task and record.to_state == TaskState.ALLOCATED
    }


def _task_of(core: RunCore, task: str) -> Any:
    found = core.tracker.tasks.get(task)
    if found is None:
        known = list(core.tracker.tasks)
        near = get_close_matches(task, known, n=3) or known[:3]
        raise NotReproducibleError("conductor.task_unknown", task=task, matches=", ".join(near))
    return found
