"""Where a task works: a scratch folder and a staging folder of its own.

Most tasks need neither, and making and removing folders costs more than a short task: a desk is
two names, and whoever wants to write makes the folder (harmony/players/scratch.py). A desk that was
left empty serves the next task of the run. One on which something was left is used no more: it goes
with the run.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harmony.conductor.storing import remove
from harmony.pit.artifacts import ArtifactStore
from harmony.polyphony.logs import safe_name


@dataclass(frozen=True, slots=True)
class Desk:
    """The two folders, as text; they may not be there. A task finds nothing in `scratch`; in
    `staging` may lie what another task staged and did not give on."""

    scratch: str
    staging: str


class Desks:
    """The desks of one run. `folder` holds its scratch folders."""

    def __init__(self, artifacts: ArtifactStore, run: str, folder: Path) -> None:
        self._artifacts = artifacts
        self._run = run
        self._folder = folder
        self._staging = artifacts.staging / safe_name(run)
        self._free: list[Desk] = []
        self._count = 0

    def take(self) -> Desk:
        """An empty desk. Raises OSError when what lies on it cannot be removed."""
        if self._free:
            return self._free.pop()
        self._count += 1
        name = f"desk-{self._count}"
        desk = Desk(f"{self._folder}{os.sep}{name}", f"{self._staging}{os.sep}{name}")
        for folder in (desk.scratch, desk.staging):
            if os.path.lexists(folder):
                # A program that was killed has left a desk of this name.
                shutil.rmtree(folder)
        return desk

    def put_back(self, desk: Desk) -> bool:
        """Its task is over: let another one have it, if nothing lies on it; whether that is so."""
        try:
            os.rmdir(desk.scratch)  # noqa: PTH106 - a path object costs more than asking
        except FileNotFoundError:
            pass  # as most are left: nobody has made it
        except OSError:
            return False
        self._free.append(desk)
        return True

    def tidy(self, desk: Desk) -> None:
        """What was staged is kept: the folder it lay in goes, unless more was staged than given on.

        That stays for as long as the run.
        """
        with suppress(OSError):
            os.rmdir(desk.staging)  # noqa: PTH106

    @property
    def are_made(self) -> bool:
        """Whether there is a folder of this run at all."""
        return self._folder.exists() or self._staging.exists()

    def clear_all(self) -> None:
        """The run is over: remove all its folders. Raises OSError."""
        self._artifacts.clear_staging(self._run)
        remove(self._folder)
