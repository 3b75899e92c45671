"""Two programs on one data folder, one of them through a link, want the runs of a dead one.

Each run goes to exactly one of them, whatever the instant at which both ask.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import journey
from forking import Programs, said
from killing import lines, stored_runs

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import data_folder
from harmony.ipc.records import end_survivors
from harmony.polyphony.store import open_store
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent


def until_there(path: Path) -> None:
    """Wait for a file that another process makes."""
    deadline = time.monotonic() + journey.PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.01)


def test_each_run_of_a_dead_program_goes_to_exactly_one_of_two(
    tmp_path: Path, long_form: bool
) -> None:
    with Programs() as first, Programs() as second:
        for number in range(20 if long_form else 2):
            place = tmp_path / str(number)
            place.mkdir()
            journey.prepare(place)
            link = place / "the same"
            link.symlink_to(place / "home", target_is_directory=True)

            dead = first.begin("begin_many", place)
            until_there(place / "begun")
            journey.kill(dead)
            assert first.end() == -signal.SIGKILL, said(place)
            left = stored_runs(place / "home")
            assert len(left) == journey.RUNS_AT_STAKE
            assert all(run.interrupted for run in left)

            runs = [run.id for run in left]
            (place / "steps").write_bytes(bytes(2))
            first.begin("race", place, home=str(place / "home"), me=0, rounds=runs)
            second.begin("race", place, home=str(link), me=1, rounds=runs)
            assert [first.end(), second.end()] == [0, 0], said(place)

            won = [json.loads((place / f"won-{me}").read_text()) for me in (0, 1)]
            assert sorted(won[0] + won[1]) == sorted(runs), "a run has two owners, or none"
            the_dead_ones_runs_are_done_once(place)


def test_two_programs_that_start_at_once_both_tidy_up_after_dead_ones(tmp_path: Path) -> None:
    note = {"pid": 1, "start_time": "1", "boot": "an earlier one", "mark": ""}
    for number in range(300):
        folder = tmp_path / str(5_000_000 + number)
        folder.mkdir()
        for name in ("owner.json", "2.json", "3.json"):
            (folder / name).write_text(json.dumps(note), encoding="utf-8")
    start = threading.Barrier(2)

    def tidy(_: int) -> list[int]:
        start.wait()
        return end_survivors(tmp_path)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(tidy, range(2))) == [[], []]
    assert list(tmp_path.glob("5*")) == []


def the_dead_ones_runs_are_done_once(place: Path) -> None:
    """All completed, no lease left; what waited was begun twice at most, what follows it once."""
    for run in stored_runs(place / "home"):
        assert run.detail.state == RunState.COMPLETED
        assert not run.interrupted
    with open_store(data_folder(place / "home"), SystemClock()) as store:
        for run in store.runs():
            assert store.leases.owner_of(run.id) is None
            begun = Counter(
                record.machine
                for record in store.journal(run.id)
                if record.event == TaskEvent.ALLOCATE_PLAYER
            )
            assert begun["task:first"] == begun["task:last"] == 1
            assert begun["task:wait"] <= 2
    assert max(Counter(lines(place / "tally")).values()) == 1
