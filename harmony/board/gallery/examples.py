"""The example melodies that ship with the program, and copying one to where it may be edited."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harmony.foundation.resources import resource_path
from harmony.melody.file import load
from harmony.melody.model import Melody

_TO_BEGIN_WITH: Final = (
    "weather",
    "word-statistics",
    "penguins",
    "three-stations",
    "shorten-until-it-fits",
    "a-few-at-a-time",
)


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its file among the resources, and what it holds."""

    path: Path
    melody: Melody


def examples() -> list[Example]:
    """The examples, the one to begin with first. Raises MelodyFileError for a damaged one."""
    paths = sorted(resource_path("melodies").glob("*.melody"), key=_place)
    return [Example(path, load(path)) for path in paths]


def _place(path: Path) -> tuple[int, str]:
    known = _TO_BEGIN_WITH.index(path.stem) if path.stem in _TO_BEGIN_WITH else len(_TO_BEGIN_WITH)
    return known, path.stem


def copy_example(example: Example, data_home: Path) -> Path:
    """Copy an example and the data beside it into the data folder; the copy's path.

    A copy that is there already stays as the user left it. Raises OSError.
    """
    source = example.path.parent.parent
    target = data_home / "examples"
    for part in ("data",):
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True, copy_function=_copy)
    folder = target / "melodies"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / example.path.name
    if not path.exists():
        shutil.copyfile(example.path, path)
    return path


def _copy(source: str, target: str) -> str:
    if not Path(target).exists():
        shutil.copyfile(source, target)
    return target
