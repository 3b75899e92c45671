"""Equal keys mean equal results: everything a result depends on is in the key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from harmony.pit.artifacts import reuse
from harmony.pit.artifacts.errors import FileNotReadableError
from harmony.pit.artifacts.reuse import fingerprint, task_key

WHOLE: dict[str, Any] = {
    "package_hash": "p1",
    "environment": "python 3.11, lock 1",
    "player": "library/filter_rows",
    "parameters": {"where": "a > 1", "limit": 5},
    "inputs": {"table": {"type": "table", "hash": "h1", "size": 3}},
    "files": {"/data/a.csv": "f1"},
}


def test_the_same_task_has_the_same_key_in_whatever_order_it_is_told() -> None:
    again = dict(reversed(WHOLE.items()))
    again["parameters"] = {"limit": 5, "where": "a > 1"}
    assert task_key(**WHOLE) == task_key(**again)
    assert len(task_key(**WHOLE)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"package_hash": "p2"},
        {"environment": "python 3.12, lock 1"},
        {"player": "library/other"},
        {"parameters": {"where": "a > 2", "limit": 5}},
        {"parameters": {"where": "a > 1", "limit": "5"}},
        {"inputs": {"table": {"type": "table", "hash": "h2", "size": 3}}},
        {"inputs": {"other": {"type": "table", "hash": "h1", "size": 3}}},
        {"inputs": {"table": {"type": "bytes", "hash": "h1", "size": 3}}},
        {"inputs": {}},
        {"files": {"/data/a.csv": "f2"}},
        {"files": {"/data/b.csv": "f1"}},
        {"files": {}},
    ],
)
def test_whatever_the_result_depends_on_changes_the_key(change: dict[str, Any]) -> None:
    assert task_key(**{**WHOLE, **change}) != task_key(**WHOLE)


def test_how_an_input_came_about_does_not_change_the_key() -> None:
    shown = {"type": "table", "hash": "h1", "size": 3, "summary": {"rows": 9}, "value": 1}
    assert task_key(**{**WHOLE, "inputs": {"table": shown}}) == task_key(**WHOLE)


def test_a_changed_file_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    before = fingerprint(path)
    path.write_text("two")  # the same size, within the same moment
    assert fingerprint(path) != before
    path.write_text("one")
    assert fingerprint(path) == before


def test_a_file_with_its_old_time_put_back_has_another_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    os.utime(path, (1, 1))
    before = fingerprint(path)
    path.write_text("two")
    os.utime(path, (1, 1))
    assert fingerprint(path) != before


def test_an_untouched_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    later = path.stat().st_ctime_ns + 10**12
    monkeypatch.setattr(reuse.time, "time_ns", lambda: later)
    reads: list[int] = []
    read = reuse.hash_descriptor
    monkeypatch.setattr(
        reuse, "hash_descriptor", lambda descriptor: (reads.append(descriptor), read(descriptor))[1]
    )
    assert fingerprint(path) == fingerprint(path)
    assert len(reads) == 1


def test_a_file_touched_a_moment_ago_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could change once more within the same time stamp, and look untouched."""
    path = tmp_path / "a.csv"
    path.write_text("one")
    now = path.stat().st_ctime_ns + 10**9
    monkeypatch.setattr(reuse.time, "time_ns", lambda: now)
    reads: list[int] = []
    read = reuse.hash_descriptor
    monkeypatch.setattr(
        reuse, "hash_descriptor", lambda descriptor: (reads.append(descriptor), read(descriptor))[1]
    )
    fingerprint(path)
    fingerprint(path)
    assert len(reads) == 2


def test_a_folder_counts_by_its_names_and_contents_at_any_depth(tmp_path: Path) -> None:
    def tree(name: str) -> Path:
        root = tmp_path / name
        (root / "sub").mkdir(parents=True)
        (root / "a.txt").write_text("a")
        (root / "sub" / "b.txt").write_text("b")
        return root

    one, two = tree("one"), tree("two")
    assert fingerprint(one) == fingerprint(two)
    seen = {fingerprint(one)}
    (two / "sub" / "b.txt").write_text("B")
    seen.add(fingerprint(two))
    (two / "sub" / "b.txt").write_text("b")
    (two / "a.txt").rename(two / "c.txt")
    seen.add(fingerprint(two))
    (two / "c.txt").rename(two / "a.txt")
    (two / "empty").mkdir()
    seen.add(fingerprint(two))
    (two / "empty").rmdir()
    (two / "loop").symlink_to(two)
    seen.add(fingerprint(two))
    assert len(seen) == 5
    (two / "loop").unlink()
    assert fingerprint(two) == fingerprint(one)


def test_a_link_to_a_file_in_a_folder_counts_by_that_files_content(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.txt"
    root.mkdir()
    outside.write_text("one")
    (root / "link").symlink_to(outside)
    before = fingerprint(root)
    outside.write_text("two")
    assert fingerprint(root) != before


@pytest.mark.parametrize("name", ["missing", "pipe"])
def test_what_is_no_file_has_no_fingerprint(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileNotReadableError) as caught:
        fingerprint(tmp_path / name)
    assert isinstance(caught.value, OSError)
    assert caught.value.filename == str(tmp_path / name)
    assert name in str(caught.value)


def test_a_folder_with_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reuse, "MOST_FILES", 5)
    for number in range(5):
        (tmp_path / str(number)).write_text("")
    fingerprint(tmp_path)
    (tmp_path / "one more").write_text("")
    with pytest.raises(FileNotReadableError, match="more than 5 files"):
        fingerprint(tmp_path)
