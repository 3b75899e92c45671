"""An Artifact Store over a real store and real folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore, Kept
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data").ensure()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=1_800_000_000.0)


@pytest.fixture
def store(folder: DataFolder, clock: ManualClock) -> Iterator[Store]:
    with open_store(folder, clock) as opened:
        yield opened


@pytest.fixture
def artifacts(store: Store, folder: DataFolder, clock: ManualClock) -> ArtifactStore:
    return ArtifactStore(store, folder, clock=clock)


@pytest.fixture
def staging(artifacts: ArtifactStore) -> Path:
    return artifacts.staging_folder("r", "a", 1)


@pytest.fixture
def keep(
    artifacts: ArtifactStore, store: Store
) -> Callable[[dict[str, Any], Path], dict[str, Any]]:
    """Keep an output and commit its rows, as the runner of a run does; the kept reference."""

    def keep_and_commit(reference: dict[str, Any], staging: Path) -> dict[str, Any]:
        kept: Kept = artifacts.keep(reference, staging)
        store.commit_and_wait(Commit(artifacts=kept.rows))
        return kept.reference

    return keep_and_commit
