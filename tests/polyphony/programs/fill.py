"""Commits until the system lets no file grow any more, then once more with room again."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.errors import StoreError
from harmony.polyphony.records import Commit, JournalRecord
from harmony.polyphony.store import open_store

folder = DataFolder(Path(sys.argv[1])).ensure()
store = open_store(folder, SystemClock())


def commit(sequence: int, size: int) -> str:
    record = JournalRecord("r", sequence, "run", "a", "b", "c", data={"text": "x" * size})
    try:
        store.commit_and_wait(Commit(records=[record]))
    except StoreError as error:
        return type(error).__name__
    return "kept"


print(commit(1, 100))
log = folder.database.with_name(folder.database.name + "-wal")
resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 8192, resource.RLIM_INFINITY))
print(commit(2, 1_000_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(commit(2, 100))
print(len(store.journal("r")), len(store.verify_run("r")), len(store.problems))
store.close()
