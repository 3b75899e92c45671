"""Ten versions of a 50 MB table with small edits, moved out of the hot tier together.

What is saved against keeping ten files, how fast they are cut, compressed, verified and written,
and how fast one comes back; the floor is copying and syncing the same files. CSV and Parquet. Goal:
85 % of the CSV saved.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import os
import random
import shutil
import tempfile
import time

import duckdb
from measuring import row

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.hashing import hash_file
from harmony.pit.stale import Budget, StaleManager
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store

VERSIONS = 10
SIZE = 50_000_000
EDITS = 20  # rows changed, removed or added from one version to the next
DAY = 86_400


def run() -> Iterable[dict[str, Any]]:
    """Both formats; megabytes are those of the ten whole files."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        csvs = list(csv_versions(Path(home) / "csv"))
        yield from measure(Path(home) / "data-csv", "CSV", csvs)
        parquets = [as_parquet(path) for path in csvs]
        yield from measure(Path(home) / "data-parquet", "Parquet", parquets)


def measure(home: Path, name: str, versions: list[Path]) -> Iterable[dict[str, Any]]:
    """Store all versions, let them age, move them, read the last one back."""
    folder, clock = DataFolder(home).ensure(), ManualClock(wall=time.time())
    with open_store(folder, clock) as store:
        artifacts = ArtifactStore(store, folder, clock=clock)
        manager = StaleManager(store, artifacts, clock)
        digests = [keep(store, artifacts, path, clock) for path in versions]
        whole = sum(path.stat().st_size for path in versions)
        copying = copied(versions, home / "copies")
        clock.advance(8 * DAY)
        moves = manager.plan(clock.wall(), Budget(1 << 50))
        started, used = time.perf_counter(), time.process_time()
        report = manager.apply(moves)
        seconds, used = time.perf_counter() - started, time.process_time() - used
        assert report.moved == len(versions)
        packs = sum(path.stat().st_size for path in (artifacts.warm / "packs").glob("*.pack"))
        megabytes = whole / 1e6
        yield row("dedup", f"{name}: saved", 100 * (1 - packs / whole), "%", 85.0)
        yield row("dedup", f"{name}: moved", megabytes / seconds, "MB/s", megabytes / copying)
        hashing = cpu_of_hashing(versions)
        yield row(
            "dedup", f"{name}: moved, a CPU second", megabytes / used, "MB", megabytes / hashing
        )
        size = versions[-1].stat().st_size / 1e6
        started, used = time.perf_counter(), time.process_time()
        content = artifacts.read(digests[-1])
        seconds, used = time.perf_counter() - started, time.process_time() - used
        assert content == versions[-1].read_bytes()
        one = copied(versions[-1:], home / "copies")
        yield row("dedup", f"{name}: brought back", size / seconds, "MB/s", size / one)
        hashing = cpu_of_hashing(versions[-1:])
        yield row("dedup", f"{name}: back, a CPU second", size / used, "MB", size / hashing)


def csv_versions(folder: Path) -> Iterable[Path]:
    """A table of measurements; in each next version some rows differ, scattered over the file."""
    folder.mkdir()
    chance = random.Random(4)
    rows, size = [], 0
    while size < SIZE:
        rows.append(measurement(chance, len(rows)))
        size += len(rows[-1])
    for number in range(VERSIONS):
        path = folder / f"version-{number}.csv"
        path.write_text("number,at,place,value,count\n" + "".join(rows))
        yield path
        for _ in range(EDITS):
            place = chance.randrange(len(rows))
            what = chance.random()
            if what < 0.6:
                rows[place] = measurement(chance, place)
            elif what < 0.8:
                del rows[place]
            else:
                rows.insert(place, measurement(chance, len(rows)))


def measurement(chance: random.Random, number: int) -> str:
    """A row."""
    place = chance.choice(("Oslo", "Rome", "Lima", "Cairo"))
    return f"{number},{number * 60},{place},{chance.gauss(15, 8):.6f},{chance.randrange(10**6)}\n"


def as_parquet(path: Path) -> Path:
    """The same table as Parquet, as a Player writes it."""
    target = path.with_suffix(".parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{path}')) TO '{target}' (FORMAT parquet)"
        )
    return target


def keep(store: Store, artifacts: ArtifactStore, path: Path, clock: ManualClock) -> str:
    """Store a file as an artifact that was last read now."""
    staging = artifacts.staging_folder("r", path.stem, 1)
    shutil.copyfile(path, staging / path.name)
    kept = artifacts.keep({"type": "file", "staged": path.name}, staging)
    store.commit_and_wait(Commit(artifacts=kept.rows))
    digest = str(kept.reference["hash"])
    os.utime(artifacts.path(digest, verify=False), (clock.wall(), clock.wall()))
    return digest


def cpu_of_hashing(paths: list[Path]) -> float:
    """CPU seconds to read and hash files, which every check of content costs."""
    started = time.process_time()
    for path in paths:
        hash_file(path)
    return time.process_time() - started


def copied(paths: list[Path], folder: Path) -> float:
    """Seconds to copy files and sync the copies."""
    folder.mkdir(exist_ok=True)
    started = time.perf_counter()
    for path in paths:
        target = folder / path.name
        shutil.copyfile(path, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    shutil.rmtree(folder)
    return seconds
