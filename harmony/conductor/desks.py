"""Where a task works: a scratch folder and a staging folder of its own.

Making and removing folders costs more than a short task, so a desk that was left empty serves the
next task of the run. One on which something was left is used no more: it goes with the run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harmony.pit.artifacts import ArtifactStore


@dataclass(frozen=True, slots=True)
class Desk:
    """The two folders, as text. A task finds `scratch` empty; in `staging` may lie what another
    task staged and did not give on."""

    scratch: str
    staging: str


class Desks:
    """The desks of one run. `folder` holds its scratch folders."""

    def __init__(self, artifacts: ArtifactStore, run: str, folder: Path) -> None:
        self._artifacts = artifacts
        self._run = run
        self._folder = folder
        self._free: list[Desk] = []
        self._count = 0

    def take(self) -> Desk:
        """An empty desk. Raises OSError when none can be made."""
        if self._free:
            return self._free.pop()
        self._count += 1
        name = f"desk-{self._count}"
        scratch = self._folder / name
        # A program that was killed may have left a desk of this name.
        _make_empty(scratch)
        staging = self._artifacts.staging_folder(self._run, name, 0)
        os.utime(scratch, ns=_UNTOUCHED)
        return Desk(str(scratch), str(staging))

    def put_back(self, desk: Desk) -> bool:
        """Its task is over: let another one have it, if nothing lies on it; whether that is so."""
        if not _is_empty(desk.scratch):
            return False
        self._free.append(desk)
        return True


_UNTOUCHED = (0, 0)
"""The times of a folder in which nobody has made or removed anything since they were set."""


def _is_empty(folder: str) -> bool:
    try:
        if os.stat(folder).st_mtime_ns == 0:  # noqa: PTH116 - a path object costs more than asking
            return True
        with os.scandir(folder) as entries:
            if next(entries, None) is not None:
                return False
        os.utime(folder, ns=_UNTOUCHED)
    except OSError:
        return False  # gone: then it is no folder to work in
    return True


def _make_empty(folder: Path) -> None:
    if folder.exists():
        import shutil

        shutil.rmtree(folder)
    folder.mkdir(parents=True)
