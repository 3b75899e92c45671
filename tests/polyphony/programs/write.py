"""Writes records into one run and prints the sequence of each that was acknowledged.

Arguments: data folder, run, first sequence, count, how many commits may be in flight. A line on its
standard input starts it; it begins to write only then.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from harmony.foundation.clock import SystemClock
from harmony.foundation.failpoints import arm_from_environment
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import open_store

home, run = Path(sys.argv[1]), sys.argv[2]
first, count, in_flight = map(int, sys.argv[3:6])
store = open_store(DataFolder(home).ensure(), SystemClock())
arm_from_environment()
room = threading.Semaphore(in_flight)
print("open", flush=True)
sys.stdin.readline()

for sequence in range(first, first + count):
    record = JournalRecord(
        run, sequence, "task:a", "Ready", "x", "Done", at=0.1 * sequence, data={"text": "ü" * 50}
    )
    new = [RunRow(run, run, "m", "h", b"{}", created=1.0)] if sequence == 1 else []

    def done(error: BaseException | None, sequence: int = sequence) -> None:
        # One system call a line: what was printed was acknowledged, whatever happens next.
        os.write(1, f"{sequence if error is None else error!r}\n".encode())
        room.release()

    room.acquire()
    store.commit(Commit(runs=new, records=[record], updates=[RunUpdate(run, "Executing")]), done)
store.close()
os.write(1, b"closed\n")
