"""The catalogue: every Player that can be placed, as data (DESIGN.md section 4).

The library's manifest is shipped; a user's own folders are described by a child. A package that
cannot be described is a problem in the catalogue, beside the Players of all others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harmony.foundation import words
from harmony.foundation.errors import HarmonyError
from harmony.foundation.resources import resource_path
from harmony.orchestra.describing import DEADLINE, describe_folder
from harmony.orchestra.errors import FolderError
from harmony.orchestra.lifecycle import Chambering
from harmony.orchestra.search import search
from harmony.players.specs import (
    Description,
    PackageManifest,
    PlayerSpec,
    SourceProblem,
    manifest_from_json,
)

LIBRARY_MANIFEST: Final = "manifests/harmony.json"


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """What keeps a package, or some of its Players, out of the catalogue.

    `line` counts from 1, 0 when no line is known. `str()` is the sentence for a person.
    """

    folder: str
    code: str
    parameters: Mapping[str, object]
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return words.render(self.code, **self.parameters)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Packages, the library first; `states` says where each stands in chart 1."""

    packages: tuple[PackageManifest, ...] = ()
    problems: tuple[CatalogueProblem, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    _specs: Mapping[str, PlayerSpec] = field(init=False, repr=False, compare=False)
    _owners: Mapping[str, PackageManifest] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        specs = {player.id: player for package in self.packages for player in package.players}
        owners = {player.id: package for package in self.packages for player in package.players}
        object.__setattr__(self, "_specs", MappingProxyType(specs))
        object.__setattr__(self, "_owners", MappingProxyType(owners))

    def spec(self, player: str) -> PlayerSpec | None:
        """The spec of a Player; None for an unknown one."""
        return self._specs.get(player)

    def players(self) -> tuple[PlayerSpec, ...]:
        """Every Player: package by package, by id."""
        return tuple(self._specs.values())

    def package_of(self, player: str) -> PackageManifest | None:
        """The package that a Player comes from; None for an unknown one."""
        return self._owners.get(player)

    def search(self, text: str) -> list[PlayerSpec]:
        """The Players that fit what was typed, best first."""
        return search(self._specs.values(), text)


def load_library() -> PackageManifest:
    """The manifest of the shipped library. Raises ManifestError and OSError when it is damaged."""
    content = resource_path(LIBRARY_MANIFEST).read_text(encoding="utf-8")
    return manifest_from_json(json.loads(content))


def load_catalogue(
    folders: Sequence[Path],
    cache_folder: Path,
    *,
    python: str = sys.executable,
    deadline: float = DEADLINE,
    chambering: Chambering | None = None,
) -> Catalogue:
    """The library and these folders. Blocks while children describe what is new or changed.

    What is wrong with a folder becomes a problem; only a damaged library raises. `deadline` is in
    seconds, for each folder.
    """
    lives = chambering or Chambering()
    library = load_library()
    packages: dict[str, PackageManifest] = {}
    problems: list[CatalogueProblem] = []
    lives.begin(library.name)
    lives.succeed(library.name)
    packages[library.name] = library
    for folder in dict.fromkeys(folders):
        name = folder.resolve().name
        if name in packages:
            error = FolderError("orchestra.name_taken", folder=str(folder), package=name)
            problems.append(_problem(folder, error))
            continue
        lives.begin(name)
        try:
            described = _describe(folder, cache_folder, python, deadline)
        except (HarmonyError, OSError) as error:
            problems.append(_problem(folder, error))
            lives.fail(name, str(error))
            continue
        problems += [_file_problem(folder, problem) for problem in described.problems]
        packages[name] = described.manifest
        lives.succeed(name)
    lives.keep_only({library.name, *(folder.resolve().name for folder in folders)})
    return Catalogue(tuple(packages.values()), tuple(problems), MappingProxyType(lives.states()))


async def load_catalogue_async(
    folders: Sequence[Path],
    cache_folder: Path,
    *,
    python: str = sys.executable,
    chambering: Chambering | None = None,
) -> Catalogue:
    """As `load_catalogue`, on a thread: the event loop goes on while children work."""
    import asyncio  # a list of Players in the terminal needs none

    return await asyncio.to_thread(
        load_catalogue, folders, cache_folder, python=python, chambering=chambering
    )


def _describe(folder: Path, cache_folder: Path, python: str, deadline: float) -> Description:
    if not folder.is_dir():
        raise FolderError("orchestra.folder_missing", folder=str(folder))
    return describe_folder(folder, cache_folder, python, deadline)


def _problem(folder: Path, error: HarmonyError | OSError) -> CatalogueProblem:
    if isinstance(error, HarmonyError):
        return CatalogueProblem(str(folder), error.code, MappingProxyType(dict(error.parameters)))
    reason = error.strerror or str(error)
    facts = {"folder": str(folder), "reason": reason}
    return CatalogueProblem(str(folder), "orchestra.describe_failed", MappingProxyType(facts))


def _file_problem(folder: Path, problem: SourceProblem) -> CatalogueProblem:
    code = "orchestra.file_problem" if problem.line else "orchestra.file_problem_no_line"
    facts = {"file": problem.file, "line": problem.line, "reason": problem.message}
    return CatalogueProblem(
        str(folder), code, MappingProxyType(facts), file=problem.file, line=problem.line
    )
