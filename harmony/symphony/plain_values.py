"""What tasks gave, as plain Python values: for a script that only wants the results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harmony.pit.artifacts import ArtifactStore

if TYPE_CHECKING:
    from harmony.conductor.detail import RunDetail


def plain_value(artifacts: ArtifactStore, reference: Mapping[str, Any]) -> Any:
    """The value behind a reference, verified by its hash.

    Texts, numbers, JSON values, lists and bytes are themselves; a view is a dictionary; a table is
    the path of its Parquet file, which is read-only; no value at all is None. Raises ArtifactError.
    """
    # Here, since they bring the engine of tables along.
    from harmony.players.tables import Table
    from harmony.players.types import File, Folder, Image, Nothing, View
    from harmony.players.values import read_input

    def plain(value: Any) -> Any:
        match value:
            case Nothing():
                return None
            case Table():
                return value.path
            case File() | Folder():
                return Path(value)
            case Image():
                return bytes(value)
            case View():
                return {"kind": value.kind, "title": value.title, "data": dict(value.data)}
            case list():
                return [plain(item) for item in value]
        return value

    held = artifacts.reference_for_child(reference)
    return plain(read_input(held, reference["type"]))


def results_of(detail: RunDetail, artifacts: ArtifactStore) -> dict[str, dict[str, Any]]:
    """What each node gave, by node and output. Of a node that ran once an item: a list of those.

    Reads files: not on the main thread.
    """
    results: dict[str, dict[str, Any]] = {}
    for task in detail.tasks.values():
        given = {name: plain_value(artifacts, output) for name, output in task.outputs.items()}
        if task.index is None:
            results[task.node] = given
        else:
            for name, value in given.items():
                results.setdefault(task.node, {}).setdefault(name, []).append(value)
    return results


def errors_of(detail: RunDetail) -> dict[str, str]:
    """What went wrong, in words, by task."""
    return {
        task.id: str(task.error.get("message", "")) for task in detail.tasks.values() if task.error
    }
