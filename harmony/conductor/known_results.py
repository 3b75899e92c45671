"""Whether a task need run at all: its reuse key, and who has had a result with that key before.

DESIGN.md section 5, Reuse. A result of any earlier run is taken for a Player that is deterministic
and without effects; a child run takes over whatever its parent had by the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harmony.conductor.packages import PackageCheck
from harmony.conductor.preparation import located_parameters, reads_files, reuse_key
from harmony.conductor.services import Services
from harmony.foundation.errors import HarmonyError
from harmony.foundation.words import render
from harmony.pit.dag.plan import PlannedNode

Reference = dict[str, Any]

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

    def key_maker(self, node: PlannedNode, inputs: Mapping[str, Reference]) -> Callable[[], str]:
        """Makes the key of a task when called; in a thread, when `reads_files`.

        Raises OSError when a file cannot be read, ArtifactError when an input is gone.
        """
        parameters = located_parameters(node, self._base_folder)
        environment, artifacts = self._environment, self._services.artifacts
        return lambda: reuse_key(node, parameters, inputs, environment, artifacts)

    def find(self, task: str, node: PlannedNode, key: str) -> tuple[dict[str, Any] | None, str]:
        """The outputs of an earlier result with this key, and whose it was; (None, "") if none."""
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
        if not node.reusable or not reads_files(node, inputs):
            return None
        make_key = self.key_maker(node, inputs)

        def why_unstable() -> str:
            try:
                same = make_key() == key
            except (HarmonyError, OSError):
                same = False
            return "" if same else render("conductor.input_changed")

        return why_unstable

    def code_changed(self, node: PlannedNode) -> str:
        """Why a result is not the planned Player's, in words; empty when it is."""
        if not self._code.changed(node):
            return ""
        return render("conductor.package_changed", package=node.package)

    def _all_there(self, outputs: Mapping[str, Any]) -> bool:
        return all(
            output.get("nothing") or self._services.artifacts.exists(output)
            for output in outputs.values()
        )
