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


def test_a_speech_is_shortened_round_by_round_until_it_fits(
    harmony: Harmony, examples: Path
) -> None:
    done = harmony("run", examples / "shorten-until-it-fits.melody", "--json")
    assert done.status == 0, done.err
    answers = _artifacts(harmony, done.events[-1]["run"], "good-enough", "holds")
    assert answers == ["false"] * 5 + ["true"], "the loop stops at the first round that fits"


def test_the_weather_report_comes_out_though_one_file_is_broken_and_one_lacks_a_column(
    harmony: Harmony, examples: Path
) -> None:
    done = harmony("run", examples / "three-stations.melody", "--json")
    assert done.status == 0, done.err
    run = done.events[-1]["run"]
    tasks = {task["id"]: task for task in harmony("show", run, "--json").json["tasks"]}
    assert tasks["north"]["state"] == "Skipped"
    assert tasks["north"]["cause"]["code"] == "pit.failure_accepted"
    assert len(tasks["north"]["attempts"]) == 3
    assert tasks["north-checked"]["cause"]["code"] == "pit.upstream_given_up"
    assert [each["outcome"] for each in tasks["hill-checked"]["attempts"]] == [
        "Failed",
        "Completed",
    ], "the stand-in took over"
    assert tasks["hill-checked"]["player"] == "harmony/sort_rows"
    [report] = _artifacts(harmony, run, "report", "text")
    assert "Harbour: 16.6 mm in 6 days" in report
    assert "Hill: 32.8 mm in 7 days" in report
    assert "North" not in report


def test_texts_go_three_at_a_time_each_is_tried_again_alone_and_the_count_is_voted_on(
    harmony: Harmony, examples: Path, tmp_path: Path
) -> None:
    # The same step, but each text is refused exactly once instead of one time in four.
    refused = f'mkdir "{tmp_path}/$(basename "$FILE")" 2>/dev/null && exit 75; printf %s "$FILE"'
    path = examples / "a-few-at-a-time.melody"
    done = harmony("run", path, "--json", "--slots", "8", "--set", f"ask.command={refused}")
    assert done.status == 0, done.err
    shown = harmony("show", done.events[-1]["run"], "--json").json["tasks"]
    items = [task for task in shown if task["node"] == "ask"]
    assert len(items) == 12
    assert {len(task["attempts"]) for task in items} == {2}
    assert 1 <= _most_at_once(done.events, "ask") <= 3
    votes = [task["state"] for task in shown if task["id"].startswith("count#1/replica-")]
    assert len(votes) == 3
    assert votes.count("Completed") >= 2


def test_a_few_at_a_time_runs_as_it_is_shipped(harmony: Harmony, examples: Path) -> None:
    done = harmony("run", examples / "a-few-at-a-time.melody")
    assert done.status == 0, done.err


def _artifacts(harmony: Harmony, run: str, node: str, port: str) -> list[str]:
    """What each task of a node (in every round of a loop) gave at a port, as text."""
    tasks = harmony("show", run, "--json").json["tasks"]
    found = [task for task in tasks if task["node"].rpartition("/")[2] == node]
    return [
        str(task["outputs"][port]["value"]).replace("True", "true").replace("False", "false")
        for task in found
    ]


def _most_at_once(events: list[dict[str, Any]], node: str) -> int:
    running: set[str] = set()
    most = 0
    for event in events:
        if event["event"] == "task_changed" and event["node"] == node:
            (running.add if event["state"] == "Executing" else running.discard)(event["task"])
            most = max(most, len(running))
    return most
