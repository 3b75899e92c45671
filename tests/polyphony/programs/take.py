"""Tries to take a run, says whether it won, and lives until its standard input is closed."""

from __future__ import annotations

import sys
from pathlib import Path

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.errors import LeaseError
from harmony.polyphony.store import open_store

store = open_store(DataFolder(Path(sys.argv[1])), SystemClock())
print("open", flush=True)
sys.stdin.readline()
try:
    former = store.leases.take(sys.argv[2])
except LeaseError as error:
    print("refused", error.parameters["pid"], flush=True)
else:
    print("won", former.pid if former else 0, flush=True)
sys.stdin.read()
