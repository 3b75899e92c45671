"""The power goes at every instant of real work: nothing that was told as kept is lost.

One workload on the real store and the real Artifact Store is recorded; then the disk at each
instant is left to chance, many times, and what is left is opened (`power.py`). It always opens, has
every record that was acknowledged, its chains are whole, and every artifact that a record names is
what its hash says.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import apsw
import pytest
from power import Event, Remains, recorded
from small_work import Work, artifacts_of, commits_of

from harmony.cli.verifying import inspect
from harmony.foundation.clock import ManualClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit
from harmony.polyphony.store import open_store

CUTS_SHORT, CUTS_LONG = 2_000, 10_000


def often_played_in(connection: apsw.Connection) -> None:
    """Let SQLite carry its log into the database every few commits, not once in a long while."""
    connection.execute("PRAGMA wal_autocheckpoint = 30").fetchall()


def work_that_is_recorded(folder: DataFolder) -> list[Event]:
    """A store is made, works, is closed, and works again; its log is played in now and then."""
    clock = ManualClock(wall=1_800_000_000.0)
    with recorded(folder.home) as recorder:
        folder.ensure()
        for life in range(3):
            with open_store(folder, clock) as store:
                store.in_transaction(
                    lambda c: c.execute("PRAGMA wal_autocheckpoint = 30").fetchall()
                )
                artifacts = artifacts_of(store, folder, clock)
                work = Work(f"run-{life}", artifacts, random.Random(life))
                for place, commit in enumerate(commits_of(work, 8)):

                    def done(
                        error: BaseException | None, run: str = work.run, last: int = work.sequence
                    ) -> None:
                        assert error is None
                        recorder.told((run, last))

                    store.commit(commit, done)
                    if place % 3:
                        store.in_transaction(lambda _: None)  # so that batches differ in size
    return recorder.events


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    home = tmp_path_factory.mktemp("recorded") / "data"
    home.mkdir()
    return home, work_that_is_recorded(DataFolder(home))


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: that a test's own syncs are slow proves nothing."""
    shared = Path("/dev/shm")
    place = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else tmp_path))
    yield place
    shutil.rmtree(place)


def wrong_after(folder: DataFolder, told: list[tuple[str, int]]) -> list[str]:
    """What is not as it was promised."""
    try:
        return wrong_with(folder.ensure(), told)
    except HarmonyError as error:
        return [f"it does not open: {error}"]


def wrong_with(folder: DataFolder, told: list[tuple[str, int]]) -> list[str]:
    wrong: list[str] = []
    with open_store(folder, ManualClock(wall=1_800_000_100.0)) as store:
        wrong += [str(problem) for problem in store.problems]
        for run, last in dict(told).items():
            kept = store.last_sequence(run)
            if kept < last:
                wrong.append(f"{run}: {last} were told as kept, {kept} are there")
        if len(told) % 8 == 0:
            store.commit_and_wait(Commit())  # it can be written on
    findings = inspect(folder, lambda *_: None)
    wrong += [each.message for each in findings if each.kind == "damage"]
    return wrong


def cut_everywhere(
    home: Path, events: list[Event], cuts: int, memory: Path
) -> Generator[tuple[str, list[str]], None, None]:
    """As many cuts, spread over a trace evenly: where, and what was wrong then."""
    each, rest = divmod(cuts, len(events))
    extra = set(random.Random(7).sample(range(len(events)), rest))
    remains = Remains(home)
    for place, event in enumerate(events):
        remains.take(event)
        for seed in range(each + (place in extra)):
            target = memory / "left"
            remains.leave(target, random.Random(f"{place} {seed}"))
            where = f"cut {seed} after event {place}: {event.kind} {event.path}"
            yield where, wrong_after(DataFolder(target), remains.told)
            shutil.rmtree(target)


def test_nothing_that_was_told_as_kept_is_lost_at_a_power_cut(
    trace: tuple[Path, list[Event]], memory: Path, long_form: bool
) -> None:
    done = 0
    for where, wrong in cut_everywhere(*trace, CUTS_LONG if long_form else CUTS_SHORT, memory):
        assert wrong == [], where
        done += 1
    assert done >= CUTS_SHORT


FORGOTTEN: dict[str, Callable[[Event, dict[int, str]], bool]] = {
    "the syncs of the log": lambda event, names: (
        event.kind == "sync" and names.get(event.file, "").endswith("-wal")
    ),
    "the syncs of artifacts": lambda event, names: (
        event.kind == "sync" and "artifacts" in names.get(event.file, "")
    ),
    "the syncs of folders": lambda event, _: event.kind == "names_kept",
}


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_the_cuts_notice_when_something_is_not_synced(
    trace: tuple[Path, list[Event]], memory: Path, forgotten: str
) -> None:
    """The same trace as of a program that leaves something out: a loss is found."""
    home, events = trace
    names = {event.file: event.path for event in events if event.kind == "name"}
    left_out = [event for event in events if not FORGOTTEN[forgotten](event, names)]
    assert len(left_out) < len(events)
    found = cut_everywhere(home, left_out, len(left_out), memory)
    assert any(wrong for _, wrong in found)
    found.close()


def test_the_trace_has_all_that_a_disk_does(trace: tuple[Path, list[Event]]) -> None:
    """Otherwise the cuts above would prove less than they say."""
    home, events = trace
    kinds = {event.kind for event in events}
    assert kinds == {"write", "cut", "sync", "name", "gone", "names_kept", "told"}
    named = {Path(event.path).name for event in events if event.kind == "name"}
    assert {"harmony.sqlite3", "harmony.sqlite3-wal", "high-water"} <= named
    remains = Remains(home)
    for event in events:
        remains.take(event)
    assert {run for run, _ in remains.told} == {"run-0", "run-1", "run-2"}
