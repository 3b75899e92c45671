"""A flipped bit is found, what it damaged is put aside, and its task can be run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.pit.artifacts import ArtifactDamagedError, ArtifactStore
from harmony.pit.artifacts.verified import TRUSTED_FOR
from harmony.polyphony.artifact_moves import moves_of
from harmony.polyphony.quarantined import quarantined
from harmony.polyphony.records import Commit, JournalRecord, ResultRow, RunRow
from harmony.polyphony.store import Store

Keep = Callable[[dict[str, Any], Path], dict[str, Any]]


def kept_file(keep: Keep, staging: Path, content: bytes = b"x" * 5000) -> dict[str, Any]:
    staging.mkdir(parents=True, exist_ok=True)
    staging.joinpath("out.bin").write_bytes(content)
    return keep({"type": "bytes", "staged": "out.bin"}, staging)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(0o400)


@pytest.mark.parametrize("way", ["engine", "person", "bytes"])
def test_a_flipped_bit_is_found_whoever_looks_and_the_damaged_file_is_kept_aside(
    artifacts: ArtifactStore, keep: Keep, staging: Path, way: str
) -> None:
    reference = kept_file(keep, staging)
    path = artifacts.path(reference["hash"])
    flip(path)
    damaged = path.read_bytes()
    with pytest.raises(ArtifactDamagedError) as caught:
        if way == "engine":
            artifacts.reference_for_child(reference)
        elif way == "person":
            artifacts.path(reference["hash"])
        else:
            artifacts.read(reference["hash"])
    aside = Path(caught.value.parameters["path"])
    assert aside.parent.name == "quarantine"
    assert aside.read_bytes() == damaged
    assert not path.exists()
    assert not artifacts.exists(reference)
    with pytest.raises(ArtifactDamagedError, match="put aside"):
        artifacts.read(reference["hash"])


def test_no_look_up_of_results_takes_what_was_put_aside(
    artifacts: ArtifactStore, store: Store, keep: Keep, staging: Path
) -> None:
    reference = kept_file(keep, staging)
    store.commit_and_wait(Commit(results=[ResultRow("key", "r", "t", {"out": reference})]))
    assert store.result("key") is not None
    flip(artifacts.path(reference["hash"]))
    with pytest.raises(ArtifactDamagedError):
        artifacts.read(reference["hash"])
    assert store.result("key") is None


def test_who_made_a_damaged_artifact_is_known_until_it_is_made_again(
    artifacts: ArtifactStore, store: Store, keep: Keep, staging: Path, clock: ManualClock
) -> None:
    reference = kept_file(keep, staging)
    for number in (1, 2):
        run = f"run{number}"
        record = JournalRecord(run, 1, "task:load", "a", "b", "c", data={"out": reference})
        row = RunRow(run, run, "m", "h", b"{}", created=number, path="/w.melody")
        store.commit_and_wait(Commit(runs=[row], records=[record]))
    assert store.reading(quarantined) == []
    flip(artifacts.path(reference["hash"]))
    clock.advance(5)
    with pytest.raises(ArtifactDamagedError):
        artifacts.read(reference["hash"])
    (found,) = store.reading(quarantined)
    assert (found.hash, found.run, found.task) == (reference["hash"], "run2", "load")
    assert (found.melody, found.size, found.at) == ("/w.melody", 5000, clock.wall())
    assert store.reading(lambda c: [q.run for q in quarantined(c, "run1")]) == ["run1"]
    assert store.reading(lambda c: quarantined(c, "another")) == []
    clock.advance(5)
    again = kept_file(keep, artifacts.staging_folder("r", "a", 2))
    assert again["hash"] == reference["hash"]
    assert artifacts.read(again["hash"]) == b"x" * 5000
    assert store.reading(quarantined) == []


def test_the_move_out_of_use_is_recorded_with_its_reason(
    artifacts: ArtifactStore, store: Store, keep: Keep, staging: Path
) -> None:
    reference = kept_file(keep, staging)
    flip(artifacts.path(reference["hash"]))
    with pytest.raises(ArtifactDamagedError):
        artifacts.read(reference["hash"])
    (move,) = store.reading(lambda c: moves_of(c, reference["hash"]))
    assert (move.from_tier, move.event, move.to_tier) == ("SSD_Hot", "damage_found", "Deleted")
    assert "hash" in move.why


def test_damage_that_is_found_twice_leaves_both_damaged_files(
    artifacts: ArtifactStore, keep: Keep, staging: Path
) -> None:
    for attempt in (1, 2):
        reference = kept_file(keep, artifacts.staging_folder("r", "a", attempt))
        flip(artifacts.path(reference["hash"]))
        with pytest.raises(ArtifactDamagedError):
            artifacts.read(reference["hash"])
    assert len(list((artifacts.hot / "quarantine").iterdir())) == 2


def test_damage_nobody_has_seen_yet_is_mended_by_a_task_that_makes_the_same_content(
    artifacts: ArtifactStore, keep: Keep, staging: Path
) -> None:
    reference = kept_file(keep, staging)
    path = artifacts.path(reference["hash"])
    flip(path)
    kept_file(keep, artifacts.staging_folder("r", "a", 2))
    assert path.read_bytes() == artifacts.read(reference["hash"]) == b"x" * 5000


def test_content_verified_a_moment_ago_is_at_hand_and_later_is_read_again(
    artifacts: ArtifactStore, keep: Keep, staging: Path, clock: ManualClock
) -> None:
    large = kept_file(keep, staging, b"y" * (2 << 20))
    assert artifacts.is_at_hand(large)
    clock.advance(TRUSTED_FOR + 1)
    assert not artifacts.is_at_hand(large)
    artifacts.reference_for_child(large)
    assert artifacts.is_at_hand(large)
    small = kept_file(keep, artifacts.staging_folder("r", "a", 2))
    clock.advance(TRUSTED_FOR + 1)
    assert artifacts.is_at_hand(small)
