"""`harmony checkpoints`: what it lists, what goes on from one, and how it ends."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from terminal_melodies import write_melody


def test_an_interrupted_run_goes_on_from_a_checkpoint(harmony, tmp_path: Path) -> None:
    melody = write_melody(
        tmp_path / "words.melody",
        text=("harmony/text_value", {"value": "one two"}, {}),
        count=("harmony/word_count", {}, {"text": "text.text"}),
    )
    killed = harmony("run", melody, environment={"HARMONY_FAILPOINT": "run.result_received:2"})
    assert killed.status == -signal.SIGKILL
    assert "no checkpoint yet" in harmony("checkpoints", "list").out
    made = harmony("checkpoints", "create", "after the crash", "--json").json
    assert len(made["runs"]) == 1
    listed = harmony("checkpoints", "list").out.splitlines()
    assert listed[0].split() == ["checkpoint", "made", "kind", "runs", "entities", "name"]
    assert listed[1].split()[0] == made["id"][-8:]
    assert listed[1].endswith("after the crash")

    told = harmony("checkpoints", "resume", made["id"][-8:], "--json").json
    assert list(told["forks"]) == made["runs"]
    assert list(told["states"].values()) == ["Completed"]
    (child,) = told["states"]
    reused = [
        task["id"]
        for task in harmony("show", child, "--json").json["tasks"]
        if task["state"] == "Reused"
    ]
    assert reused == ["text"]

    (parent,) = made["runs"]
    states = {run["id"]: run for run in harmony("runs", "--json").json}
    assert not states[parent]["interrupted"]
    assert "interrupted" not in harmony("runs").out
    assert " continued " in harmony("runs").out
    assert harmony("show", parent).out.splitlines()[0].endswith("continued")

    again = harmony("checkpoints", "resume", made["id"])
    assert again.status == 0
    assert "is left as it is: it has been completed" in again.out

    assert harmony("checkpoints", "delete", made["id"]).status == 0
    left = harmony("checkpoints", "list", "--json").json
    assert harmony("checkpoints", "--json").json == left
    assert harmony("checkpoints").out == harmony("checkpoints", "list").out
    assert made["id"] not in [cut["id"] for cut in left]


def test_settings_that_differ_are_told_and_left(harmony, harmony_home: Path) -> None:
    harmony_home.mkdir(parents=True)
    file = harmony_home / "settings.json"
    file.write_text(json.dumps({"theme": "dark"}))
    harmony("checkpoints", "create", "dark")
    file.write_text(json.dumps({"theme": "light"}))
    assert (
        'setting theme is "light", and was "dark"' in harmony("checkpoints", "resume", "latest").out
    )
    assert json.loads(file.read_text()) == {"theme": "light"}


def test_what_is_not_there_is_said_and_the_status_is_one(harmony) -> None:
    nothing = harmony("checkpoints", "resume", "latest")
    assert (nothing.status, "there is no checkpoint yet" in nothing.err) == (1, True)
    for action in ("resume", "delete"):
        unknown = harmony("checkpoints", action, "nobody")
        assert (unknown.status, "There is no checkpoint 'nobody'" in unknown.err) == (1, True)
    assert harmony("checkpoints", "praise").status == 2
