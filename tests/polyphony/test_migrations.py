"""A store of an older version is brought up to date, and a copy of how it was stays beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.errors import StoreUnusableError
from harmony.polyphony.migrations import MIGRATIONS
from harmony.polyphony.schema import APPLICATION_ID, VERSION, backup_of
from harmony.polyphony.store import open_store


@pytest.fixture
def older(folder: DataFolder) -> Iterator[DataFolder]:
    """A store of version 1, still open in the program that wrote it: its last row is in the log."""
    connection = apsw.Connection(str(folder.database))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute(MIGRATIONS[0])
    connection.execute(f"PRAGMA user_version = 1; PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(
        "INSERT INTO artifacts VALUES ('abc', 'text', 3, '', 'SSD_Hot', 1, 1, NULL, x'616263')"
    )
    yield folder
    connection.close()


def version_of(path: Path) -> int:
    connection = apsw.Connection(str(path))
    found = connection.execute("PRAGMA user_version").fetchall()[0][0]
    connection.close()
    return int(found)


def test_a_store_of_version_one_opens_with_all_it_held(
    older: DataFolder, clock: ManualClock
) -> None:
    with open_store(older, clock) as store:
        row = store.artifact("abc")
        assert row is not None
        assert row.inline == b"abc"
        assert store.reading(lambda c: c.execute("SELECT count(*) FROM packs").fetchall()) == [(0,)]
    assert version_of(older.database) == VERSION


def test_a_copy_of_the_older_store_stays_beside_it_whole(
    older: DataFolder, clock: ManualClock
) -> None:
    with open_store(older, clock):
        pass
    copy = backup_of(older.database, 1)
    assert version_of(copy) == 1
    connection = apsw.Connection(str(copy))
    assert connection.execute("SELECT hash FROM artifacts").fetchall() == [("abc",)]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    connection.close()
    assert "packs" not in tables
    assert copy.stat().st_mode & 0o077 == 0


def test_no_copy_is_made_of_a_store_that_is_new_or_up_to_date(
    folder: DataFolder, clock: ManualClock
) -> None:
    for _ in range(2):
        with open_store(folder, clock):
            pass
    assert list(folder.home.glob("*.version-*")) == []


def test_without_room_for_the_copy_the_older_store_is_left_as_it_is(
    older: DataFolder, clock: ManualClock
) -> None:
    target = backup_of(older.database, 1)
    target.mkdir()
    target.joinpath("in the way").touch()
    before = older.database.read_bytes()
    with pytest.raises(StoreUnusableError) as caught:
        open_store(older, clock)
    assert caught.value.code == "polyphony.not_copied_before_update"
    assert older.database.read_bytes() == before
    assert version_of(older.database) == 1
    assert [path.name for path in older.home.glob("*.arriving")] == []


def test_every_migration_leads_to_the_same_tables_as_a_new_store(
    older: DataFolder, tmp_path: Path, clock: ManualClock
) -> None:
    fresh = DataFolder(tmp_path / "fresh").ensure()
    described = []
    for folder in (older, fresh):
        with open_store(folder, clock) as store:
            described.append(
                store.reading(
                    lambda c: c.execute("SELECT name, sql FROM sqlite_schema ORDER BY 1").fetchall()
                )
            )
    assert described[0] == described[1]
