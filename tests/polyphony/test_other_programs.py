"""What a program learns of the commits of others, and leases that are taken without waiting."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.errors import LeaseError, StoreError
from harmony.polyphony.leases import Owner, lease_of_new, this_process
from harmony.polyphony.logs import LogWriter, log_path, read_log
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store

NewRun = Callable[..., Commit]


def test_runs_whose_journals_grew_are_named_once(
    store: Store, folder: DataFolder, clock: ManualClock, new_run: NewRun
) -> None:
    assert store.changed_runs(0) == (0, ())
    store.commit_and_wait(new_run("a", records=2))
    place, changed = store.changed_runs(0)
    assert changed == ("a",)
    assert place == store.last_commit()
    assert store.changed_runs(place) == (place, ())
    with open_store(folder, clock) as other:
        other.commit_and_wait(new_run("b", records=1))
        other.commit_and_wait(new_run("c", records=1))
    last, changed = store.changed_runs(place)
    assert set(changed) == {"b", "c"}
    assert last == place + 2


def test_programs_that_commit_in_turn_go_on_from_each_other_s_end(
    store: Store, folder: DataFolder, clock: ManualClock, new_run: NewRun
) -> None:
    with open_store(folder, clock) as other:
        for run in "abcdef":
            writer = store if run in "abe" else other
            writer.commit_and_wait(new_run(run, records=2))
    assert store.last_commit() == 6
    assert store.verify_system() == []


def test_a_run_that_was_deleted_and_is_there_again_begins_its_chain_anew(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("a", records=2))
    store.commit_and_wait(Commit(deleted_runs=("a",)))
    store.commit_and_wait(new_run("a", records=1))
    assert store.last_sequence("a") == 1
    assert store.verify_run("a") == store.verify_system() == []


def test_a_run_without_a_record_has_not_grown(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run("a"))
    assert store.changed_runs(0)[1] == ()


def told(ask: Callable[[Callable[[BaseException | None], None]], None]) -> BaseException | None:
    """What a call that does not wait was told in the end."""
    future: Future[BaseException | None] = Future()
    ask(future.set_result)
    return future.result(30)


def test_the_lease_of_a_new_run_is_in_its_first_commit_and_given_up_without_waiting(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(replace(new_run("r", records=1), leases=(lease_of_new("r"),)))
    assert store.leases.owner_of("r") == this_process()
    assert told(lambda tell: store.leases.release_soon("r", tell)) is None
    assert store.leases.owner_of("r") is None


def test_what_another_program_owns_is_not_given_up_by_this_one(store: Store) -> None:
    me = this_process()
    other = Owner(1, _start_of(1), me.boot)
    store.leases.take("r", other)
    with pytest.raises(LeaseError):
        store.leases.take("r")
    assert told(lambda tell: store.leases.release_soon("r", tell)) is None
    assert store.leases.owner_of("r") == other, "what is another's is not given up"


def _start_of(pid: int) -> str:
    from harmony.foundation.processes import process_start_time

    return process_start_time(pid) or ""


def test_a_first_commit_that_is_refused_leaves_no_lease(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run("r", records=1))
    with pytest.raises(StoreError):
        store.commit_and_wait(replace(new_run("r", records=1), leases=(lease_of_new("r"),)))
    assert store.leases.owner_of("r") is None


def test_the_log_of_a_killed_attempt_is_begun_anew(folder: DataFolder) -> None:
    killed = LogWriter(folder, "r", "t", 1)
    for number in range(9000):
        killed.write(1.0, "info", f"{number} " + "x" * 90)
    killed.flush()
    assert len(list(log_path(folder, "r", "t", 1).parent.iterdir())) > 1
    again = LogWriter(folder, "r", "t", 1)
    again.write(2.0, "info", "second")
    again.close()
    assert [entry["text"] for entry in read_log(folder, "r", "t", 1)] == ["second"]
