"""Programs that are killed while they write, and two that write at once.

The oracle is what a program printed before it died: whatever it was told to be kept must be there.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.high_water import HighWater, Mark, read_mark
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store
from harmony.polyphony.writer import FAILPOINTS

Start = Callable[..., subprocess.Popen[str]]


def numbers(lines: str) -> list[int]:
    return [int(line) for line in lines.splitlines() if line.isdecimal()]


def assert_sound(store: Store, run: str, acknowledged: list[int]) -> None:
    kept = [record.sequence for record in store.journal(run)]
    assert kept == list(range(1, len(kept) + 1))
    assert set(acknowledged) <= set(kept)
    assert store.verify_run(run) == []
    assert store.verify_system() == []
    assert store.problems == []


@pytest.mark.parametrize("failpoint", FAILPOINTS)
@pytest.mark.parametrize("hit", [1, 5])
@pytest.mark.parametrize("in_flight", [1, 50])
def test_nothing_acknowledged_is_lost_when_killed_at_a_failpoint(
    folder: DataFolder,
    clock: ManualClock,
    start: Start,
    failpoint: str,
    hit: int,
    in_flight: int,
) -> None:
    process = start("write.py", folder.home, "r", 1, 400, in_flight, failpoint=f"{failpoint}:{hit}")
    out, _ = process.communicate("go\n", timeout=120)
    assert process.returncode == -9, out
    acknowledged = numbers(out)
    assert acknowledged == list(range(1, len(acknowledged) + 1))
    with open_store(folder, clock) as store:
        assert_sound(store, "r", acknowledged)
        if in_flight == 1:
            # One commit a batch: it is known exactly which ones got through.
            assert len(acknowledged) == hit - 1
            reached = hit - 1 if failpoint == "store.before_commit" else hit
            assert store.last_sequence("r") == reached
        if store.last_sequence("r"):
            interrupted = [run.id for run in store.leases.interrupted()]
            assert interrupted == ["r"]
        first = store.last_sequence("r") + 1
    # The next program goes on where this one ended.
    process = start("write.py", folder.home, "r", first, 20, 4)
    out, _ = process.communicate("go\n", timeout=120)
    assert numbers(out) == list(range(first, first + 20))
    with open_store(folder, clock) as store:
        assert_sound(store, "r", list(range(1, first + 20)))


def test_nothing_acknowledged_is_lost_when_killed_in_the_middle_of_work(
    folder: DataFolder, clock: ManualClock, start: Start
) -> None:
    for run, lines in (("a", 3), ("b", 40), ("c", 200)):
        process = start("write.py", folder.home, run, 1, 1_000_000, 20)
        assert process.stdin
        assert process.stdout
        process.stdin.write("go\n")
        process.stdin.flush()
        seen = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        rest, _ = process.communicate(timeout=60)
        with open_store(folder, clock) as store:
            assert_sound(store, run, numbers("".join(seen) + rest))


def test_two_programs_write_into_one_store_at_once(
    folder: DataFolder, clock: ManualClock, start: Start
) -> None:
    processes = [start("write.py", folder.home, run, 1, 300, 8) for run in ("a", "b")]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert numbers(out) == list(range(1, 301))
        assert out.endswith("closed\n")
    with open_store(folder, clock) as store:
        assert_sound(store, "a", list(range(1, 301)))
        assert_sound(store, "b", list(range(1, 301)))
        mark = read_mark(folder.high_water)
        last = store.reading(
            lambda c: c.execute("SELECT max(number) FROM system_chain").fetchall()
        )[0][0]
        assert mark is not None
        assert mark.number == last


def test_a_program_writes_on_when_another_is_killed_beside_it(
    folder: DataFolder, clock: ManualClock, start: Start
) -> None:
    victim = start("write.py", folder.home, "a", 1, 400, 8, failpoint="store.after_commit:7")
    other = start("write.py", folder.home, "b", 1, 200, 8)
    for process in (victim, other):
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == "open\n"
        process.stdin.write("go\n")
        process.stdin.flush()
    out, _ = other.communicate(timeout=120)
    assert numbers(out) == list(range(1, 201))
    lost, _ = victim.communicate(timeout=120)
    assert victim.returncode == -9
    with open_store(folder, clock) as store:
        assert_sound(store, "a", numbers(lost))
        assert_sound(store, "b", list(range(1, 201)))


def test_no_other_writer_comes_between_a_commit_and_its_mark(
    folder: DataFolder, clock: ManualClock, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the marks of two programs could be written in the wrong order."""
    with open_store(folder, clock) as other:
        done = threading.Event()
        came_between: list[bool] = []
        written: list[int] = []
        write = HighWater.write

        def watched(water: HighWater, mark: Mark) -> None:
            if not written:
                other.commit(Commit(), lambda _: done.set())
                came_between.append(done.wait(0.5))
            written.append(mark.number)
            write(water, mark)

        monkeypatch.setattr(HighWater, "write", watched)
        store.commit_and_wait(Commit())
        assert done.wait(60)
    assert came_between == [False]
    assert written == [1, 2]


def test_an_open_store_sees_what_another_program_committed(
    folder: DataFolder, store: Store, start: Start
) -> None:
    process = start("write.py", folder.home, "a", 1, 10, 1)
    process.communicate("go\n", timeout=120)
    assert [run.id for run in store.runs()] == ["a"]
    assert store.last_sequence("a") == 10
    assert store.verify_system() == []


def test_nothing_acknowledged_is_lost_when_the_power_is_cut(
    folder: DataFolder, start: Start
) -> None:
    """What was written and not synced survives by chance, in part, or not at all."""
    process = start("cut_power.py", folder.home, 1000, 30)
    out, _ = process.communicate(timeout=300)
    cuts = [line.split(" ", 2) for line in out.splitlines()]
    assert len(cuts) == 30
    assert [cut for cut in cuts if len(cut) > 2] == []
    assert sum(int(acknowledged) for acknowledged, _ in cuts) > 100
