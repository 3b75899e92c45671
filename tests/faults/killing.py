"""The whole program run, killed at a named place, looked at, and run again; for tests of what is
left then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harmony.conductor.detail import RunDetail, detail_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import data_folder
from harmony.polyphony.store import open_store
from harmony.states.melody_execution import RunState

PLAYERS = Path(__file__).parents[1] / "conductor" / "players"


def prepared_home(place: Path) -> Path:
    """A new data folder, with the trial Players in its catalogue."""
    home = place / "home"
    home.mkdir(parents=True)
    settings = {"players_folders": [str(PLAYERS)]}
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return home


def harmony(home: Path, *arguments: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command to its end, or to its death."""
    return subprocess.run(
        [sys.executable, "-m", "harmony", *arguments, "--home", str(home)],
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


def stored_runs(home: Path) -> list[Stored]:
    """Every run of the data folder, the newest first; its journal is checked on the way."""
    with open_store(data_folder(home).ensure(), SystemClock()) as store:
        assert store.problems == []
        interrupted = {run.id for run in store.leases.interrupted()}
        for run in store.runs():
            assert store.verify_run(run.id) == []
        return [Stored(detail_of(store, run.id), run.id in interrupted) for run in store.runs()]


@dataclass(frozen=True)
class Story:
    """What became of a program that was killed, and of the one that came after it."""

    killed: subprocess.CompletedProcess[str]
    after_the_kill: list[Stored]
    again: subprocess.CompletedProcess[str] | None
    in_the_end: list[Stored]
    tally: list[str]


def live(home: Path, melody: Path, tally: Path, failpoint: str) -> Story:
    """Run a melody, die at a failpoint, look at what is stored, and let the run go on."""
    killed = harmony(home, "run", str(melody), "--json", failpoint=failpoint)
    listed = stored_runs(home)
    again = None
    if not listed:
        again = harmony(home, "run", str(melody), "--json")
    elif listed[0].detail.state not in (RunState.COMPLETED, RunState.FAILED):
        again = harmony(home, "resume", listed[0].id, "--json")
    return Story(killed, listed, again, stored_runs(home), lines(tally))


def lines(tally: Path) -> list[str]:
    """What the Players left in their tally."""
    return tally.read_text(encoding="utf-8").splitlines() if tally.exists() else []


def events_of(program: subprocess.CompletedProcess[str], state: str) -> set[str]:
    """The tasks that a program said to be in a state."""
    events = map(json.loads, program.stdout.splitlines())
    return {e["task"] for e in events if e["event"] == "task_changed" and e["state"] == state}
