"""Whether a package of Players is still what a run was planned with.

A run's plan names each package by the hash of its source. A process loads whatever the folder holds
when it starts, so before a task is given out, and again when its result is kept, the folder is
looked at: other code than the plan's never runs in its name (DESIGN.md section 1, point 4).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache

from harmony.pit.dag.plan import PlannedNode
from harmony.players.errors import SourceError
from harmony.players.source import is_folder, package_hash
from harmony.players.specs import PackageManifest

_Signature = tuple[tuple[str, int, int], ...]


class PackageCheck:
    """Compares plans with what is there. A folder that was not touched is not hashed again."""

    def __init__(self, package_of: Callable[[str], PackageManifest | None]) -> None:
        self._package_of = package_of
        self._known: dict[str, tuple[_Signature, str]] = {}
        self._is_folder = cache(is_folder)

    def changed(self, node: PlannedNode) -> bool:
        """Whether the node's package is another one by now, or is gone."""
        if not self._is_folder(node.package_source):
            # Part of the program itself: it changes when another version was installed.
            manifest = self._package_of(node.player)
            return manifest is None or manifest.hash != node.package_hash
        return self._hash(node.package_source) != node.package_hash

    def _hash(self, folder: str) -> str:
        signature = _signature(folder)
        known = self._known.get(folder)
        if known is not None and known[0] == signature:
            return known[1]
        try:
            digest = package_hash(folder)
        except (SourceError, OSError):
            return ""  # no package any more
        self._known[folder] = (signature, digest)
        return digest


def _signature(folder: str) -> _Signature:
    """Name, time and size of every Python file, hidden ones left out."""
    found: list[tuple[str, int, int]] = []
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith((".", "__pycache__")):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.name.endswith(".py"):
                        status = entry.stat()
                        found.append((entry.path, status.st_mtime_ns, status.st_size))
        except OSError:
            return ()  # gone, or going: the hash tells
    return tuple(sorted(found))
