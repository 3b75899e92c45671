"""What a task needs before it can run: its reuse key, and the message for its process.

Reads files (to fingerprint what the task reads) and the store; a run's own decisions are not made
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harmony.conductor.secrets import resolve
from harmony.conductor.services import Services
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.reuse import fingerprint, task_key
from harmony.pit.dag.plan import PlannedNode
from harmony.players.ports import item_type

Reference = dict[str, Any]


def located_parameters(node: PlannedNode, base_folder: str) -> dict[str, Any]:
    """The node's parameters, with paths relative to the melody's folder made absolute."""
    located = dict(node.parameters)
    for name in node.paths:
        if located.get(name):
            located[name] = str(Path(base_folder, str(located[name])).resolve())
    return located


def reads_files(node: PlannedNode, inputs: Mapping[str, Reference]) -> bool:
    """Whether the task's result depends on files or folders; then its key is slow to make."""
    return bool(node.files) or any(map(names_files, inputs.values()))


def reuse_key(
    node: PlannedNode,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Reference],
    environment: str,
    artifacts: ArtifactStore,
) -> str:
    """The task's key (DESIGN.md section 5, Reuse).

    Reads whole files when `reads_files`: not on the main thread then. Raises OSError when a file
    cannot be read, ArtifactError when an input's content is gone.
    """
    paths = [str(parameters[name]) for name in node.files if parameters.get(name)]
    for reference in filter(names_files, inputs.values()):
        paths += _paths_in(artifacts.reference_for_child(reference))
    return task_key(
        package_hash=node.package_hash,
        environment=environment,
        player=node.player,
        parameters=dict(parameters),
        inputs=dict(inputs),
        files={path: fingerprint(Path(path)) for path in paths},
    )


def secret_values(
    node: PlannedNode, parameters: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, str]:
    """The values of the node's secret parameters. Raises ConductorError when one is not set."""
    return {name: resolve(str(parameters[name] or ""), environment) for name in node.secrets}


def inputs_for_child(services: Services, inputs: Mapping[str, Reference]) -> dict[str, Reference]:
    """The inputs as a child reads them: small ones inline, large ones as paths."""
    return {
        port: services.artifacts.reference_for_child(reference)
        for port, reference in inputs.items()
    }


def names_files(reference: Reference) -> bool:
    """Whether a value is a file or folder on disk, or a list of such."""
    return (item_type(reference["type"]) or reference["type"]) in ("file", "folder")


def _paths_in(reference: Reference) -> list[str]:
    """The paths that a value names. A file that is an artifact itself cannot change: it has none.

    Taken from the content as a child gets it: a journal shows long or secret paths only in part.
    """
    items = reference.get("items", [reference])
    return [str(item["value"]) for item in items if "value" in item]
