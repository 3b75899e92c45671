"""Tiers as real folders: files move, content expires, records and lineage stay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactExpiredError, ArtifactStore
from harmony.pit.stale import Budget, Report, StaleManager
from harmony.polyphony.checkpoints import MANUAL, Draft, create
from harmony.polyphony.quarantined import quarantined
from harmony.polyphony.records import Commit, Pin, ResultRow, TierChange
from harmony.polyphony.store import Store, open_store

Made = Callable[..., dict[str, Any]]
PLENTY = Budget(10**12)


def settle(manager: StaleManager, clock: ManualClock, budget: Budget = PLENTY) -> Report:
    return manager.apply(manager.plan(clock.wall(), budget))


def tier(store: Store, reference: dict[str, Any]) -> str:
    row = store.artifact(reference["hash"])
    assert row is not None
    return row.tier


def test_content_unread_for_a_week_moves_to_the_warm_folder_and_back_when_read(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    reference = made(b"old", days=8)
    recent = made(b"recent", days=2)
    assert artifacts.path(recent["hash"]).is_relative_to(artifacts.hot)
    assert settle(manager, clock) == Report(moved=1)
    assert tier(store, reference) == "HDD_Warm"
    assert tier(store, recent) == "SSD_Hot"
    path = artifacts.path(reference["hash"])
    assert path.is_relative_to(artifacts.warm)
    assert path.read_bytes() == b"old"
    assert not any(artifacts.hot.glob(f"*/{reference['hash'][2:]}*"))
    clock.advance(2 * 3600)  # it was read just now; after a while it goes back
    assert settle(manager, clock).moved == 1
    assert tier(store, reference) == "SSD_Hot"
    assert artifacts.path(reference["hash"]).is_relative_to(artifacts.hot)


def test_when_both_folders_are_one_a_move_changes_the_record_alone(
    store: Store, folder: DataFolder, clock: ManualClock, made: Made
) -> None:
    reference = made(b"old", days=8)
    artifacts = ArtifactStore(store, folder, clock=clock)
    path = artifacts.locate(reference["hash"], ".bin", "SSD_Hot")
    assert settle(StaleManager(store, artifacts, clock), clock).moved == 1
    assert tier(store, reference) == "HDD_Warm"
    assert artifacts.path(reference["hash"]) == path


def test_content_past_its_retention_goes_and_its_record_and_lineage_stay(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    file, text = made(b"file", days=400), made(b"text", days=400, inline=True)
    assert settle(manager, clock).moved == 2
    assert settle(manager, clock) == Report(deleted=2, freed=8)
    for reference in (file, text):
        assert tier(store, reference) == "Deleted"
        assert not artifacts.exists(reference)
        with pytest.raises(ArtifactExpiredError):
            artifacts.read(reference["hash"])
    assert [row.hash for row in store.artifacts_of("run-of-file")] == [file["hash"]]
    assert store.journal("run-of-file")[0].data == {"out": file}
    assert store.verify_run("run-of-file") == []
    folders = (artifacts.hot, artifacts.warm)
    assert [path for top in folders for path in top.glob("??/*")] == []


def test_a_disk_budget_is_kept_by_deleting_what_was_read_longest_ago(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    references = [made(str(days).encode() * 1000, days=days) for days in (5, 4, 3, 2)]
    assert settle(manager, clock, Budget(2500)) == Report(deleted=2, freed=2000)
    assert [artifacts.exists(reference) for reference in references] == [False, False, True, True]


def test_reuse_treats_expired_content_as_missing(
    manager: StaleManager, store: Store, made: Made, clock: ManualClock
) -> None:
    reference = made(b"result", days=5)
    store.commit_and_wait(Commit(results=[ResultRow("key", "r", "t", {"out": reference})]))
    assert store.result("key") is not None
    settle(manager, clock, Budget(0))
    assert store.result("key") is None


def test_expired_content_that_is_made_again_is_there_again(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    reference = made(b"again", days=5)
    settle(manager, clock, Budget(0))
    assert not artifacts.exists(reference)
    staging = artifacts.staging_folder("later", "t", 1)
    staging.joinpath("out.bin").write_bytes(b"again")
    kept = artifacts.keep({"type": "bytes", "staged": "out.bin"}, staging)
    store.commit_and_wait(Commit(artifacts=kept.rows))
    assert kept.reference["hash"] == reference["hash"]
    assert artifacts.exists(reference)
    assert tier(store, reference) == "SSD_Hot"


def test_unfinished_runs_pins_and_checkpoints_are_never_touched(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    references = [
        made(b"executing", days=900, state="Executing"),
        made(b"paused", days=900, state="Paused"),
        made(b"pinned", days=900),
        made(b"checkpoint", days=900),
    ]
    store.commit_and_wait(
        Commit(
            pins=[Pin(references[2]["hash"])],
        )
    )
    draft = Draft("c", "kept", MANUAL, clock.wall(), {}, (), run="run-of-checkpoi")
    store.in_chain(lambda connection: create(connection, draft))
    for _ in range(3):
        assert settle(manager, clock, Budget(0)) == Report()
    assert all(artifacts.exists(reference) for reference in references)
    assert {tier(store, reference) for reference in references} == {"SSD_Hot"}


def test_what_became_protected_after_the_plan_stays(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    reference = made(b"content", days=5)
    moves = manager.plan(clock.wall(), Budget(0))
    store.commit_and_wait(Commit(pins=[Pin(reference["hash"])]))
    assert manager.apply(moves) == Report(kept=(reference["hash"],))
    assert artifacts.exists(reference)


def test_what_a_task_made_again_after_the_plan_stays(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    """Its file was found in place and renewed; its record is still on the way to the store."""
    reference = made(b"content", days=5)
    moves = manager.plan(clock.wall(), Budget(0))
    staging = artifacts.staging_folder("now", "t", 1)
    staging.joinpath("out.bin").write_bytes(b"content")
    kept = artifacts.keep({"type": "bytes", "staged": "out.bin"}, staging)
    path = artifacts.locate(reference["hash"], ".bin", "SSD_Hot")
    assert path is not None
    clock.set_wall(path.stat().st_mtime)
    assert manager.apply(moves).kept == (reference["hash"],)
    store.commit_and_wait(Commit(artifacts=kept.rows))
    assert artifacts.read(reference["hash"]) == b"content"


@pytest.mark.parametrize("size", [100, 2 << 20])  # copied as a file, or cut into chunks
def test_damage_is_found_on_the_way_to_another_tier_and_put_aside(
    manager: StaleManager,
    artifacts: ArtifactStore,
    store: Store,
    made: Made,
    clock: ManualClock,
    size: int,
) -> None:
    reference, sound = made(b"d" * size, days=8), made(b"s" * size, days=8)
    path = artifacts.locate(reference["hash"], ".bin", "SSD_Hot")
    assert path is not None
    content = bytearray(path.read_bytes())
    content[size // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    os.utime(path, (clock.wall() - 8 * 86_400,) * 2)
    report = settle(manager, clock)
    assert (report.moved, report.damaged) == (1, (reference["hash"],))
    (found,) = store.reading(quarantined)
    assert Path(found.file).read_bytes() == content
    assert not artifacts.exists(reference)
    assert artifacts.read(sound["hash"]) == b"s" * size


@pytest.mark.parametrize("tier_in_the_record", ["SSD_Hot", "HDD_Warm"])
def test_a_move_that_was_cut_short_leaves_content_that_can_be_read(
    manager: StaleManager,
    artifacts: ArtifactStore,
    store: Store,
    made: Made,
    clock: ManualClock,
    tier_in_the_record: str,
) -> None:
    """The file lies in one folder, and the record names the other."""
    reference = made(b"content", days=8)
    settle(manager, clock)
    change = TierChange(reference["hash"], tier_in_the_record)
    store.commit_and_wait(Commit(tier_changes=[change]))
    assert artifacts.exists(reference)
    assert artifacts.read(reference["hash"]) == b"content"


def test_a_sweep_removes_files_that_no_record_needs_and_nothing_else(
    manager: StaleManager, artifacts: ArtifactStore, store: Store, made: Made, clock: ManualClock
) -> None:
    moved, stays, expired = made(b"moved", days=8), made(b"stays", days=2), made(b"gone", days=90)
    hot = artifacts.locate(moved["hash"], ".bin", "SSD_Hot")
    gone = artifacts.locate(expired["hash"], ".bin", "SSD_Hot")
    assert hot is not None
    assert gone is not None
    content = gone.read_bytes()
    settle(manager, clock)
    settle(manager, clock, Budget(10))
    assert tier(store, expired) == "Deleted"
    orphan = artifacts.hot / "ab" / ("0" * 62)
    fresh = artifacts.hot / "ab" / ("1" * 62)
    orphan.parent.mkdir(exist_ok=True)
    hot.parent.mkdir(exist_ok=True)
    gone.parent.mkdir(exist_ok=True)
    for path, bytes_ in ((orphan, b"x"), (fresh, b"x"), (hot, b"moved"), (gone, content)):
        path.write_bytes(bytes_)
        os.utime(path, (clock.wall() - 90_000, clock.wall() - 90_000))
    os.utime(fresh, (clock.wall(), clock.wall()))
    assert sorted(manager.sweep()) == sorted([orphan, hot, gone])
    assert artifacts.read(moved["hash"]) == b"moved"
    assert artifacts.read(stays["hash"]) == b"stays"
    assert fresh.exists()
    assert manager.sweep() == []


def test_a_sweep_removes_what_attempts_of_ended_runs_left_a_day_ago(
    manager: StaleManager, artifacts: ArtifactStore, made: Made, clock: ManualClock
) -> None:
    made(b"ended", days=2)
    made(b"going", days=2, state="Executing")
    folders = {}
    for run, days in (("run-of-ended", 2), ("run-of-going", 2), ("run-of-nobody", 2)):
        folders[run] = artifacts.staging_folder(run, "failed", 1)
        folders[run].joinpath("half").write_bytes(b"x")
        os.utime(folders[run], (clock.wall() - days * 86_400,) * 2)
    fresh = artifacts.staging_folder("run-of-ended", "failed", 2)
    os.utime(fresh, (clock.wall(),) * 2)
    assert set(manager.sweep()) == {folders["run-of-ended"], folders["run-of-nobody"]}
    assert fresh.exists()
    assert folders["run-of-going"].joinpath("half").exists()
    assert not folders["run-of-nobody"].parent.exists()


def test_a_manager_in_another_program_sees_the_same_protections(
    store: Store, folder: DataFolder, tmp_path: Path, made: Made, clock: ManualClock
) -> None:
    reference = made(b"going", days=90, state="Executing")
    with open_store(folder, clock) as other:
        artifacts = ArtifactStore(other, folder, warm=tmp_path / "warm", clock=clock)
        assert settle(StaleManager(other, artifacts, clock), clock, Budget(0)) == Report()
        assert artifacts.exists(reference)
