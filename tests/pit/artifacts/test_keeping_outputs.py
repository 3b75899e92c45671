"""What a child returns becomes an artifact, and comes back to the next child as it was."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore, OutputRefusedError
from harmony.players.values import read_input, write_output
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store

Keep = Callable[[dict[str, Any], Path], dict[str, Any]]


def digest(content: bytes) -> str:
    return str(blake3(content).hexdigest())


def stage(staging: Path, name: str, content: bytes) -> str:
    staging.joinpath(name).write_bytes(content)
    return name


def files(folder: DataFolder) -> list[Path]:
    found = [path for path in folder.artifacts.rglob("*") if path.is_file()]
    return sorted(path.relative_to(folder.artifacts) for path in found)


@pytest.mark.parametrize(
    ("kind", "value", "content"),
    [
        ("text", "Grüße\n", "Grüße\n".encode()),
        ("number", 1.5, b"1.5"),
        ("boolean", True, b"true"),
        ("json", {"b": [1, None], "a": "ü"}, '{"a":"ü","b":[1,null]}'.encode()),
        ("vector", [1.0, 2.0], b"[1.0,2.0]"),
        ("bytes", base64.b64encode(b"\x00\xff").decode(), b"\x00\xff"),
        ("image", base64.b64encode(b"\x89PNG").decode(), b"\x89PNG"),
        ("file", "/data/x.csv", b'"/data/x.csv"'),
        ("view", {"kind": "text", "title": "", "data": {}}, None),
    ],
)
def test_a_small_value_is_kept_in_the_store_under_the_hash_of_its_content(
    artifacts: ArtifactStore,
    folder: DataFolder,
    staging: Path,
    keep: Keep,
    kind: str,
    value: Any,
    content: bytes | None,
) -> None:
    kept = keep({"type": kind, "value": value, "summary": {"head": "x"}}, staging)
    content = (
        json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        if content is None
        else content
    )
    assert kept == {
        "type": kind,
        "hash": digest(content),
        "size": len(content),
        "summary": {"head": "x"},
        "value": value,
    }
    assert artifacts.read(kept["hash"]) == content
    assert artifacts.reference_for_child(kept) == {"type": kind, "value": value}
    assert artifacts.exists(kept)
    assert files(folder) == []


def test_equal_values_have_one_hash_however_they_are_written(
    artifacts: ArtifactStore, staging: Path
) -> None:
    one = artifacts.keep({"type": "json", "value": {"a": 1, "b": 2}}, staging).reference
    two = artifacts.keep({"type": "json", "value": {"b": 2, "a": 1}}, staging).reference
    assert one["hash"] == two["hash"]


def test_a_value_above_a_kilobyte_does_not_stand_in_the_reference(
    artifacts: ArtifactStore, staging: Path, keep: Keep
) -> None:
    short = keep({"type": "text", "value": "x" * 1022}, staging)
    long = keep({"type": "text", "value": "x" * 1023}, staging)
    assert "value" in short
    assert "value" not in long
    assert artifacts.reference_for_child(long) == {"type": "text", "value": "x" * 1023}


def test_a_staged_file_is_hashed_moved_and_made_read_only(
    artifacts: ArtifactStore, folder: DataFolder, staging: Path, keep: Keep
) -> None:
    content = os.urandom(5 << 20)  # large enough for syncing and hashing side by side
    summary = {"rows": 3}
    name = stage(staging, "out.parquet", content)
    kept = keep({"type": "table", "staged": name, "summary": summary}, staging)
    hashed = digest(content)
    assert kept == {"type": "table", "hash": hashed, "size": 5 << 20, "summary": summary}
    path = artifacts.path(hashed)
    assert files(folder) == [Path(hashed[:2], f"{hashed[2:]}.parquet")]
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert artifacts.reference_for_child(kept) == {
        "type": "table",
        "path": str(path),
        "hash": hashed,
        "size": 5 << 20,
    }
    assert not staging.exists()


def test_the_same_content_is_stored_once(
    artifacts: ArtifactStore, folder: DataFolder, keep: Keep
) -> None:
    for attempt, name in enumerate(("a.csv", "b.csv")):
        staging = artifacts.staging_folder("r", "t", attempt)
        keep({"type": "bytes", "staged": stage(staging, name, b"same")}, staging)
    assert len(files(folder)) == 1


@pytest.mark.parametrize(
    "name",
    ["../secret", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "nul\0", 7, None, "x" * 300],
)
def test_a_staged_name_that_is_no_plain_one_is_refused(
    artifacts: ArtifactStore, staging: Path, name: object
) -> None:
    staging.parent.joinpath("secret").write_text("secret")
    with pytest.raises(OutputRefusedError):
        artifacts.keep({"type": "text", "staged": name}, staging)
    assert staging.parent.joinpath("secret").exists()


def test_links_folders_pipes_and_missing_files_are_refused(
    artifacts: ArtifactStore, staging: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    staging.joinpath("link").symlink_to(secret)
    staging.joinpath("folder").mkdir()
    os.mkfifo(staging / "pipe")
    for name in ("link", "folder", "pipe", "missing"):
        with pytest.raises(OutputRefusedError) as caught:
            artifacts.keep({"type": "text", "staged": name}, staging)
        assert name in str(caught.value)
    assert secret.read_text() == "secret"


def test_a_second_name_of_a_file_is_copied_so_that_nobody_can_write_to_an_artifact(
    artifacts: ArtifactStore, staging: Path, tmp_path: Path, keep: Keep
) -> None:
    own = tmp_path / "mine.csv"
    own.write_bytes(b"as it was")
    os.link(own, staging / "out.csv")
    kept = keep({"type": "bytes", "staged": "out.csv"}, staging)
    own.write_bytes(b"written later")
    assert artifacts.read(kept["hash"]) == b"as it was"
    assert stat.S_IMODE(own.stat().st_mode) & 0o200


def test_a_list_is_kept_item_by_item_and_then_as_a_list(
    artifacts: ArtifactStore, staging: Path, keep: Keep
) -> None:
    stage(staging, "big.txt", b"big text")
    items = [{"type": "text", "value": "one"}, {"type": "text", "staged": "big.txt"}]
    kept = keep({"type": "list[text]", "items": items, "summary": {"count": 2}}, staging)
    assert [item["hash"] for item in kept["items"]] == [digest(b"one"), digest(b"big text")]
    content = json.dumps(
        [{"hash": i["hash"], "size": i["size"], "type": "text"} for i in kept["items"]],
        separators=(",", ":"),
    ).encode()
    assert (kept["hash"], kept["size"]) == (digest(content), len(content))
    assert artifacts.read(kept["hash"]) == content
    child = artifacts.reference_for_child(kept)
    assert child["items"][0] == {"type": "text", "value": "one"}
    assert child["items"][1]["path"] == str(artifacts.path(digest(b"big text")))
    assert artifacts.exists(kept)


def test_an_empty_list_is_a_value_too(artifacts: ArtifactStore, staging: Path, keep: Keep) -> None:
    kept = keep({"type": "list[text]", "items": []}, staging)
    assert artifacts.read(kept["hash"]) == b"[]"
    assert artifacts.reference_for_child(kept) == {"type": "list[text]", "items": []}


def test_the_output_of_a_branch_not_taken_needs_no_content(
    artifacts: ArtifactStore, staging: Path
) -> None:
    kept = artifacts.keep({"type": "table", "nothing": True}, staging)
    assert kept.rows == ()
    assert artifacts.exists(kept.reference)
    assert artifacts.reference_for_child(kept.reference) == {"type": "table", "nothing": True}


@pytest.mark.parametrize(
    "reference",
    [
        {},
        {"type": "text"},
        {"type": "poem", "value": "x"},
        {"type": "text", "value": 1},
        {"type": "text", "value": "\ud800"},
        {"type": "text", "value": "x" * 70_000},
        {"type": "text", "value": "x", "staged": "x"},
        {"type": "text", "nothing": False},
        {"type": "number", "value": float("nan")},
        {"type": "bytes", "value": "no base64!"},
        {"type": "bytes", "value": 5},
        {"type": "list[text]", "value": ["x"]},
        {"type": "list[text]", "items": {"a": 1}},
        {"type": "list[text]", "items": ["x"]},
        {"type": "list[text]", "items": [{"type": "table", "value": 1}]},
        {"type": "list[text]", "items": [{"type": "text", "nothing": True}]},
        {"type": "list[list[text]]", "items": []},
        {"type": "text", "items": []},
        {"type": "text", "value": "x", "summary": "x"},
        {"type": "text", "value": "x", "summary": {"head": "x" * 20_000}},
    ],
)
def test_an_output_of_another_form_is_refused(
    artifacts: ArtifactStore, staging: Path, reference: dict[str, Any]
) -> None:
    with pytest.raises(OutputRefusedError) as caught:
        artifacts.keep(reference, staging)
    assert str(caught.value) != caught.value.code  # there is a sentence for it


def test_what_a_player_returns_passes_through_the_store_to_the_next_player(
    artifacts: ArtifactStore, store: Store, keep: Keep
) -> None:
    values: list[tuple[Any, str]] = [
        ("short", "text"),
        ("long" * 50_000, "text"),
        (b"\x00" * 100_000, "bytes"),
        ({"deep": [1, {"x": None}]}, "json"),
        (list(range(40_000)), "json"),
        ([1.0, 2.5], "vector"),
        (["a", "b" * 100_000], "list[text]"),
        (7, "any"),
    ]
    for attempt, (value, port) in enumerate(values):
        staging = artifacts.staging_folder("r", "t", attempt)
        kept = keep(write_output(value, port, staging), staging)
        assert json.loads(json.dumps(kept)) == kept
        assert read_input(artifacts.reference_for_child(kept), port) == value


def test_a_staging_folder_is_fresh_private_and_the_same_for_one_attempt(
    store: Store, folder: DataFolder
) -> None:
    before = ArtifactStore(store, folder)
    left = before.staging_folder("r", "node[3]/x", 1)
    left.joinpath("half-written").write_text("by a program that was killed")
    artifacts = ArtifactStore(store, folder)
    staging = artifacts.staging_folder("r", "node[3]/x", 1)
    assert staging == left
    assert list(staging.iterdir()) == []
    assert staging.is_relative_to(folder.staging)
    assert stat.S_IMODE(staging.stat().st_mode) == 0o700
    staging.joinpath("output").write_text("x")
    assert artifacts.staging_folder("r", "node[3]/x", 1).joinpath("output").exists()
    assert artifacts.staging_folder("r", "node[3]/x", 2) != staging
    artifacts.clear_staging("r")
    assert not staging.exists()


def test_several_outputs_of_an_attempt_are_kept_one_after_another(
    artifacts: ArtifactStore, staging: Path, keep: Keep
) -> None:
    stage(staging, "one", b"1")
    stage(staging, "two", b"2")
    keep({"type": "text", "value": "inline"}, staging)
    keep({"type": "bytes", "staged": "one"}, staging)
    assert staging.exists()
    keep({"type": "bytes", "staged": "two"}, staging)
    assert not staging.exists()


def test_only_what_touches_files_or_is_long_needs_a_thread(artifacts: ArtifactStore) -> None:
    inline = {"type": "text", "value": "x"}
    assert not artifacts.needs_thread(inline)
    assert not artifacts.needs_thread({"type": "list[text]", "items": [inline] * 100})
    assert artifacts.needs_thread({"type": "list[text]", "items": [inline] * 101})
    assert artifacts.needs_thread({"type": "text", "staged": "x"})
    staged = {"type": "text", "staged": "x"}
    assert artifacts.needs_thread({"type": "list[text]", "items": [inline, staged]})


def test_a_file_that_no_commit_followed_does_no_harm(
    artifacts: ArtifactStore, folder: DataFolder, keep: Keep
) -> None:
    """The program was killed between the file and its record; the task runs again."""
    staging = artifacts.staging_folder("r", "t", 1)
    artifacts.keep({"type": "bytes", "staged": stage(staging, "x", b"content")}, staging)
    assert not artifacts.exists({"type": "bytes", "hash": digest(b"content"), "size": 7})
    staging = artifacts.staging_folder("r", "t", 2)
    kept = keep({"type": "bytes", "staged": stage(staging, "x", b"content")}, staging)
    assert artifacts.exists(kept)
    assert len(files(folder)) == 1


def test_reads_are_noted_for_the_stale_manager(
    artifacts: ArtifactStore, store: Store, staging: Path, keep: Keep, clock: Any
) -> None:
    kept = keep({"type": "text", "value": "x"}, staging)
    clock.advance(1000)
    artifacts.reference_for_child(kept)
    artifacts.flush_accesses()
    store.commit_and_wait(Commit())
    row = store.artifact(kept["hash"])
    assert row is not None
    assert row.accessed == clock.wall()
    assert row.at == clock.wall() - 1000
