"""A melody from elsewhere is first only looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony.board.documents import trust
from harmony.board.documents.trust import TrustStore, is_own


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir(mode=0o755)
    path = folder / "a.melody"
    path.write_text("{}")
    path.chmod(0o644)
    return path


def test_a_file_in_a_folder_of_the_user_is_their_own(file: Path, tmp_path: Path) -> None:
    assert is_own(file, (), tmp_path / "home")


def test_a_file_that_anybody_may_write_is_not(file: Path, tmp_path: Path) -> None:
    file.chmod(0o666)
    assert not is_own(file, (), tmp_path / "home")


def test_a_file_in_a_folder_that_anybody_may_write_is_not(file: Path, tmp_path: Path) -> None:
    file.parent.chmod(0o777)
    assert not is_own(file, (), tmp_path / "home")


def test_a_downloaded_file_is_not(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(file.parent))
    assert not is_own(file, (), tmp_path / "home")


def test_a_file_of_somebody_else_is_not(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust.os, "getuid", lambda: file.stat().st_uid + 1)
    assert not is_own(file, (), tmp_path / "home")


def test_a_trusted_folder_and_the_data_folder_are(file: Path, tmp_path: Path) -> None:
    file.chmod(0o666)
    assert is_own(file, (str(file.parent),), tmp_path / "home")
    assert is_own(file, (), tmp_path)


def test_trust_is_in_the_content_and_lasts(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    TrustStore(path).trust(b"one")
    TrustStore(path).trust(b"two")
    assert TrustStore(path).trusts(b"one")
    assert TrustStore(path).trusts(b"two")
    assert not TrustStore(path).trusts(b"one, changed")


def test_a_damaged_list_trusts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trusted.json"
    path.write_text("{ not json")
    assert not TrustStore(path).trusts(b"one")
