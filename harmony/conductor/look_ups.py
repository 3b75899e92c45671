"""Looks ready tasks up: what they receive, under which key, and whether a result is known.

One task after the other, so that a list of a thousand items leaves the event loop room between
them. What reads whole files goes to a thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from harmony.conductor import facts as happened
from harmony.conductor.attempt import engine_error
from harmony.conductor.core import RunCore
from harmony.conductor.known_results import PINNED, KnownResults
from harmony.conductor.preparation import names_files
from harmony.foundation.errors import HarmonyError
from harmony.foundation.failpoints import failpoint
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.dag.plan import PlannedNode
from harmony.states.task import TaskState

Outcome = Callable[[], Any]
"""Gives the result of work that was done, or raises what it raised."""


class LookUps:
    """The tasks of one run that wait to be looked up, and what those under way receive.

    `feed` takes the facts that follow. `in_thread` does work in a thread and hands its outcome on.
    """

    __slots__ = (
        "_artifacts",
        "_core",
        "_feed",
        "_in_thread",
        "_inputs",
        "_known",
        "_line",
        "_wall",
    )

    def __init__(
        self,
        core: RunCore,
        known: KnownResults,
        artifacts: ArtifactStore,
        wall: Callable[[], float],
        feed: Callable[[happened.Fact], None],
        in_thread: Callable[[Callable[[], Any], Callable[[Outcome], None]], object],
    ) -> None:
        self._core = core
        self._known = known
        self._artifacts = artifacts
        self._wall = wall
        self._feed = feed
        self._in_thread = in_thread
        self._line: deque[str] = deque()
        # From the look-up of a task to the end of its attempt: a long list is put together once.
        self._inputs: dict[str, dict[str, Any]] = {}

    @property
    def waiting(self) -> bool:
        """Whether a task waits for `next`."""
        return bool(self._line)

    def need_the_store(self, task: str) -> bool:
        """Whether a look-up needs the content of an input: that is in the store after the commit.

        Which files came in over a wire is content; all other keys are made of hashes alone.
        """
        inputs = self._inputs[task] = self._core.tracker.inputs_of(task)
        return any(names_files(reference) for reference in inputs.values())

    def add(self, task: str) -> None:
        """A task is to be looked up."""
        self._line.append(task)

    def next(self) -> None:
        """Look up the task that has waited longest."""
        task = self._line.popleft()
        if self._core.tracker.tasks[task].state != TaskState.READY:
            return  # cancelled while it waited for its turn
        node, inputs = self._core.tracker.planned(task), self.inputs_of(task)
        if node.pinned is not None:
            self._looked_up(task, node, lambda: PINNED)
            return
        common = self._known.common(node)
        if common.reads_files(inputs):
            self._in_thread(
                lambda: common.key_with_files(inputs, self._artifacts),
                lambda outcome: self._looked_up(task, node, outcome),
            )
            return
        failpoint("run.looked_up")
        if node.reusable or self._known.is_adopted(task):
            self._looked_up(task, node, lambda: common.key(inputs))
        elif self._known.code_changed(node, first_look=True):
            self._feed(happened.LookUpFailed(self._wall(), task, package_changed(node)))
        else:
            self._feed(happened.LookedUp(self._wall(), task, common.key(inputs)))

    def inputs_of(self, task: str) -> dict[str, Any]:
        """The references that a task receives, by port. Not to be changed."""
        inputs = self._inputs.get(task)
        return self._core.tracker.inputs_of(task) if inputs is None else inputs

    def forget(self, task: str) -> None:
        """The task is over: what it received is kept no longer."""
        self._inputs.pop(task, None)

    def clear(self) -> None:
        """Look nothing up any more."""
        self._line.clear()
        self._inputs.clear()

    def _looked_up(self, task: str, node: PlannedNode, outcome: Outcome) -> None:
        try:
            key = outcome()
            outputs, origin = self._known.find(task, node, key)
        except (HarmonyError, OSError) as error:
            self._feed(happened.LookUpFailed(self._wall(), task, not_prepared(error)))
            return
        if outputs is None and self._known.code_changed(node, first_look=True):
            self._feed(happened.LookUpFailed(self._wall(), task, package_changed(node)))
            return
        self._feed(happened.LookedUp(self._wall(), task, key, outputs, origin))


def not_prepared(error: HarmonyError | OSError) -> dict[str, Any]:
    """Why a task cannot be given to a process, as its error."""
    if isinstance(error, OSError):
        return engine_error(
            "conductor.input_not_readable",
            kind=type(error).__name__,
            path=error.filename,
            reason=error.strerror or str(error),
        )
    return engine_error("conductor.task_not_prepared", kind=type(error).__name__, reason=str(error))


def package_changed(node: PlannedNode) -> dict[str, Any]:
    """Other code than the plan's never runs in its name."""
    return engine_error("conductor.package_changed", kind="PackageChanged", package=node.package)
