"""Artifacts of known ages in a hot and a warm folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.stale import Rules, StaleManager
from harmony.polyphony.records import Commit, JournalRecord, RunRow, RunUpdate
from harmony.polyphony.store import Store, open_store

NOW = 1_800_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=NOW)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data").ensure()


@pytest.fixture
def store(folder: DataFolder, clock: ManualClock) -> Iterator[Store]:
    with open_store(folder, clock) as opened:
        yield opened


@pytest.fixture
def artifacts(
    store: Store, folder: DataFolder, tmp_path: Path, clock: ManualClock
) -> ArtifactStore:
    return ArtifactStore(store, folder, warm=tmp_path / "warm", clock=clock)


@pytest.fixture
def manager(store: Store, artifacts: ArtifactStore, clock: ManualClock) -> StaleManager:
    return StaleManager(store, artifacts, clock, Rules())


@pytest.fixture
def made(
    store: Store, artifacts: ArtifactStore, clock: ManualClock
) -> Callable[..., dict[str, object]]:
    """An artifact made by a run in some state so many days ago; its reference."""

    def make(
        content: bytes, *, days: float, state: str = "Completed", inline: bool = False
    ) -> dict[str, object]:
        clock.set_wall(NOW - days * 86_400)
        run = f"run-of-{content[:8].decode()}"
        staging = artifacts.staging_folder(run, "t", 1)
        if inline:
            kept = artifacts.keep({"type": "text", "value": content.decode()}, staging)
        else:
            staging.joinpath("out.bin").write_bytes(content)
            kept = artifacts.keep({"type": "bytes", "staged": "out.bin"}, staging)
        record = JournalRecord(run, 1, "task:t", "a", "b", "c", data={"out": kept.reference})
        store.commit_and_wait(
            Commit(
                runs=[RunRow(run, run, "m", "h", b"{}")],
                artifacts=kept.rows,
                records=[record],
                updates=[RunUpdate(run, state)],
            )
        )
        if not inline:
            os.utime(artifacts.path(kept.rows[0].hash), (clock.wall(), clock.wall()))
            artifacts.flush_accesses()
        clock.set_wall(NOW)
        return kept.reference

    return make
