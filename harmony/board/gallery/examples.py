"""The example melodies that ship with the program, and copying one to where it may be edited.

What the start page shows of them was prepared when the program was built (`prepare.py`): the files
themselves are read when one is opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harmony.board.gallery.preview import Preview, from_json
from harmony.foundation.resources import resource_path

PREPARED: Final = "manifests/gallery.json"


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its file among the resources, and what a card shows of it."""

    path: Path
    name: str
    description: str
    preview: Preview


def examples() -> list[Example]:
    """The examples, the one to begin with first."""
    folder = resource_path("melodies")
    return [
        Example(
            folder / known["file"], known["name"], known["description"], from_json(known["preview"])
        )
        for known in json.loads(resource_path(PREPARED).read_bytes())["examples"]
    ]


def copy_example(example: Example, data_home: Path) -> Path:
    """Copy an example and the data beside it into the data folder; the copy's path.

    A copy that is there already stays as the user left it. Raises OSError.
    """
    import shutil

    source = example.path.parent.parent

    def copy(origin: str, goal: str) -> str:
        if not Path(goal).exists():
            shutil.copyfile(origin, goal)
        return goal

    target = data_home / "examples"
    for part in ("data",):
        if (source / part).is_dir():
            shutil.copytree(source / part, target / part, dirs_exist_ok=True, copy_function=copy)
    folder = target / "melodies"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / example.path.name
    if not path.exists():
        shutil.copyfile(example.path, path)
    return path
