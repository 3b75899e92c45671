"""The whole program killed at a named place in a run, started again, and the run resumed.

Whatever the place: the run ends with the same results as an undisturbed one, no task that was
recorded as finished runs again, and none runs more often than once more than there were kills.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harmony.conductor.detail import RunDetail, detail_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import KNOWN
from harmony.foundation.paths import data_folder
from harmony.foundation.processes import is_alive, process_start_time
from harmony.melody.file import save
from harmony.melody.model import Connection, Melody, Node
from harmony.polyphony.store import open_store
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

PLAYERS = Path(__file__).parents[1] / "conductor" / "players"

# A task of each kind: a list, mapped items, a gathered list, a table that is stored as a file,
# one that fails at first and is tried again.
NODES: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "words": ("say_afresh", {"text": "one two three"}, {}),
    "split": ("split", {}, {"text": "words.text"}),
    "upper": ("upper", {}, {"text": "split.texts"}),
    "join": ("join", {}, {"texts": "upper.text"}),
    "table": ("rows", {"number": 500}, {}),
    "flaky": ("fail_until", {}, {"text": "join.text"}),
}
TALLIED = ("words", "upper", "join")

PLACES = [
    ("run.leased", 1),
    ("run.created", 1),
    ("run.decided", 1),
    ("run.decided", 3),
    ("run.decided", 6),
    ("run.committed", 1),
    ("run.committed", 2),
    ("run.committed", 5),
    ("run.looked_up", 1),
    ("run.looked_up", 4),
    ("run.slot_granted", 2),
    ("run.dispatching", 1),
    ("run.dispatching", 5),
    ("run.dispatched", 1),
    ("run.dispatched", 6),
    ("run.started", 2),
    ("run.started", 5),
    ("run.result_received", 1),
    ("run.result_received", 4),
    ("run.output_kept", 1),
    ("run.output_kept", 5),
    ("run.retry_scheduled", 1),
    ("run.finished", 1),
    ("store.before_commit", 2),
    ("store.before_commit", 7),
    ("store.after_commit", 2),
    ("store.after_commit", 7),
    ("store.after_high_water", 3),
    ("rename.started", 1),
    ("rename.renamed", 1),
    ("rename.done", 1),
]


@pytest.fixture
def melody(tmp_path: Path, harmony_home: Path) -> Path:
    """The melody as a file, and the trial Players in the catalogue."""
    harmony_home.mkdir(parents=True)
    settings = {"players_folders": [str(PLAYERS)]}
    (harmony_home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    drawn = Melody(id="trial", name="Trial")
    for name, (player, parameters, inputs) in NODES.items():
        fields = dict(parameters)
        if name in TALLIED:
            fields["tally"] = str(tmp_path / "tally")
        if name == "flaky":
            fields["path"] = str(tmp_path / "there")
        retries = 3 if name == "flaky" else 0
        drawn.nodes[name] = Node(name, f"players/{player}", parameters=fields, retries=retries)
        for port, source in inputs.items():
            before, _, output = source.partition(".")
            drawn.connections[Connection(before, output, name, port)] = None
    path = tmp_path / "trial.melody"
    save(path, drawn)
    return path


def harmony(*arguments: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command to its end, or to its death."""
    return subprocess.run(
        [sys.executable, "-m", "harmony", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "HARMONY_FAILPOINT": failpoint},
        timeout=120,
        check=False,
    )


@dataclass(frozen=True)
class Stored:
    """A run as the store tells it to the next program that opens it."""

    detail: RunDetail
    interrupted: bool

    @property
    def id(self) -> str:
        return self.detail.summary.id

    def tasks_in(self, state: str) -> set[str]:
        return {task.id for task in self.detail.tasks.values() if task.state == state}


def stored_runs() -> list[Stored]:
    """Every run of the data folder, the newest first; its journal is checked on the way."""
    with open_store(data_folder().ensure(), SystemClock()) as store:
        assert store.problems == []
        interrupted = {run.id for run in store.leases.interrupted()}
        for run in store.runs():
            assert store.verify_run(run.id) == []
        return [Stored(detail_of(store, run.id), run.id in interrupted) for run in store.runs()]


def test_every_place_is_a_failpoint_of_the_program() -> None:
    assert {name for name, _ in PLACES} <= set(KNOWN)
    assert len({name for name, _ in PLACES}) >= 16
    assert len(PLACES) >= 20


@pytest.mark.parametrize(("name", "hit"), PLACES)
def test_a_run_survives_a_kill_at(name: str, hit: int, melody: Path, tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    killed = harmony("run", str(melody), "--json", failpoint=f"{name}:{hit}")
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    listed = stored_runs()
    if not listed:
        # Killed before the run was acknowledged: nobody was told that there is one.
        assert "run_changed" not in killed.stdout
        again = harmony("run", str(melody), "--json")
        finished: set[str] = set()
    elif listed[0].detail.state == RunState.COMPLETED:
        again = None
        finished = set()
    else:
        assert listed[0].interrupted
        finished = listed[0].tasks_in(TaskState.COMPLETED)
        told = {
            event["task"]
            for event in map(json.loads, killed.stdout.splitlines())
            if event["event"] == "task_changed" and event["state"] == "Completed"
        }
        assert told <= finished, "a task was shown as done that is not on disk"
        again = harmony("resume", listed[0].id, "--json")

    if again is not None:
        assert again.returncode == 0, again.stderr
        ran_again = {
            event["task"]
            for event in map(json.loads, again.stdout.splitlines())
            if event["event"] == "task_changed" and event["state"] == "Executing"
        }
        assert not ran_again & finished, "a finished task ran again"

    [run] = stored_runs()
    assert run.detail.state == RunState.COMPLETED
    assert not run.interrupted
    values = {task.id: task.outputs for task in run.detail.tasks.values()}
    assert values["join"]["text"]["value"] == "ONE+TWO+THREE"
    assert values["flaky"]["text"]["value"] == "ONE+TWO+THREE"
    assert values["table"]["table"]["summary"]["rows"] == 500
    counts = [
        tally.read_text().splitlines().count(line) for line in set(tally.read_text().splitlines())
    ]
    assert max(counts) <= 2, "a task ran more often than once more than there were kills"


def test_a_player_process_that_survived_the_program_is_ended_before_its_run_goes_on(
    melody: Path, tmp_path: Path
) -> None:
    gate, tally = tmp_path / "gate", tmp_path / "tally"
    drawn = Melody(id="waiting", name="Waiting")
    drawn.nodes["text"] = Node("text", "players/say")
    drawn.nodes["wait"] = Node(
        "wait", "players/hold_on", parameters={"path": str(gate), "tally": str(tally)}
    )
    drawn.connections[Connection("text", "text", "wait", "text")] = None
    path = tmp_path / "waiting.melody"
    save(path, drawn)
    program = subprocess.Popen(
        [sys.executable, "-m", "harmony", "run", "--json", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    for line in program.stdout:
        if json.loads(line)["event"] == "task_progress":
            break
    survivor = int(tally.read_text().split()[1])
    survivor_started = process_start_time(survivor)
    assert survivor_started is not None
    program.kill()
    program.wait()
    program.stdout.close()
    gate.touch()
    [run] = stored_runs()
    assert run.interrupted
    resumed = harmony("resume", run.id, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert not is_alive(survivor, survivor_started), "the old Player process is still there"
