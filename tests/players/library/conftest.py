"""What the tests of the library share: a folder for new values, and the shipped data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harmony.foundation.resources import resource_path
from harmony.players import File, Folder, Table
from harmony.players.library.reading import read_table
from harmony.players.scratch import scratch_folder


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "scratch"
    folder.mkdir()
    with scratch_folder(folder):
        yield folder


@pytest.fixture
def weather_file() -> File:
    return File(resource_path("data/seattle-weather.csv"))


@pytest.fixture
def weather(weather_file: File) -> Table:
    return read_table(weather_file)


@pytest.fixture
def penguins_file() -> File:
    return File(resource_path("data/penguins.json"))


@pytest.fixture
def texts_folder() -> Folder:
    return Folder(resource_path("data/texts"))
