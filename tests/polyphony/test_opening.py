"""Opening: an existing file is never written over, and a loss is noticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.errors import StoreUnusableError
from harmony.polyphony.high_water import HighWater, Mark, read_mark
from harmony.polyphony.records import Commit, JournalRecord
from harmony.polyphony.schema import VERSION
from harmony.polyphony.store import open_store

Start = Callable[..., object]


def record(sequence: int) -> JournalRecord:
    return JournalRecord("r", sequence, "run", "a", "b", "c", data={"text": "x" * 500})


def filled(folder: DataFolder, clock: ManualClock, count: int = 50) -> None:
    with open_store(folder, clock) as store:
        for sequence in range(1, count + 1):
            store.commit_and_wait(Commit(records=[record(sequence)]))


def refused(folder: DataFolder, clock: ManualClock) -> str:
    """The code of the refusal, after a proof that the files are as they were."""
    before = {path: path.read_bytes() for path in folder.home.iterdir() if path.is_file()}
    with pytest.raises(StoreUnusableError) as caught:
        open_store(folder, clock)
    after = {path: path.read_bytes() for path in before}
    assert after == before
    assert str(folder.database) in str(caught.value)
    return caught.value.code


def test_an_older_program_refuses_a_newer_file(folder: DataFolder, clock: ManualClock) -> None:
    filled(folder, clock)
    connection = apsw.Connection(str(folder.database))
    connection.execute(
        f"PRAGMA journal_mode = DELETE; PRAGMA user_version = {VERSION + 1}"
    ).fetchall()
    connection.close()
    assert refused(folder, clock) == "polyphony.store_newer"


def test_a_database_of_another_program_is_refused(folder: DataFolder, clock: ManualClock) -> None:
    connection = apsw.Connection(str(folder.database))
    connection.execute("CREATE TABLE mail (text)")
    connection.close()
    assert refused(folder, clock) == "polyphony.store_foreign"


@pytest.mark.parametrize("content", [b"x", b"This is no database.\n" * 500, bytes(8192)])
def test_a_file_that_is_no_database_is_refused(
    folder: DataFolder, clock: ManualClock, content: bytes
) -> None:
    folder.database.write_bytes(content)
    assert refused(folder, clock) == "polyphony.store_damaged"


@pytest.mark.parametrize("left", [50, 512, 4096, 20_000])
def test_a_truncated_file_is_refused(folder: DataFolder, clock: ManualClock, left: int) -> None:
    filled(folder, clock)
    whole = folder.database.read_bytes()
    assert len(whole) > left
    folder.database.write_bytes(whole[:left])
    assert refused(folder, clock) == "polyphony.store_damaged"


def test_a_file_emptied_after_commits_is_refused(folder: DataFolder, clock: ManualClock) -> None:
    filled(folder, clock)
    folder.database.write_bytes(b"")
    assert refused(folder, clock) == "polyphony.store_damaged"


def test_a_file_with_a_broken_header_is_refused(folder: DataFolder, clock: ManualClock) -> None:
    filled(folder, clock)
    content = bytearray(folder.database.read_bytes())
    content[:16] = b"SQLite format 9\0"
    folder.database.write_bytes(content)
    assert refused(folder, clock) == "polyphony.store_damaged"


def test_a_new_store_and_a_sound_one_have_no_problems(
    folder: DataFolder, clock: ManualClock
) -> None:
    filled(folder, clock)
    with open_store(folder, clock) as store:
        assert store.problems == []
        assert store.verify_run("r") == store.verify_system() == []


def test_an_older_copy_put_back_is_noticed_and_stays_known(
    folder: DataFolder, clock: ManualClock, tmp_path: Path
) -> None:
    filled(folder, clock, 5)
    shutil.copy(folder.database, tmp_path / "older")
    with open_store(folder, clock) as store:
        for sequence in range(6, 10):
            store.commit_and_wait(Commit(records=[record(sequence)]))
    shutil.copy(tmp_path / "older", folder.database)
    with open_store(folder, clock) as store:
        assert [problem.code for problem in store.problems] == ["polyphony.commits_missing"]
        assert store.problems[0].parameters["missing"] == 4
        store.commit_and_wait(Commit(records=[record(6)]))
        assert store.verify_run("r") == store.verify_system() == []
    with open_store(folder, clock) as store:
        assert store.problems == []
        chain = store.reading(lambda c: c.execute("SELECT content FROM system_chain").fetchall())
        assert sum("commits_missing" in content for (content,) in chain) == 1


def test_a_lost_database_is_noticed_although_a_new_one_is_made(
    folder: DataFolder, clock: ManualClock
) -> None:
    filled(folder, clock, 5)
    folder.database.unlink()
    with open_store(folder, clock) as store:
        assert [problem.code for problem in store.problems] == ["polyphony.commits_missing"]
        store.commit_and_wait(Commit(records=[record(1)]))


def test_a_database_with_another_history_is_noticed(
    folder: DataFolder, clock: ManualClock, tmp_path: Path
) -> None:
    filled(folder, clock, 5)
    other = DataFolder(tmp_path / "other").ensure()
    clock.advance(1)
    filled(other, clock, 9)
    shutil.copy(other.database, folder.database)
    with open_store(folder, clock) as store:
        assert [problem.code for problem in store.problems] == ["polyphony.other_history"]


def test_a_flipped_bit_in_the_log_does_not_lose_commits_unseen(
    folder: DataFolder, clock: ManualClock, start: Start
) -> None:
    """SQLite drops what follows a damaged frame of its log without a word; the mark tells."""
    process = start("write.py", folder.home, "r", 1, 40, 1, failpoint="store.after_high_water:40")
    acknowledged = _run_until_killed(process)
    assert acknowledged == list(range(1, 40))
    log = folder.database.with_name(folder.database.name + "-wal")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)
    with open_store(folder, clock) as store:
        assert [problem.code for problem in store.problems] == ["polyphony.commits_missing"]
        assert store.last_sequence("r") < 39


def _run_until_killed(process: object) -> list[int]:
    out, _ = process.communicate("go\n", timeout=120)  # type: ignore[attr-defined]
    assert process.returncode == -9, out  # type: ignore[attr-defined]
    return [int(line) for line in out.splitlines() if line.isdecimal()]


def test_damage_met_while_reading_is_a_named_error(folder: DataFolder, clock: ManualClock) -> None:
    filled(folder, clock, 200)
    content = bytearray(folder.database.read_bytes())
    for page in range(4096, len(content), 4096):
        if b"x" * 300 in content[page : page + 4096]:  # a page of the journal
            content[page : page + 200] = b"\xff" * 200
    folder.database.write_bytes(content)
    with open_store(folder, clock) as store:
        with pytest.raises(StoreUnusableError):
            store.journal("r")
        with pytest.raises(StoreUnusableError):
            store.verify_run("r")


def test_the_mark_survives_the_loss_of_either_slot(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    water = HighWater(path)
    assert water.read() is None
    for number in (1, 2, 3):
        water.write(Mark(number, bytes([number]) * 32))
    assert water.read() == read_mark(path) == Mark(3, bytes([3]) * 32)
    size = path.stat().st_size
    content = bytearray(path.read_bytes())
    content[4096 + 25] ^= 1  # in the slot of 3, as a torn write would leave it
    path.write_bytes(content)
    assert water.read() == Mark(2, bytes([2]) * 32)
    content[25] ^= 1
    path.write_bytes(content)
    assert water.read() is None
    assert path.stat().st_size == size
    water.close()


def test_a_mark_never_needs_new_room_on_the_disk(tmp_path: Path) -> None:
    water = HighWater(tmp_path / "mark")
    blocks = (tmp_path / "mark").stat().st_blocks
    assert blocks * 512 >= 8192
    for number in range(1, 20):
        water.write(Mark(number, bytes(32)))
    assert (tmp_path / "mark").stat().st_blocks == blocks
    water.close()


def test_every_commit_is_synced_to_the_disk(folder: DataFolder, clock: ManualClock) -> None:
    """A kill cannot show it, since the system keeps what was written; a power cut would."""
    with open_store(folder, clock) as store:
        modes = store.in_transaction(
            lambda c: [
                c.execute(f"PRAGMA {name}").fetchall()[0][0]
                for name in ("journal_mode", "synchronous")
            ]
        )
    full = 2
    assert modes == ["wal", full]
