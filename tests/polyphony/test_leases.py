"""A run belongs to one living process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from harmony.foundation.paths import DataFolder
from harmony.foundation.processes import process_start_time
from harmony.polyphony.errors import LeaseError
from harmony.polyphony.leases import Owner, this_process
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store

NewRun = Callable[..., Commit]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def stranger() -> Owner:
    """Another process that is alive for as long as the test."""
    parent = os.getppid()
    return replace(this_process(), pid=parent, start_time=process_start_time(parent) or "")


def dead(owner: Owner) -> Owner:
    """The process that had this pid before it was given out again."""
    return replace(owner, start_time="1")


def test_a_run_belongs_to_who_took_it_until_it_is_released(store: Store) -> None:
    assert store.leases.owner_of("r") is None
    assert store.leases.take("r") is None
    assert store.leases.owner_of("r") == this_process()
    assert store.leases.take("r") is None  # one's own again
    assert store.leases.release("r")
    assert store.leases.owner_of("r") is None
    assert not store.leases.release("r")


def test_a_run_of_a_living_process_is_refused_with_its_number(
    store: Store, stranger: Owner
) -> None:
    store.leases.take("r", stranger)
    with pytest.raises(LeaseError) as caught:
        store.leases.take("r")
    assert caught.value.parameters == {"run": "r", "pid": stranger.pid}
    assert not store.leases.release("r")
    assert store.leases.owner_of("r") == stranger


def test_a_run_of_a_dead_process_is_taken_over_and_the_dead_one_named(
    store: Store, stranger: Owner
) -> None:
    gone = dead(stranger)
    store.leases.take("r", gone)
    assert store.leases.take("r") == gone
    assert store.leases.owner_of("r") == this_process()


def test_an_owner_of_another_boot_is_dead(store: Store, stranger: Owner) -> None:
    store.leases.take("r", replace(stranger, boot="before the restart"))
    store.leases.take("r")
    assert store.leases.owner_of("r") == this_process()


def test_runs_under_way_without_a_living_owner_are_interrupted(
    store: Store, new_run: NewRun, stranger: Owner
) -> None:
    for number, (run, state, owner) in enumerate(
        (
            ("orphan", "Executing", None),
            ("of the dead", "Paused", dead(stranger)),
            ("waiting", "Queued", dead(stranger)),
            ("ours", "Executing", this_process()),
            ("of another", "Executing", stranger),
            ("done", "Completed", None),
            ("failed", "Failed", None),
            ("not started", "Ready", None),
        )
    ):
        store.commit_and_wait(new_run(run, state=state, created=float(number)))
        if owner is not None:
            store.leases.take(run, owner)
    assert [run.id for run in store.leases.interrupted()] == ["waiting", "of the dead", "orphan"]


def test_a_run_that_goes_on_as_a_fork_is_not_interrupted(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run("left", records=1))
    store.commit_and_wait(new_run("fork", records=1, parent="left", parent_sequence=1))
    assert [run.id for run in store.leases.interrupted()] == ["fork"]


def test_of_processes_racing_for_a_dead_ones_run_exactly_one_wins(
    folder: DataFolder, store: Store, stranger: Owner, start: Start
) -> None:
    gone = dead(stranger)
    store.leases.take("r", gone)
    racers = [start("take.py", folder.home, "r") for _ in range(6)]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "open\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    # All are alive until all have spoken, so that the winner is no dead owner to the others.
    said = [racer.stdout.readline().split() for racer in racers if racer.stdout]
    winners = [racer.pid for racer, word in zip(racers, said, strict=True) if word[0] == "won"]
    assert len(winners) == 1
    assert sorted(map(tuple, said)) == sorted(
        [("won", str(gone.pid)), *[("refused", str(winners[0]))] * 5]
    )
    owner = store.leases.owner_of("r")
    assert owner is not None
    assert owner.pid == winners[0]
    for racer in racers:
        racer.kill()
        racer.wait()
    assert store.leases.take("r") == owner
