"""Content that is missing, expired or damaged is a named error, never wrong data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import (
    ArtifactDamagedError,
    ArtifactError,
    ArtifactExpiredError,
    ArtifactMissingError,
    ArtifactStore,
)
from harmony.polyphony.records import Commit, TierChange
from harmony.polyphony.store import Store

Keep = Callable[[dict[str, Any], Path], dict[str, Any]]


@pytest.fixture
def file_reference(staging: Path, keep: Keep) -> dict[str, Any]:
    staging.joinpath("out.bin").write_bytes(b"A" * 5000)
    return keep({"type": "bytes", "staged": "out.bin"}, staging)


@pytest.fixture
def inline_reference(staging: Path, keep: Keep) -> dict[str, Any]:
    return keep({"type": "text", "value": "some text"}, staging)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["read", "path"])
def test_a_flipped_bit_in_a_file_is_found_and_the_file_put_aside(
    artifacts: ArtifactStore, folder: DataFolder, file_reference: dict[str, Any], how: str
) -> None:
    digest = file_reference["hash"]
    flip_a_bit(artifacts.path(digest))
    with pytest.raises(ArtifactDamagedError) as caught:
        getattr(artifacts, how)(digest)
    aside = Path(str(caught.value.parameters["path"]))
    assert aside.read_bytes() != b"A" * 5000
    assert len(aside.read_bytes()) == 5000
    assert aside.is_relative_to(folder.artifacts / "quarantine")
    assert not artifacts.exists(file_reference)
    with pytest.raises(ArtifactError):
        artifacts.reference_for_child(file_reference)


def test_without_verification_the_content_is_taken_as_it_is(
    artifacts: ArtifactStore, file_reference: dict[str, Any]
) -> None:
    flip_a_bit(artifacts.path(file_reference["hash"]))
    assert len(artifacts.read(file_reference["hash"], verify=False)) == 5000


def test_a_flipped_bit_in_a_small_value_is_found_before_a_child_gets_it(
    artifacts: ArtifactStore, store: Store, inline_reference: dict[str, Any]
) -> None:
    store.in_transaction(
        lambda c: c.execute("UPDATE artifacts SET inline = CAST('some fext' AS BLOB)").fetchall()
    )
    with pytest.raises(ArtifactDamagedError) as caught:
        artifacts.reference_for_child(inline_reference)
    assert Path(str(caught.value.parameters["path"])).read_bytes() == b"some fext"
    assert not artifacts.exists(inline_reference)


def test_damaged_content_that_is_made_again_is_good_again(
    artifacts: ArtifactStore, file_reference: dict[str, Any], keep: Keep
) -> None:
    flip_a_bit(artifacts.path(file_reference["hash"]))
    with pytest.raises(ArtifactDamagedError):
        artifacts.read(file_reference["hash"])
    staging = artifacts.staging_folder("r", "a", 2)
    staging.joinpath("out.bin").write_bytes(b"A" * 5000)
    assert keep({"type": "bytes", "staged": "out.bin"}, staging) == file_reference
    assert artifacts.read(file_reference["hash"]) == b"A" * 5000


def test_a_file_of_another_size_is_damaged_even_unread(
    artifacts: ArtifactStore, file_reference: dict[str, Any]
) -> None:
    path = artifacts.path(file_reference["hash"])
    path.chmod(0o600)
    path.write_bytes(b"A" * 4999)
    assert not artifacts.exists(file_reference)
    with pytest.raises(ArtifactDamagedError):
        artifacts.reference_for_child(file_reference)


def test_a_file_that_was_removed_is_missing(
    artifacts: ArtifactStore, file_reference: dict[str, Any]
) -> None:
    artifacts.path(file_reference["hash"]).unlink()
    assert not artifacts.exists(file_reference)
    for ask in (artifacts.read, artifacts.path):
        with pytest.raises(ArtifactMissingError):
            ask(file_reference["hash"])
    with pytest.raises(ArtifactMissingError):
        artifacts.reference_for_child(file_reference)


def test_expired_content_is_named_as_such(
    artifacts: ArtifactStore,
    store: Store,
    file_reference: dict[str, Any],
    inline_reference: dict[str, Any],
) -> None:
    for reference in (file_reference, inline_reference):
        store.commit_and_wait(Commit(tier_changes=[TierChange(reference["hash"], "Deleted")]))
        assert not artifacts.exists(reference)
        for ask in (artifacts.read, artifacts.path):
            with pytest.raises(ArtifactExpiredError):
                ask(reference["hash"])
        with pytest.raises(ArtifactExpiredError):
            artifacts.reference_for_child(reference)


def test_an_unknown_hash_is_missing(artifacts: ArtifactStore) -> None:
    with pytest.raises(ArtifactMissingError):
        artifacts.read("0" * 64)
    assert not artifacts.exists({"type": "text", "hash": "0" * 64, "size": 1})


def test_a_small_value_has_no_file(
    artifacts: ArtifactStore, inline_reference: dict[str, Any]
) -> None:
    with pytest.raises(ArtifactMissingError):
        artifacts.path(inline_reference["hash"])


def test_a_list_exists_only_with_all_of_its_items(
    artifacts: ArtifactStore, store: Store, staging: Path, keep: Keep
) -> None:
    items = [{"type": "text", "value": value} for value in ("one", "two")]
    kept = keep({"type": "list[text]", "items": items}, staging)
    assert artifacts.exists(kept)
    store.commit_and_wait(Commit(tier_changes=[TierChange(kept["items"][1]["hash"], "Deleted")]))
    assert not artifacts.exists(kept)
    with pytest.raises(ArtifactExpiredError):
        artifacts.reference_for_child(kept)


def test_what_the_journal_shows_is_never_taken_for_the_content(
    artifacts: ArtifactStore, inline_reference: dict[str, Any]
) -> None:
    """A masked secret in a reference must not reach the next task as its input."""
    masked = json.loads(json.dumps(inline_reference).replace("some text", "••••"))
    assert artifacts.reference_for_child(masked) == {"type": "text", "value": "some text"}
