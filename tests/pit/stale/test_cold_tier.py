"""The cold tier at real targets: a folder, memory, and an S3 server in a process of its own."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactDamagedError, ArtifactStore
from harmony.pit.artifacts.cold import ColdPacks
from harmony.pit.artifacts.errors import ColdTargetError
from harmony.pit.stale import Budget, Report, Rules, StaleManager
from harmony.polyphony.artifact_moves import moves_of
from harmony.polyphony.quarantined import quarantined
from harmony.polyphony.store import Store

Made = Callable[..., dict[str, Any]]
PLENTY = Budget(10**12)
SERVER = Path(__file__).with_name("s3_server.py")


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    """Options that lead s3fs to a server of our own."""
    process = subprocess.Popen(
        [sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    port = int(process.stdout.readline())
    yield {
        "key": "test",
        "secret": "test",
        "endpoint_url": f"http://127.0.0.1:{port}",
    }
    process.communicate("")


@dataclass
class Target:
    """A place, as its owner sees it."""

    address: str
    options: dict[str, Any]

    def packs(self) -> list[str]:
        """What really lies there."""
        files, root = fsspec.core.url_to_fs(self.address, **self.options)
        files.invalidate_cache()
        return sorted(files.ls(root, detail=False)) if files.exists(root) else []

    def change(self, name: str, place: int) -> None:
        """Flip a bit there."""
        files, _ = fsspec.core.url_to_fs(self.address, **self.options)
        content = bytearray(files.cat_file(name))
        content[place] ^= 1
        files.rm_file(name)
        files.pipe_file(name, bytes(content))


@pytest.fixture(params=["file", "memory", "s3"])
def target(request: pytest.FixtureRequest, tmp_path: Path, s3: dict[str, Any]) -> Target:
    if request.param == "file":
        return Target(f"file://{tmp_path}/cold/packs", {})
    if request.param == "memory":
        return Target(f"memory://cold/{uuid4().hex}", {})
    bucket = f"bucket-{uuid4().hex}"
    fsspec.filesystem("s3", **s3).mkdir(bucket)
    return Target(f"s3://{bucket}/packs", s3)


@pytest.fixture
def artifacts(
    store: Store, folder: DataFolder, tmp_path: Path, clock: ManualClock, target: Target
) -> ArtifactStore:
    cold = ColdPacks(target.address, lambda: target.options)
    return ArtifactStore(store, folder, warm=tmp_path / "warm", clock=clock, cold=cold)


@pytest.fixture
def manager(store: Store, artifacts: ArtifactStore, clock: ManualClock) -> StaleManager:
    return StaleManager(store, artifacts, clock, Rules(cold=True))


def settle(manager: StaleManager, clock: ManualClock, budget: Budget = PLENTY) -> Report:
    return manager.apply(manager.plan(clock.wall(), budget))


def tier(store: Store, reference: dict[str, Any]) -> str:
    row = store.artifact(reference["hash"])
    assert row is not None
    return row.tier


def files_of(artifacts: ArtifactStore, reference: dict[str, Any]) -> list[Path]:
    digest = reference["hash"]
    return [
        path
        for folder in (artifacts.hot, artifacts.warm)
        for path in folder.glob(f"{digest[:2]}/{digest[2:]}*")
    ]


def test_content_goes_down_through_all_tiers_by_age_and_comes_up_when_it_is_read(
    manager: StaleManager,
    artifacts: ArtifactStore,
    store: Store,
    made: Made,
    clock: ManualClock,
    target: Target,
) -> None:
    content = random.Random(1).randbytes(150).hex().encode() * 10_000
    large, small = made(content, days=8), made(b"small file", days=8)
    assert settle(manager, clock).moved == 2
    assert (tier(store, large), tier(store, small)) == ("HDD_Warm", "HDD_Warm")
    assert files_of(artifacts, large) == []  # in packs
    assert target.packs() == []
    clock.advance(23 * 86_400)
    assert settle(manager, clock).moved == 2
    assert tier(store, large) == tier(store, small) == "Cloud_Cold"
    assert files_of(artifacts, large) == files_of(artifacts, small) == []
    assert len(target.packs()) == 1
    manager.sweep()
    assert list((artifacts.warm / "packs").glob("*.pack")) == []
    assert artifacts.exists(large)
    assert artifacts.read(large["hash"]) == content
    assert artifacts.read(small["hash"]) == b"small file"
    assert tier(store, large) == tier(store, small) == "HDD_Warm"
    clock.advance(2 * 3600)
    settle(manager, clock)
    assert tier(store, large) == "SSD_Hot"
    manager.sweep()
    assert target.packs() == []
    events = [move.event for move in store.reading(lambda c: moves_of(c, large["hash"]))]
    assert events == ["age > 7_days", "age > 30_days", "access_detected", "access_detected"]


def test_past_its_retention_content_leaves_the_cold_tier_too(
    manager: StaleManager,
    artifacts: ArtifactStore,
    store: Store,
    made: Made,
    clock: ManualClock,
    target: Target,
) -> None:
    reference = made(b"x" * 1000, days=40)
    for _ in range(2):
        settle(manager, clock)
    assert tier(store, reference) == "Cloud_Cold"
    clock.advance(330 * 86_400)
    assert settle(manager, clock).deleted == 1
    assert not artifacts.exists(reference)
    manager.sweep()
    assert target.packs() == []


def test_a_disk_budget_moves_what_was_read_longest_ago_to_the_cold_tier(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    old, new = made(b"1" * 1000, days=5), made(b"2" * 1000, days=2)
    assert settle(manager, clock, Budget(1500)) == Report(moved=1)
    assert (tier(store, old), tier(store, new)) == ("Cloud_Cold", "SSD_Hot")
    assert artifacts.read(old["hash"]) == b"1" * 1000
    assert settle(manager, clock, Budget(10_000)).moved == 0


def test_damage_in_the_cold_tier_is_found_when_content_comes_back(
    manager: StaleManager,
    artifacts: ArtifactStore,
    store: Store,
    made: Made,
    clock: ManualClock,
    target: Target,
) -> None:
    reference = made(random.Random(2).randbytes(2500).hex().encode(), days=40)
    for _ in range(2):
        settle(manager, clock)
    (pack,) = target.packs()
    target.change(pack, 100)
    with pytest.raises(ArtifactDamagedError):
        artifacts.reference_for_child(reference)
    assert not artifacts.exists(reference)
    (found,) = store.reading(quarantined)
    assert found.hash == reference["hash"]
    assert Path(found.file).stat().st_size == 5000


@pytest.mark.parametrize("target", ["file"], indirect=True)
def test_a_cold_tier_that_is_away_moves_nothing_and_loses_nothing(
    manager: StaleManager,
    artifacts: ArtifactStore,
    store: Store,
    folder: DataFolder,
    made: Made,
    clock: ManualClock,
    tmp_path: Path,
    target: Target,
) -> None:
    reference, later = made(b"a" * 1000, days=40), made(b"b" * 1000, days=9)
    for _ in range(2):
        settle(manager, clock)
    away = tmp_path / "cold"
    away.rename(tmp_path / "elsewhere")
    away.write_text("a file where the folder was")
    clock.advance(30 * 86_400)
    recent = made(b"c" * 1000, days=0)
    clock.advance(38 * 86_400)
    with pytest.raises(ColdTargetError, match=r"file://.*tried again later"):
        settle(manager, clock)
    assert (tier(store, later), tier(store, recent)) == ("HDD_Warm", "HDD_Warm")
    assert artifacts.read(later["hash"]) == b"b" * 1000
    with pytest.raises(ColdTargetError):
        artifacts.read(reference["hash"])
    assert tier(store, reference) == "Cloud_Cold"
    away.unlink()
    (tmp_path / "elsewhere").rename(away)
    assert artifacts.read(reference["hash"]) == b"a" * 1000
    bare = ArtifactStore(store, folder, warm=tmp_path / "warm", clock=clock)
    settle(manager, clock)
    clock.advance(40 * 86_400)
    for _ in range(3):
        settle(manager, clock)
    assert tier(store, reference) == "Cloud_Cold"
    assert not bare.exists(reference)
    with pytest.raises(ColdTargetError, match="none is configured"):
        bare.read(reference["hash"])


def test_a_target_whose_library_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColdTargetError, match=r"gs://.*harmony-board\[cloud\]"):
        ColdPacks("gs://somewhere").names()
