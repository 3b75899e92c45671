"""The facade on a data folder of its own, with a folder of Players that a test may change."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

PLAYERS = """
from harmony.players import File, PlayerError, SaveFile, Text, operator


@operator("Say", category="Mine", deterministic=True)
def say(*, text: str = "hello") -> Text:
    return Text(text)


@operator("Shout", category="Mine", deterministic=True)
def shout(text: Text, *, mark: str = "!") -> Text:
    BODY
"""


@pytest.fixture
def own_players(tmp_path: Path, harmony_home: Path) -> Callable[[str], None]:
    """Writes the user's own package `mine`, with this as the body of its Player `shout`."""
    folder = tmp_path / "mine"
    folder.mkdir()
    harmony_home.mkdir(parents=True)
    settings = {"players_folders": [str(folder)]}
    (harmony_home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    def write(body: str) -> None:
        (folder / "loud.py").write_text(PLAYERS.replace("BODY", body), encoding="utf-8")

    return write
