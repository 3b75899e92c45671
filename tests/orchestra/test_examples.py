"""The example melodies: whole, laid out for the eye, and as the program itself would write them.

That they run to the end is shown where whole runs are tested; here is what can be told without.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from harmony.foundation.resources import resource_path
from harmony.melody.file import dumps, load
from harmony.melody.model import Melody
from harmony.melody.validation import validate
from harmony.orchestra.catalogue import load_catalogue
from harmony.players import File
from harmony.players.errors import PlayerError
from harmony.players.library.reading import read_table

MELODIES = sorted(resource_path("melodies").glob("*.melody"))
NODE = (186.0, 144.0)
GRID = 24


def boxes(melody: Melody) -> list[tuple[str, float, float, float, float]]:
    nodes = [(node.id, node.x, node.y, *NODE) for node in melody.nodes.values()]
    notes = [(n.id, n.x, n.y, n.width, n.height) for n in melody.notes.values()]
    return [*nodes, *notes]


def test_there_are_six_examples() -> None:
    assert [path.stem for path in MELODIES] == [
        "a-few-at-a-time",
        "penguins",
        "shorten-until-it-fits",
        "three-stations",
        "weather",
        "word-statistics",
    ]


@pytest.mark.parametrize("path", MELODIES, ids=lambda path: path.stem)
def test_an_example_is_without_findings(path: Path, tmp_path: Path) -> None:
    assert validate(load(path), load_catalogue([], tmp_path).spec) == []


@pytest.mark.parametrize("path", MELODIES, ids=lambda path: path.stem)
def test_an_example_is_written_as_the_program_writes_it(path: Path) -> None:
    assert dumps(load(path)) == path.read_bytes()


@pytest.mark.parametrize("path", MELODIES, ids=lambda path: path.stem)
def test_the_files_of_an_example_are_named_relative_to_it(path: Path) -> None:
    for node in load(path).nodes.values():
        place = node.parameters.get("path")
        if place is None:
            continue
        assert not Path(place).is_absolute()
        if node.player != "harmony/write_file":
            assert (path.parent / place).exists(), place
        else:
            assert place.startswith("results/")


@pytest.mark.parametrize("path", MELODIES, ids=lambda path: path.stem)
def test_an_example_is_laid_out_from_left_to_right_with_room_between(path: Path) -> None:
    melody = load(path)
    for name, x, y, width, height in boxes(melody):
        assert (x % GRID, y % GRID) == (0, 0), name
        assert width > 0
        assert height > 0
    for one, other in combinations(boxes(melody), 2):
        apart_across = one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1]
        apart_down = one[2] + one[4] <= other[2] or other[2] + other[4] <= one[2]
        assert apart_across or apart_down, f"{one[0]} lies on {other[0]}"
    for wire in melody.connections:
        source, target = melody.nodes[wire.source], melody.nodes[wire.target]
        assert target.x - source.x >= NODE[0] + 60


@pytest.mark.parametrize("path", MELODIES, ids=lambda path: path.stem)
def test_an_example_says_what_it_is(path: Path) -> None:
    melody = load(path)
    assert melody.name
    assert melody.description
    assert melody.notes


def test_the_bad_record_is_mended_by_the_one_parameter_that_the_note_names() -> None:
    path = resource_path("melodies/penguins.melody")
    melody = load(path)
    parameters = dict(melody.nodes["read-penguins"].parameters)
    file = File((path.parent / parameters.pop("path")).resolve())
    with pytest.raises(PlayerError, match="Record 337"):
        read_table(file, **parameters)
    mended = read_table(file, **{**parameters, "bad_records": "make empty"})
    assert mended.row_count == 344
    (note,) = melody.notes.values()
    assert "record 337" in note.text
    assert "Set **Bad records** to *make empty*" in note.text
