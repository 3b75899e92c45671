"""Whether a package of Players is still what a run was planned with.

A run's plan names each package by the hash of its source. A process loads whatever the folder holds
when it starts, so before a task is given out, and again when its result is kept, the folder is
looked at: other code than the plan's never runs in its name (DESIGN.md section 1, point 4).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from harmony.pit.dag.plan import PlannedNode
from harmony.players.errors import SourceError
from harmony.players.source import Look, is_folder, package_hash, source_look
from harmony.players.specs import PackageManifest


class PackageCheck:
    """Compares plans with what is there. A folder that was not touched is not hashed again."""

    def __init__(self, package_of: Callable[[str], PackageManifest | None]) -> None:
        self._package_of = package_of
        self._known: dict[str, tuple[Look, str]] = {}
        self._is_folder = cache(is_folder)

    def changed(self, node: PlannedNode) -> bool:
        """Whether the node's package is another one by now, or is gone."""
        if not self._is_folder(node.package_source):
            # Part of the program itself: it changes when another version was installed.
            manifest = self._package_of(node.player)
            return manifest is None or manifest.hash != node.package_hash
        return self._hash(node.package_source) != node.package_hash

    def _hash(self, folder: str) -> str:
        look = source_look(folder)
        known = self._known.get(folder)
        if known is not None and known[0] == look:
            return known[1]
        try:
            digest = package_hash(folder)
        except (SourceError, OSError):
            return ""  # no package any more
        self._known[folder] = (look, digest)
        return digest
