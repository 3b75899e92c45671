"""Scripts that are killed between two instants, and go on from a checkpoint in another process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).parent / "programs" / "steps.py"
STEPS = [f"s{number}" for number in range(1, 7)]

PLAYERS = """
import os
from pathlib import Path
from harmony.players import Text, operator


@operator("Step", category="Mine", effects=True)
def step(text: Text, *, name: str = "", log: str = "") -> Text:
    hold = Path(log).with_name(f"hold-{name}")
    if hold.exists():
        with open(Path(log).with_name("reached"), "w") as reached:
            reached.write(name)  # a pipe: the test reads it
        with open(hold) as pipe:
            pipe.read()  # nobody writes: it waits here until it is killed
    with open(log, "a") as file:
        file.write(name + "\\n")
    return Text(text + name)
"""

Live = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def log(tmp_path: Path, harmony_home: Path) -> Path:
    """The file of effects; beside it a package of Players that the scripts know."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "steps.py").write_text(PLAYERS)
    harmony_home.mkdir(parents=True)
    settings = {"players_folders": [str(tmp_path / "mine")]}
    (harmony_home / "settings.json").write_text(json.dumps(settings))
    found = tmp_path / "log"
    found.touch()
    return found


@pytest.fixture
def begin(log: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def launch(what: str, failpoint: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), what, str(log)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HARMONY_FAILPOINT": failpoint},
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def live(begin: Callable[..., subprocess.Popen[str]]) -> Live:
    """Run a script to its end, or to the failpoint that kills it; what it said."""

    def run(what: str, failpoint: str = "") -> list[dict[str, Any]]:
        process = begin(what, failpoint)
        said, complaints = process.communicate(timeout=240)
        ended = -signal.SIGKILL if failpoint else 0
        assert process.returncode == ended, complaints
        return [json.loads(line) for line in said.splitlines()]

    return run


def all_of(said: list[dict[str, Any]], key: str) -> list[Any]:
    return [line[key] for line in said if key in line]


def effects(log: Path) -> Counter[str]:
    return Counter(log.read_text().split())


def test_what_a_killed_script_had_finished_is_not_done_again(
    begin: Callable[..., subprocess.Popen[str]], live: Live, log: Path, tmp_path: Path
) -> None:
    for name in ("hold-s4", "reached"):
        os.mkfifo(tmp_path / name)
    process = begin("start")
    with (tmp_path / "reached").open() as reached:  # opens when the fourth step has begun
        assert reached.read() == "s4"
    process.kill()
    process.wait()
    (tmp_path / "hold-s4").unlink()
    assert effects(log) == Counter(["s1", "s2", "s3"])

    said = live("resume")
    assert all_of(said, "result") == ["s1s2s3s4s5s6"]
    assert all_of(said, "completed") == ["s4", "s5", "s6"]
    assert effects(log) == Counter(STEPS)
    assert all_of(said, "agents") == [["Reader"]]
    assert all_of(said, "interrupted") == [[]]  # it goes on as a fork: nothing is left to offer

    again = live("resume")
    assert all_of(again, "result") == []
    assert effects(log) == Counter(STEPS)


PLACES = (
    "checkpoint.collected:1",
    "checkpoint.written:2",
    "checkpoint.durable:3",
    "run.committed:5",
    "run.result_received:4",
    "run.finished:1",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_script_killed_anywhere_goes_on_from_its_latest_checkpoint(
    live: Live, log: Path, place: str
) -> None:
    finished = all_of(live("start", place), "completed")
    said = live("resume")
    for step in STEPS:
        most = 1 if step in finished else 2
        assert effects(log)[step] <= most, step
    if all_of(said, "checkpoint") == [None] or not all_of(said, "result"):
        # Killed before the first checkpoint was on disk, or with nothing left to do.
        assert place in ("checkpoint.collected:1", "run.finished:1")
        return
    assert all_of(said, "result") == ["s1s2s3s4s5s6"]
    assert set(effects(log)) == set(STEPS)


@pytest.mark.parametrize("place", ["checkpoint.restored:1", "run.result_received:1"])
def test_a_script_killed_while_it_resumes_resumes_again(live: Live, log: Path, place: str) -> None:
    live("start", "run.result_received:4")
    live("resume", place)
    said = live("resume")
    assert all_of(said, "result") == ["s1s2s3s4s5s6"]
    assert set(effects(log)) == set(STEPS)
    assert max(effects(log).values()) <= 3  # once more than it was killed, at most
    assert effects(log)["s1"] == effects(log)["s2"] == 1


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("checkpoint.collected:2", ["first"]),
        ("checkpoint.written:2", ["first"]),
        ("store.before_commit:2", ["first"]),
        ("checkpoint.durable:2", ["second", "first"]),
    ],
)
def test_a_crash_while_a_checkpoint_is_made_leaves_the_earlier_ones(
    live: Live, place: str, names: list[str]
) -> None:
    made = live("mark", place)
    said = live("look")
    assert all_of(said, "checkpoints") == [names]
    assert all_of(said, "entities") == [[["dict", "notes"]] if "second" in names else []]
    if names == ["first"]:
        assert all_of(said, "latest") == all_of(made, "first")
