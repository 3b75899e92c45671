"""Whether a task need run at all: its reuse key, and who has had a result with that key before.

DESIGN.md section 5, Reuse. A result of any earlier run is taken for a Player that is deterministic
and without effects; a child run takes over whatever its parent had by the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harmony.conductor.errors import ConductorError
from harmony.conductor.packages import PackageCheck
from harmony.conductor.preparation import Common
from harmony.conductor.services import Services
from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render
from harmony.pit.artifacts.content import parts_of
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.pool import Package

Reference = dict[str, Any]

ONE_LOOK: Final = 0.01
"""Seconds that what was seen of a package's folder holds, at most: one turn of the event loop."""

PINNED: Final = "pinned"
"""Where the outputs of a pinned node come from; stands for its key, which it has none of."""

Adopted = Mapping[str, tuple[str, dict[str, Any]]]
"""Results of a parent run that a child run may take over: task -> (key, outputs)."""


class KnownResults:
    """Looks for results on behalf of one run."""

    def __init__(
        self,
        services: Services,
        code: PackageCheck,
        *,
        base_folder: str,
        environment: str,
        adopted: Adopted,
    ) -> None:
        self._services = services
        self._code = code
        self._base_folder = base_folder
        self._environment = environment
        self._adopted = adopted
        self._common: dict[int, Common] = {}
        self._packages: dict[tuple[object, ...], Package] = {}
        self._changed: dict[tuple[str, str], str] = {}
        self._looked = 0.0
        self._turn_is_over = False

    def common(self, node: PlannedNode) -> Common:
        """What all tasks of a node have in common."""
        found = self._common.get(id(node))
        # A path may lead elsewhere by the time another item or attempt of the node has its turn.
        if found is None or found.node is not node or node.paths:
            found = self._common[id(node)] = Common(
                node,
                base_folder=self._base_folder,
                environment=self._environment,
                package=self._package(node),
            )
        return found

    def _package(self, node: PlannedNode) -> Package:
        named = (node.package, node.package_hash, node.package_source, node.quota)
        found = self._packages.get(named)
        if found is None:
            name, digest, source, quota = named
            found = Package(name, digest, source, self._services.python, quota)
            self._packages[named] = found
        return found

    def is_adopted(self, task: str) -> bool:
        """Whether the parent run had a result of this task."""
        return task in self._adopted

    def find(self, task: str, node: PlannedNode, key: str) -> tuple[dict[str, Any] | None, str]:
        """The outputs of an earlier result with this key, and whose it was; (None, "") if none."""
        if node.pinned is not None:
            self._refuse_missing(node, node.pinned)
            return node.pinned, PINNED
        if node.afresh:
            return None, ""
        adopted = self._adopted.get(task)
        if adopted is not None and adopted[0] == key and self._all_there(adopted[1]):
            return adopted[1], "parent run"
        if node.reusable:
            result = self._services.store.result(key)
            if result is not None and self._all_there(result.outputs):
                return result.outputs, f"run {result.run}"
        return None, ""

    def stability_check(
        self, node: PlannedNode, inputs: Mapping[str, Reference], key: str
    ) -> Callable[[], str] | None:
        """Says, when called in a thread, why a new result is not for reuse; empty when it is.

        None when there are no files that could have changed while the task ran.
        """
        common = self.common(node)
        if not node.reusable or not common.reads_files(inputs):
            return None
        artifacts = self._services.artifacts

        def why_unstable() -> str:
            try:
                same = common.key_with_files(inputs, artifacts) == key
            except (HarmonyError, OSError):
                same = False
            return "" if same else render("conductor.input_changed")

        return why_unstable

    def code_changed(self, node: PlannedNode, *, first_look: bool = False) -> str:
        """Why a result is not the planned Player's, in words; empty when it is.

        A `first_look` is followed by another one before the task is given out: what was seen in the
        last turns of the event loop is good enough for it.
        """
        now = self._services.clock.monotonic()
        if now - self._looked > ONE_LOOK or (self._turn_is_over and not first_look):
            self._changed.clear()
            self._looked = now
            self._turn_is_over = False
        looked_at = (node.package_source, node.package_hash)
        found = self._changed.get(looked_at)
        if found is None:
            found = ""
            if self._code.changed(node):
                found = render("conductor.package_changed", package=node.package)
            self._changed[looked_at] = found
        return found

    def look_again(self) -> None:
        """Another turn of the event loop: packages may have changed since the last one."""
        self._turn_is_over = True

    def _refuse_missing(self, node: PlannedNode, pins: Mapping[str, Reference]) -> None:
        for pin in pins.values():
            for part in parts_of(pin):
                # What has its value with it is on its way into the store (pins.py).
                by_hash = "value" not in part and "items" not in part
                if by_hash and not self._services.artifacts.exists(part):
                    raise ConductorError("conductor.pin_missing", node=node.title or node.id)

    def _all_there(self, outputs: Mapping[str, Any]) -> bool:
        return all(
            output.get("nothing") or self._services.artifacts.exists(output)
            for output in outputs.values()
        )
