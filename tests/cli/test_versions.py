"""`harmony versions` and `harmony diff`, as a real process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal_melodies import write_melody


@pytest.fixture
def melody(tmp_path: Path) -> Path:
    return write_melody(
        tmp_path / "words.melody",
        text=("harmony/text_value", {"value": "one two"}, {}),
        count=("harmony/word_count", {}, {"text": "text.text"}),
    )


def _edited(melody: Path, value: str, x: float = 0) -> None:
    content = json.loads(melody.read_text())
    node = next(node for node in content["nodes"] if node["id"] == "text")
    node["parameters"]["value"] = value
    node["x"] += x
    melody.write_text(json.dumps(content))


def test_each_version_is_listed_with_its_runs_and_what_it_changed(harmony, melody: Path) -> None:
    assert "No version" in harmony("versions", melody).out
    assert harmony("run", melody).status == 0
    assert harmony("run", melody).status == 0
    _edited(melody, "three")
    assert harmony("run", melody).status == 0
    newest, oldest = harmony("versions", melody, "--json").json
    assert len(oldest["runs"]) == 2
    assert len(newest["runs"]) == 1
    assert (newest["changes"], oldest["changes"]) == ("1 changed", "")
    assert newest["number"] > oldest["number"]
    told = harmony("versions", newest["melody_id"]).out.splitlines()
    assert told[0].split() == ["version", "since", "saved", "runs", "what", "changed"]
    assert told[1].startswith(str(newest["number"]))
    assert newest["runs"][0][-8:] in told[1]


def test_versions_and_files_are_told_apart_by_what_they_hold(harmony, melody: Path) -> None:
    harmony("run", melody)
    (version,) = harmony("versions", melody, "--json").json
    same = harmony("diff", version["number"], melody)
    assert (same.status, same.out) == (0, "Nothing changed.\n")
    _edited(melody, "three")
    told = harmony("diff", version["number"], melody)
    assert told.status == 1
    assert told.out.rstrip().endswith('"one two" → "three"')
    assert told.out.startswith("~ node text")
    answer = harmony("diff", version["number"], melody, "--json")
    assert answer.status == 1
    assert answer.json == {
        "same": False,
        "changed": [
            {
                "node": "text",
                "edits": [
                    {"what": "parameter", "name": "value", "before": "one two", "after": "three"}
                ],
            }
        ],
    }


def test_a_moved_node_makes_no_difference(harmony, melody: Path, tmp_path: Path) -> None:
    other = tmp_path / "moved.melody"
    other.write_bytes(melody.read_bytes())
    _edited(other, "one two", x=40)
    told = harmony("diff", melody, other)
    assert (told.status, told.out) == (0, "1 moved, nothing else.\n")
    assert harmony("diff", melody, other, "--json").json == {"same": True, "moved": ["text"]}


@pytest.mark.parametrize("other", ["4711", "nowhere.melody"])
def test_what_cannot_be_compared_is_trouble_and_no_difference(
    harmony, melody: Path, other: str
) -> None:
    done = harmony("diff", melody, other)
    assert done.status == 2
    assert other in done.err
    assert harmony("diff", melody, other, "--json").json["event"] == "error"


def test_diff_wants_two(harmony, melody: Path) -> None:
    assert harmony("diff", melody).status == 2
