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


def files_read(
    node: PlannedNode, parameters: Mapping[str, Any], inputs: Mapping[str, Reference]
) -> tuple[str, ...]:
    """The paths of all files and folders whose content the task's result depends on."""
    named = [str(parameters[name]) for name in node.files if parameters.get(name)]
    arriving = [
        str(item["value"])
        for reference in inputs.values()
        for item in _scalars(reference)
        if item["type"] in ("file", "folder") and "value" in item
    ]
    return (*named, *arriving)


def reuse_key(
    node: PlannedNode,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Reference],
    environment: str,
) -> str:
    """The task's key (DESIGN.md section 5, Reuse). Raises OSError when a file cannot be read."""
    paths = files_read(node, parameters, inputs)
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


def _scalars(reference: Reference) -> list[Reference]:
    return reference["items"] if item_type(reference["type"]) is not None else [reference]
