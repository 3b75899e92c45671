"""The examples that ship, run on a fresh data folder as a newcomer runs them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.resources import resource_path

Harmony = Any


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples beside a copy of their data."""
    for part in ("melodies", "data"):
        shutil.copytree(
            resource_path(part), tmp_path / part, ignore=shutil.ignore_patterns("results")
        )
    return tmp_path / "melodies"


def test_a_year_of_weather_becomes_a_table_a_month_charts_and_a_file(
    harmony: Harmony, examples: Path
) -> None:
    done = harmony("run", examples / "weather.melody")
    assert done.status == 0, done.err
    written = (examples / "results" / "monthly-weather.csv").read_text(encoding="utf-8")
    assert len(written.splitlines()) == 1 + 48, "a line a month of four years, and the heading"


def test_a_folder_of_texts_becomes_a_report_one_task_a_file(
    harmony: Harmony, examples: Path
) -> None:
    done = harmony("run", examples / "word-statistics.melody", "--json")
    assert done.status == 0, done.err
    texts = len(list((examples.parent / "data" / "texts").glob("*.txt")))
    counted = [
        event
        for event in done.events
        if event["event"] == "task_changed"
        and event["state"] == "Completed"
        and event["task"].startswith("count-words[")
    ]
    assert len(counted) == texts
    report = (examples / "results" / "word-statistics.md").read_text(encoding="utf-8")
    assert "| gettysburg-address |" in report


def test_the_bad_record_is_named_and_its_one_parameter_mends_the_run(
    harmony: Harmony, examples: Path
) -> None:
    path = examples / "penguins.melody"
    failed = harmony("run", path, "--json")
    assert failed.status == 1
    assert "Record 337" in harmony("show", failed.events[-1]["run"]).out
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            '"bad_records": "stop"', '"bad_records": "make empty"'
        ),
        encoding="utf-8",
    )
    mended = harmony("retry", failed.events[-1]["run"], path)
    assert mended.status == 0, mended.err
