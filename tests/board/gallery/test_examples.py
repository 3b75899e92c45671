"""What the start page shows before any melody is read."""

from __future__ import annotations

import json
from pathlib import Path

from harmony.board.gallery.examples import PREPARED, copy_example, examples
from harmony.board.gallery.prepare import prepared
from harmony.foundation.resources import resource_path
from harmony.melody.file import load


def test_what_ships_was_made_of_the_examples_as_they_are() -> None:
    assert json.loads(resource_path(PREPARED).read_bytes()) == prepared(), (
        "make it again: python -m harmony.board.gallery.prepare resources/manifests/gallery.json"
    )


def test_a_card_counts_the_nodes_of_its_melody() -> None:
    for example in examples():
        assert len(example.preview.boxes) == len(load(example.path).nodes)


def test_a_copy_stays_as_the_user_left_it(tmp_path: Path) -> None:
    first = examples()[0]
    path = copy_example(first, tmp_path)
    assert load(path).name == first.name
    path.write_text("mine", encoding="utf-8")
    assert copy_example(first, tmp_path) == path
    assert path.read_text(encoding="utf-8") == "mine"
