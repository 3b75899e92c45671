"""What a task needs before it can run: its reuse key, and the message for its process.

What all tasks of a node have in common is made once a node; a task adds its inputs. Reads files (to
fingerprint what the task reads) and the store; a run's own decisions are not made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from blake3 import blake3

from harmony.conductor.secrets import resolve
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.content import LARGEST_INLINE, content_of
from harmony.pit.artifacts.reuse import fingerprint
from harmony.pit.dag.plan import PlannedNode
from harmony.pit.pool import Package
from harmony.players.ports import item_type

Reference = dict[str, Any]

_KEY_FORM: Final = 2  # part of every key: a change of the key's form makes old results unused
_canonical: Final = msgspec.json.Encoder(order="deterministic").encode
_PLAIN: Final = frozenset({"text", "number", "boolean", "json"})


class Common:
    """What all tasks of a node have in common, for one run."""

    __slots__ = ("_key", "node", "package", "parameters", "quota")

    def __init__(
        self, node: PlannedNode, *, base_folder: str, environment: str, package: Package
    ) -> None:
        self.node = node
        self.parameters = located_parameters(node, base_folder)
        self.package = package
        self.quota = node.quota.fields()
        described = (_KEY_FORM, node.package_hash, environment, node.player, self.parameters)
        self._key = blake3(_canonical(described))

    def reads_files(self, inputs: Mapping[str, Reference]) -> bool:
        """Whether a task's result depends on files or folders; then its key is slow to make."""
        return bool(self.node.files) or any(map(names_files, inputs.values()))

    def key(self, inputs: Mapping[str, Reference]) -> str:
        """The reuse key of a task that reads no files (DESIGN.md section 5, Reuse).

        Of an input only port, type and hash count, not how the value came about.
        """
        return self._key_with(inputs, ())

    def key_with_files(self, inputs: Mapping[str, Reference], artifacts: ArtifactStore) -> str:
        """The same with the content of all files and folders that the task reads.

        Reads whole files: not on the main thread. Raises OSError when one cannot be read,
        ArtifactError when an input's content is gone.
        """
        node, parameters = self.node, self.parameters
        paths = [str(parameters[name]) for name in node.files if parameters.get(name)]
        for reference in filter(names_files, inputs.values()):
            paths += _paths_in(artifacts.reference_for_child(reference))
        return self._key_with(inputs, sorted(set(paths)))

    def _key_with(self, inputs: Mapping[str, Reference], paths: Iterable[str]) -> str:
        key = self._key.copy()
        for port in sorted(inputs) if len(inputs) > 1 else inputs:
            value = inputs[port]
            key.update(f"\0{port}\0{value['type']}\0{value['hash']}".encode())
        for path in paths:
            # An input has three parts behind its mark, a file two: none passes for the other.
            key.update(f"\1{path}\0{fingerprint(Path(path))}".encode(errors="surrogateescape"))
        return str(key.hexdigest())


def located_parameters(node: PlannedNode, base_folder: str) -> dict[str, Any]:
    """The node's parameters, with paths relative to the melody's folder made absolute."""
    located = dict(node.parameters)
    for name in node.paths:
        if located.get(name):
            located[name] = str(Path(base_folder, str(located[name])).resolve())
    return located


def secret_values(
    node: PlannedNode, parameters: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, str]:
    """The values of the node's secret parameters. Raises ConductorError when one is not set."""
    return {name: resolve(str(parameters[name] or ""), environment) for name in node.secrets}


def all_for_child(
    inputs: Mapping[str, Reference], artifacts: ArtifactStore
) -> dict[str, Reference]:
    """Kept references as a child reads them: small content inline, large as a path, verified.

    Raises ArtifactError when the content is gone or damaged.
    """
    return {
        port: _short(reference) or artifacts.reference_for_child(reference)
        for port, reference in inputs.items()
    }


def all_short(inputs: Mapping[str, Reference]) -> dict[str, Reference] | None:
    """The same where every reference tells its whole value by itself; None where one does not."""
    short: dict[str, Reference] = {}
    for port, reference in inputs.items():
        found = _short(reference)
        if found is None:
            return None
        short[port] = found
    return short


def _short(reference: Reference) -> Reference | None:
    kind, value = reference["type"], reference.get("value")
    if value is None or kind not in _PLAIN:
        return None
    content = value.encode() if type(value) is str and kind == "text" else content_of(kind, value)
    # A value that came from a journal may be masked there: then it is not the one of its hash.
    if blake3(content).hexdigest() != reference["hash"]:
        return None
    return {"type": kind, "value": value}


def is_slow_to_fetch(reference: Reference, artifacts: ArtifactStore) -> bool:
    """Whether `all_for_child` has to read a large file first: not on the main thread then."""
    parts = reference.get("items", (reference,))
    large = any(part.get("size", 0) > LARGEST_INLINE for part in parts)
    return large and not artifacts.is_at_hand(reference)


def names_files(reference: Reference) -> bool:
    """Whether a value is a file or folder on disk, or a list of such."""
    return (item_type(reference["type"]) or reference["type"]) in ("file", "folder")


def _paths_in(reference: Reference) -> list[str]:
    """The paths that a value names. A file that is an artifact itself cannot change: it has none.

    Taken from the content as a child gets it: a journal shows long or secret paths only in part.
    """
    items = reference.get("items", [reference])
    return [str(item["value"]) for item in items if "value" in item]
