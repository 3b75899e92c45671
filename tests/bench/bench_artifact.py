"""Storing and fetching 1 KB, 1 MB and 100 MB, durable and verified.

Stored means: on disk, and its row committed. The floor of a small one is a bare synced commit of
the same bytes; of a file, syncing it, hashing it and one bare commit, one after the other: a ratio
under 1 shows that syncing and hashing overlap. Fetched means: handed to a task after its content
was read and hashed. The floor reads and hashes the same bytes and does nothing else. Goal: 1 MB
fetched in 2 ms or less.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import os
import tempfile
import time

import apsw
from blake3 import blake3
from measuring import row

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store

CASES = (("1 KB", 1_000, 50), ("1 MB", 1_000_000, 20), ("100 MB", 100_000_000, 4))


def run() -> Iterable[dict[str, Any]]:
    """Each size stored, then fetched; milliseconds, the best of some rounds."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        with open_store(folder, SystemClock()) as store:
            for name, size, rounds in CASES:
                yield from measure(store, folder, name, size, rounds)


def measure(
    store: Store, folder: DataFolder, name: str, size: int, rounds: int
) -> Iterable[dict[str, Any]]:
    """Store and fetch one size. Floors and figures take turns, so both meet the same machine."""
    bare = bare_database(folder.home / "bare.sqlite3")
    small = size < 10_000
    stored, stored_floor, fetched, fetched_floor = [], [], [], []
    for number in range(rounds):
        content = os.urandom(size // 2).hex().encode()
        artifacts = ArtifactStore(store, folder)
        staging = artifacts.staging_folder("r", name, number)
        if small:
            output: dict[str, Any] = {"type": "text", "value": content.decode()}
            stored_floor.append(timed(lambda c=content: commit(bare, c)))
            fetched_floor.append(timed(lambda c=content: blake3(c).hexdigest()))
        else:
            for path in (staging / "out.bin", folder.home / "bare"):
                path.write_bytes(content)
            output = {"type": "bytes", "staged": "out.bin"}
            stored_floor.append(timed(lambda: sync_then_hash(folder.home / "bare", bare)))
            fetched_floor.append(timed(lambda: read_and_hash(folder.home / "bare")))
        kept: list[dict[str, Any]] = []

        def keep(output: dict[str, Any] = output, staging: Path = staging) -> None:
            found = artifacts.keep(output, staging)  # noqa: B023 - called at once
            store.commit_and_wait(Commit(artifacts=found.rows))
            kept.append(found.reference)  # noqa: B023 - called at once

        stored.append(timed(keep))
        fresh = ArtifactStore(store, folder)  # one that has verified nothing a moment ago
        fetched.append(timed(lambda: fresh.reference_for_child(kept[0])))  # noqa: B023
    yield row("artifact", f"store {name}", min(stored), "ms", min(stored_floor))
    yield row("artifact", f"fetch {name}", min(fetched), "ms", min(fetched_floor))
    bare.close()


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def bare_database(path: Path) -> apsw.Connection:
    """A database that writes as durably, with nothing else in it."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").fetchall()
    connection.execute("CREATE TABLE IF NOT EXISTS bare (hash TEXT, content BLOB)")
    return connection


def commit(connection: apsw.Connection, content: bytes) -> None:
    """Hash and commit a value."""
    connection.execute("INSERT INTO bare VALUES (?, ?)", (blake3(content).hexdigest(), content))


def sync_then_hash(path: Path, connection: apsw.Connection) -> None:
    """What cannot be left out, one after the other."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    read_and_hash(path)
    commit(connection, b"a row")


def read_and_hash(path: Path) -> None:
    """Read a file and hash it on one processor."""
    hasher, buffer = blake3(), memoryview(bytearray(1 << 20))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            hasher.update(buffer[:count])
    hasher.hexdigest()
