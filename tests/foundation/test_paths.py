"""Where data lives, and the short private folder for sockets."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from harmony.foundation.paths import DataFolder, PathsError, data_folder, runtime_folder


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_that_is_given_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARMONY_HOME", str(tmp_path / "environment"))
    assert data_folder(str(tmp_path / "given")).home == tmp_path / "given"
    assert data_folder().home == tmp_path / "environment"
    assert data_folder(None).home == tmp_path / "environment"


def test_without_a_choice_it_is_what_the_platform_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARMONY_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    home = data_folder().home
    assert home.name == "harmony-board" and tmp_path in home.parents


def test_the_folder_is_absolute_and_knows_the_home_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder("here").home == tmp_path / "here"
    assert data_folder("~/there").home == tmp_path / "there"


def test_every_place_lies_in_the_folder_and_no_two_are_the_same(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    places = [
        folder.database,
        folder.high_water,
        folder.artifacts,
        folder.staging,
        folder.runs_scratch,
        folder.logs,
        folder.swap,
        folder.players,
        folder.settings_file,
        folder.window_layout_file,
    ]
    assert len(set(places)) == len(places)
    assert all(tmp_path in place.parents for place in places)


def test_knowing_the_places_creates_nothing_and_ensure_makes_them_private(tmp_path: Path) -> None:
    folder = data_folder(str(tmp_path / "new" / "home"))
    assert not folder.home.exists()
    assert folder.ensure() is folder
    for place in (folder.home, folder.artifacts, folder.staging, folder.logs, folder.swap):
        assert place.is_dir() and _mode(place) == 0o700
    folder.ensure()


def test_a_home_that_cannot_be_a_folder_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PathsError) as caught:
        data_folder(str(tmp_path / "file")).ensure()
    assert str(tmp_path / "file") in str(caught.value) and "HARMONY_HOME" in str(caught.value)


def test_sockets_lie_in_the_users_runtime_folder_when_its_path_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Path("/tmp") / f"hb-{os.getpid()}"
    short.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    folder = runtime_folder(DataFolder(tmp_path))
    try:
        assert folder.parent == short / "harmony"
        assert _mode(folder) == _mode(folder.parent) == 0o700
        assert runtime_folder(DataFolder(tmp_path)) == folder
    finally:
        folder.rmdir()
        folder.parent.rmdir()
        short.rmdir()


def test_a_long_runtime_folder_is_passed_over_so_that_a_socket_can_be_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    folder = runtime_folder(DataFolder(tmp_path))
    name = folder / ("s" * 40)
    try:
        assert len(os.fsencode(name)) < 90
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(name))
    finally:
        name.unlink(missing_ok=True)
        folder.rmdir()


def test_one_data_folder_has_one_runtime_folder_by_whatever_path(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    first = runtime_folder(DataFolder(tmp_path / "home"))
    try:
        assert runtime_folder(DataFolder(tmp_path / "link")) == first
        other = runtime_folder(DataFolder(tmp_path))
        assert other != first
        other.rmdir()
    finally:
        first.rmdir()


@pytest.mark.parametrize("trap", ["open to others", "a link", "a file"])
def test_a_runtime_folder_that_is_not_private_is_refused(
    trap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Path("/tmp") / f"hb-{os.getpid()}"
    short.mkdir(mode=0o700)
    planted = short / "harmony"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    try:
        if trap == "open to others":
            planted.mkdir()
            planted.chmod(0o755)
        elif trap == "a link":
            planted.symlink_to(tmp_path)
        else:
            planted.write_text("x")
        with pytest.raises(PathsError) as caught:
            runtime_folder(DataFolder(tmp_path))
        assert str(planted) in str(caught.value)
    finally:
        if planted.is_dir() and not planted.is_symlink():
            planted.rmdir()
        else:
            planted.unlink()
        short.rmdir()
