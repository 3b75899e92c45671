"""A store in a folder that may only be read, to be looked at all the same.

SQLite reads a database only where it may write beside it: what was committed last lies in its log,
and the index of that is a file. So the database, its log and the mark are copied to a folder that
is removed afterwards, and what is opened is the copy: with every check, and nothing is missing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harmony.foundation.clock import Clock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.store import Store, open_store


@contextmanager
def opened_to_look(folder: DataFolder, clock: Clock) -> Iterator[Store]:
    """The store of a folder that cannot be written, as it is now; what is changed in it is lost.

    It is empty where there is no database yet. Raises StoreError, OSError.
    """
    with tempfile.TemporaryDirectory(prefix="harmony-look-") as place:
        copy = DataFolder(Path(place)).ensure()
        with _standing_still(folder):
            for file in (folder.database, _log_of(folder.database), folder.high_water):
                if file.exists():
                    shutil.copyfile(file, copy.home / file.name)
        with open_store(copy, clock) as store:
            yield store


def _log_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-wal")


@contextmanager
def _standing_still(folder: DataFolder) -> Iterator[None]:
    """No commit of a program that may write there, as one on another mount, while it is copied."""
    file = folder.home / "store.lock"
    if not file.exists():
        yield
        return
    lock = WriteLock(file, os.O_RDONLY)
    try:
        with lock.held():
            yield
    finally:
        lock.close()
