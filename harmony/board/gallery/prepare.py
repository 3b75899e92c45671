"""Makes `resources/manifests/gallery.json`: what the start page shows of each example.

    python -m harmony.board.gallery.prepare resources/manifests/gallery.json

To be made again when an example, or an icon of a Player in one, has changed; a test compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from harmony.board.gallery.preview import Box, Line, Preview, as_json
from harmony.board.look import player_icon
from harmony.foundation.resources import resource_path
from harmony.melody.file import load
from harmony.melody.model import Melody
from harmony.melody.part_specs import with_parts
from harmony.orchestra.catalogue import load_library
from harmony.players.specs import PlayerSpec

_TO_BEGIN_WITH: Final = (
    "weather",
    "word-statistics",
    "penguins",
    "three-stations",
    "shorten-until-it-fits",
    "a-few-at-a-time",
)


def preview_of(melody: Melody, lookup: Callable[[str], PlayerSpec | None]) -> Preview:
    """The picture of a melody. `lookup` knows the Players."""
    spec_of = with_parts(melody, lookup)
    numbers = {node: number for number, node in enumerate(melody.nodes)}
    boxes = []
    for node in melody.nodes.values():
        spec = spec_of(node.player)
        boxes.append(Box(node.x, node.y, spec.kind if spec else "", player_icon(spec)))
    lines = []
    for wire in melody.connections:
        spec = spec_of(melody.nodes[wire.source].player)
        port = spec.output(wire.output) if spec is not None else None
        kind = port.type if port is not None else "any"
        lines.append(Line(numbers[wire.source], numbers[wire.target], kind))
    return Preview(tuple(boxes), tuple(lines))


def prepared() -> dict[str, Any]:
    """All examples, the one to begin with first. Raises MelodyFileError for a damaged one."""
    players = {player.id: player for player in load_library().players}
    paths = sorted(resource_path("melodies").glob("*.melody"), key=_place)
    return {"format": 1, "examples": [_example(path, players.get) for path in paths]}


def _example(path: Path, lookup: Callable[[str], PlayerSpec | None]) -> dict[str, Any]:
    melody = load(path)
    return {
        "file": path.name,
        "name": melody.name or path.stem,
        "description": melody.description,
        "preview": as_json(preview_of(melody, lookup)),
    }


def _place(path: Path) -> tuple[int, str]:
    known = _TO_BEGIN_WITH.index(path.stem) if path.stem in _TO_BEGIN_WITH else len(_TO_BEGIN_WITH)
    return known, path.stem


def main(path: str) -> None:
    """Write the file."""
    text = json.dumps(prepared(), ensure_ascii=False, separators=(",", ":"))
    Path(path).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
