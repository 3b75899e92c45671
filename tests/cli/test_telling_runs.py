"""What a person reads of a run in which not everything went well, or was done more than once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from terminal_melodies import write_melody

from harmony.foundation.resources import resource_path
from harmony.melody.file import load, save
from harmony.melody.model import Exposed, Limits, Melody, Node, Policy

Harmony = Any


@pytest.fixture
def accident(tmp_path: Path) -> Path:
    """A node that always fails, one behind it, and one beside them."""
    return write_melody(
        tmp_path / "accident.melody",
        broken=("harmony/python_snippet", {"code": "result = 1 / 0"}, {}),
        behind=("harmony/compare", {"compare_with": "1"}, {"value": "broken.result"}),
        beside=("harmony/text_value", {"value": "x"}, {}),
    )


def with_policy(path: Path, node: str, retries: int = 0, **policy: Any) -> Path:
    melody = load(path)
    changed = replace(melody.nodes[node], retries=retries, policy=Policy(retry_base=0.01, **policy))
    melody.nodes[node] = changed
    save(path, melody)
    return path


def test_each_task_that_did_not_run_says_why(harmony: Harmony, accident: Path) -> None:
    failed = harmony("run", accident)
    assert failed.status == 1
    assert "✗ Python snippet division by zero" in failed.err
    assert "– Compare Python snippet, which it depends on, failed." in failed.err
    run = harmony("runs", "--json").json[0]["id"]
    shown = harmony("show", run)
    assert "Python snippet, which it depends on, failed." in shown.out
    tasks = {task["id"]: task for task in harmony("show", run, "--json").json["tasks"]}
    assert tasks["broken"]["why_not"] == "division by zero"
    assert "failed" in tasks["behind"]["why_not"]
    assert tasks["beside"]["why_not"] == ""


def test_a_node_that_is_given_up_is_told_once_with_its_attempts(
    harmony: Harmony, accident: Path
) -> None:
    done = harmony("run", with_policy(accident, "broken", retries=2, on_failure="skip"))
    assert done.status == 0
    assert done.err.count("Python snippet is tried again: division by zero") == 2
    assert "– Python snippet Given up, since Python snippet is not essential" in done.err
    assert "✗" not in done.err
    shown = harmony("show", harmony("runs", "--json").json[0]["id"]).out
    assert "Given up" in shown
    assert "Traceback" not in shown


def test_a_failure_that_halts_the_run_is_told_at_each_task_that_did_not_begin(
    harmony: Harmony, accident: Path
) -> None:
    done = harmony("run", with_policy(accident, "broken", on_failure="halt"))
    assert done.status == 1
    assert "it is set to halt the run" in done.err
    assert "Halted" in harmony("show", harmony("runs", "--json").json[0]["id"]).out


def test_the_rounds_of_a_loop_are_told_and_stand_under_their_node(harmony: Harmony) -> None:
    done = harmony("run", resource_path("melodies/shorten-until-it-fits.melody"))
    assert "· Shorten: round 3" in done.err
    assert "after 6 rounds" in done.err
    assert "shorten#" not in done.err, "what a round is made of is left to `harmony show`"
    run = harmony("runs", "--json").json[0]["id"]
    lines = [line.split()[0] for line in harmony("show", run).out.splitlines() if line.strip()]
    at = lines.index("shorten")
    assert lines[at + 1 : at + 3] == ["#1/drop-last-sentence", "#1/count"]
    inner = [t for t in harmony("show", run, "--json").json["tasks"] if t["inside"] == "shorten"]
    assert len(inner) == 24


def test_a_stand_in_is_named(harmony: Harmony) -> None:
    done = harmony("run", resource_path("melodies/three-stations.melody"))
    assert "hill-checked: done by its stand-in harmony/sort_rows" in done.err
    shown = harmony("show", harmony("runs", "--json").json[0]["id"]).out
    assert "by its stand-in harmony/sort_rows" in shown


def test_what_was_saved_and_spent_is_told(harmony: Harmony, tmp_path: Path) -> None:
    code = "context.save(1)\ncontext.save(2)\ncontext.spend(tokens=1200, money=0.5)\nresult = 1"
    melody = write_melody(
        tmp_path / "spending.melody", costly=("harmony/python_snippet", {"code": code}, {})
    )
    assert "spent 1,200 tokens and 0.5 of money" in harmony("run", melody).err
    run = harmony("runs", "--json").json[0]["id"]
    assert "saved its state" in harmony("show", run).out
    shown = harmony("show", run, "--json").json
    assert (shown["tokens"], shown["money"]) == (1200, 0.5)
    assert shown["tasks"][0]["saved"] >= 1


def test_what_was_taken_back_is_told_and_stands_under_its_node(
    harmony: Harmony, accident: Path
) -> None:
    done = harmony("run", with_policy(accident, "beside", compensate="harmony/show_text"))
    assert done.status == 1
    assert "✓ Taking back: Text" in done.err
    assert "taken back: beside" in done.err
    lines = harmony("show", "last").out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("beside "))
    assert lines[at + 1].split()[:3] == ["~undo", "Taken", "back"]


def test_nodes_of_a_sub_melody_are_called_by_both_names_and_stand_under_it(
    harmony: Harmony, tmp_path: Path
) -> None:
    path = write_melody(
        tmp_path / "parts.melody",
        text=("harmony/text_value", {"value": "to be or not"}, {}),
        inner=("melody:Counting", {}, {"text": "text.text"}),
    )
    melody = load(path)
    part = Melody(id="Counting", name="Counting")
    part.nodes["count"] = Node("count", "harmony/word_count")
    part.inputs = (Exposed("text", "count", "text"),)
    melody.parts["Counting"] = part
    save(path, melody)
    done = harmony("run", path)
    assert done.status == 0, done.err
    assert "✓ Counting / Word count" in done.err
    lines = harmony("show", "last").out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.split() == ["inner"])
    assert lines[at + 1].split()[:2] == ["count", "Completed"]


def test_check_names_the_limits_of_a_melody(harmony: Harmony, accident: Path) -> None:
    melody = load(accident)
    melody.limits = Limits(tokens=5000, memory_mb=512)
    save(accident, melody)
    done = harmony("check", accident)
    assert "at most 5,000 tokens, 512 MB of memory at once" in done.out


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        (("--set", "brokn.code=x"), "Its nodes: broken, "),
        (("--set", "broken.cod=x"), "It has: code"),
        (("--set", "*.cod=x"), "There are: code, "),
        (("--set", "code"), "write NODE.PARAM=VALUE"),
        (("--limit", "token=3"), "tokens=1000"),
        (("--limit", "tokens=many"), "write a number from 0"),
    ],
)
def test_a_mistake_in_an_option_names_the_cure_and_runs_nothing(
    harmony: Harmony, accident: Path, given: tuple[str, ...], cure: str
) -> None:
    done = harmony("run", accident, *given)
    assert done.status == 2
    assert cure in done.err
    assert harmony("runs", "--json").json == []


def test_the_newest_run_is_called_last(harmony: Harmony, accident: Path) -> None:
    failed = harmony("run", accident)
    assert "harmony show" in failed.err, "where to read more"
    run = harmony("runs", "--json").json[0]["id"]
    assert harmony("show", "last", "--json").json["id"] == run
    assert harmony("show", "last", "--why", "broken").out.startswith("broken: Failed")
    assert harmony("retry", "last").status == 1
    assert len(harmony("runs", "--json").json) == 1, "it was tried again, not run anew"


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("accident", "accident.melody?"),
        ("acident.melody", "accident.melody?"),
        ("weather.melody", "melodies/weather.melody?"),
        ("nothing-like-it.melody", "Melodies to try out lie in"),
    ],
)
def test_a_file_that_is_not_there_is_answered_with_what_was_meant(
    harmony: Harmony, accident: Path, name: str, cure: str
) -> None:
    done = harmony("run", accident.with_name(name))
    assert done.status == 1
    assert cure in done.err


def test_a_player_that_is_not_there_is_answered_with_those_near_it(harmony: Harmony) -> None:
    assert "filter_rows" in harmony("players", "show", "filter").err
