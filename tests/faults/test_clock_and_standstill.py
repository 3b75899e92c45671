"""A clock that is set wrong between two programs, and a machine that stands still for a while.

Neither is a timeout, a crash, or the loss of a Player: what runs goes on where it was.
"""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import journey
import pytest
from forking import Programs, said
from killing import lines, stored_runs
from test_two_programs import until_there

from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

HOUR = 3600.0


@pytest.mark.parametrize("shift", [-HOUR, HOUR], ids=["an hour back", "an hour on"])
def test_a_run_goes_on_after_the_clock_was_set(tmp_path: Path, shift: float) -> None:
    journey.prepare(tmp_path)
    with Programs() as programs:
        dead = programs.begin("patient", tmp_path)
        until_there(tmp_path / "begun")
        journey.kill(dead)
        assert programs.end() == -signal.SIGKILL
        [run] = stored_runs(tmp_path / "home")
        assert run.interrupted
        (tmp_path / "gate").touch()
        assert programs.live("patient", tmp_path, shift=shift) == 0, said(tmp_path)
        # And by a clock that is right again; there is nothing left to do for it.
        assert programs.live("everything", tmp_path) == 0, said(tmp_path)
    _, run = stored_runs(tmp_path / "home")
    assert_undisturbed(run.detail.state, lines(tmp_path / "tally"))


def test_a_machine_that_stood_still_lost_nothing(tmp_path: Path, long_form: bool) -> None:
    journey.prepare(tmp_path)
    with Programs() as programs:
        program = programs.begin("patient", tmp_path)
        until_there(tmp_path / "begun")
        tree = [program, *descendants_of(program)]
        assert len(tree) > 1, "no Player process"
        for pid in tree:
            os.kill(pid, signal.SIGSTOP)
        try:
            stand_still(30.0 if long_form else 2.0)
        finally:
            for pid in reversed(tree):
                os.kill(pid, signal.SIGCONT)
        (tmp_path / "gate").touch()
        assert programs.end() == 0, said(tmp_path)
    [run] = stored_runs(tmp_path / "home")
    assert_undisturbed(run.detail.state, lines(tmp_path / "tally"))
    assert all(len(task.attempts) == 1 for task in run.detail.tasks.values())
    assert run.tasks_in(TaskState.COMPLETED) == {"first", "wait", "last"}


def assert_undisturbed(state: str, tally: list[str]) -> None:
    assert state == RunState.COMPLETED
    assert tally.count("say first 0") == 1
    assert tally.count("booked first 0") == 1


def stand_still(seconds: float) -> None:
    """Time has to pass here: that is the fault."""
    select.select([], [], [], seconds)


def descendants_of(pid: int) -> list[int]:
    """The processes under one, its children first."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # A name in parentheses may hold spaces: the fields begin after the last one.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found = list(parents.get(pid, ()))
    for child in found:
        found += parents.get(child, ())
    return found
