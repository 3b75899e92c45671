"""Cuts the power under a store again and again, and compares what was told with what is left.

A layer under SQLite remembers what each file held when it was last synced. At the cut, of all that
was written since, each write survives or not by chance, some in part, as a disk with a cache may
have it; then the process kills itself. Arguments: folder, first seed, number of cuts. Prints one
line a cut: acknowledged, kept, and what is wrong.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import apsw

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import open_store

COMMITS = 40


class Disk:
    """What is really on the disk, and what the system only promised to write."""

    def __init__(self, chance: random.Random, operations: int) -> None:
        self.chance = chance
        self.left = operations
        self.synced: dict[str, bytes] = {}
        self.unsynced: dict[str, list[tuple[int, bytes | None]]] = {}

    def opened(self, path: str) -> None:
        if path not in self.synced:
            self.synced[path] = Path(path).read_bytes() if Path(path).exists() else b""
            self.unsynced[path] = []

    def operation(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.cut()

    def cut(self) -> None:
        for path, held in self.synced.items():
            content = bytearray(held)
            for place, data in self.unsynced[path]:
                if self.chance.random() < 0.5:
                    continue
                if data is None:
                    del content[place:]
                    continue
                if self.chance.random() < 0.3:
                    data = data[: 512 * self.chance.randrange(1 + len(data) // 512)]
                content.extend(bytes(max(0, place - len(content))))
                content[place : place + len(data)] = data
            if Path(path).exists():
                Path(path).write_bytes(content)
        os.kill(os.getpid(), signal.SIGKILL)


class CutFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        super().__init__("unix", name, flags)
        self.disk = disk
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        disk.opened(self.path)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self.disk.unsynced[self.path].append((offset, bytes(data)))
        self.disk.operation()

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self.disk.unsynced[self.path].append((size, None))
        self.disk.operation()

    def xSync(self, flags: int) -> None:
        self.disk.operation()
        super().xSync(flags)
        self.disk.synced[self.path] = Path(self.path).read_bytes()
        self.disk.unsynced[self.path] = []


class CutVFS(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        super().__init__("cut", "unix", makedefault=True)
        self.disk = disk

    def xOpen(self, name: Any, flags: Any) -> CutFile:
        return CutFile(self.disk, name, flags)


def write_until_cut(folder: DataFolder, seed: int, told: int) -> None:
    """In a process of its own: commits until the power goes, telling each acknowledgement."""
    chance = random.Random(seed)
    most = 400 if folder.database.exists() else 60  # a new store is cut while it is created
    vfs = CutVFS(Disk(chance, chance.randrange(1, most)))
    store = open_store(folder, SystemClock())
    first = store.last_sequence("r") + 1
    for sequence in range(first, first + COMMITS):
        text = "x" * chance.randrange(3000)
        record = JournalRecord("r", sequence, "task:a", "a", "b", "c", data={"text": text})
        runs = [RunRow("r", "r", "m", "h", b"{}")] if sequence == 1 else []

        def done(error: BaseException | None, sequence: int = sequence) -> None:
            os.write(told, b"%d " % (sequence if error is None else -1))

        store.commit(Commit(runs=runs, records=[record], updates=[RunUpdate("r", "Ready")]), done)
        if chance.random() < 0.7:
            store.in_transaction(lambda _: None)  # wait, so that batches differ in size
    store.close()
    vfs.disk.cut()


def cut(folder: DataFolder, seed: int) -> str:
    reading, telling = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            write_until_cut(folder, seed, telling)
        except Exception:  # noqa: BLE001 - shown; the exit code tells the rest
            traceback.print_exc()
        os._exit(1)
    os.close(telling)
    with os.fdopen(reading, "rb") as pipe:
        acknowledged = [int(word) for word in pipe.read().split()]
    _, status = os.waitpid(child, 0)
    wrong: list[str] = []
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        wrong.append(f"ended with {status}")
    with open_store(folder, SystemClock()) as store:
        kept = [record.sequence for record in store.journal("r")]
        wrong += [str(p) for p in (*store.problems, *store.verify_run("r"), *store.verify_system())]
    if kept != list(range(1, len(kept) + 1)):
        wrong.append("a gap")
    if not set(acknowledged) <= set(kept):
        wrong.append(f"lost {sorted(set(acknowledged) - set(kept))}")
    return f"{len(acknowledged)} {len(kept)} {'; '.join(wrong)}".rstrip()


home, first_seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for seed in range(first_seed, first_seed + count):
    # Every fifth cut meets a store that is only being created.
    print(cut(DataFolder(home / str(seed // 5)).ensure(), seed), flush=True)
