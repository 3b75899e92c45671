"""How the window looked is remembered, and a damaged memory is told of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harmony.board.errors import LayoutError
from harmony.board.layout import WindowLayout, load_layout, save_layout


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    kept = WindowLayout(
        "00ff", [200, 900, 300], [600, 200], False, True, "log", False, ["/a.melody"]
    )
    save_layout(path, kept)
    assert load_layout(path) == kept


def test_the_first_start_has_a_layout(tmp_path: Path) -> None:
    assert load_layout(tmp_path / "none.json") == WindowLayout()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format": 2}',
        json.dumps({"format": 1, "side_widths": "wide"}),
        json.dumps({"format": 1, "side_widths": [1, 2]}),
        json.dumps({"format": 1, "open_files": [1]}),
        json.dumps({"format": 1, "palette_visible": 1}),
        "[" * 100_000,
        " " * (2 << 20),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "layout.json"
    path.write_text(content)
    with pytest.raises(LayoutError, match=r"layout\.json"):
        load_layout(path)


def test_what_a_newer_program_kept_beside_it_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    path.write_text(json.dumps({"format": 1, "palette_visible": False, "later": 3}))
    assert load_layout(path).palette_visible is False
