"""Running a part of a melody, and a past run again with other parameters, in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from terminal_melodies import write_melody

Harmony = Any


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A text, the number of its words, and whether that is 6."""
    return write_melody(
        tmp_path / "words.melody",
        text=("harmony/text_value", {"value": "to be or not to be"}, {}),
        count=("harmony/word_count", {}, {"text": "text.text"}),
        six=("harmony/compare", {"compare_with": "6"}, {"value": "count.words"}),
    )


def tasks(harmony: Harmony, run: str = "last") -> dict[str, str]:
    listed = harmony("show", run, "--json").json["tasks"]
    return {task["id"]: task["state"] for task in listed}


def test_a_part_of_a_melody_is_run_to_a_node_or_from_it(harmony: Harmony, words: Path) -> None:
    assert harmony("run", words, "--to", "count").status == 0
    assert tasks(harmony) == {"text": "Completed", "count": "Completed"}
    assert harmony("run", words, "--from", "count").status == 0
    assert tasks(harmony) == {"text": "Reused", "count": "Completed", "six": "Completed"}
    assert harmony("run", words, "--only", "six").status == 0
    assert tasks(harmony) == {"text": "Reused", "count": "Reused", "six": "Completed"}


def test_a_fork_is_told_with_its_family(harmony: Harmony, words: Path) -> None:
    assert harmony("run", words).status == 0
    first = harmony("runs", "--json").json[0]["id"]
    assert harmony("fork", first, "--set", "six.compare_with=7").status == 0
    assert tasks(harmony) == {"text": "Reused", "count": "Reused", "six": "Completed"}
    told = harmony("show", "last", "--json").json
    assert [(each["depth"], each["id"]) for each in told["family"]] == [(0, first), (1, told["id"])]
    assert "<- this run" in harmony("show", "last").out


@pytest.mark.parametrize(
    "given",
    [("run", "--to", "cuont"), ("fork", "--from", "cuont"), ("fork", "--set", "cuont.x=1")],
)
def test_a_node_that_is_not_there_is_wrong_usage_and_runs_nothing(
    harmony: Harmony, words: Path, given: tuple[str, ...]
) -> None:
    harmony("run", words)
    command, *options = given
    done = harmony(command, words if command == "run" else "last", *options)
    assert done.status == 2
    assert all(node in done.err for node in ("text", "count", "six"))
    assert len(harmony("runs", "--json").json) == 1


def test_one_run_is_about_one_kind_of_part(harmony: Harmony, words: Path) -> None:
    assert harmony("run", words, "--to", "count", "--only", "six").status == 2
