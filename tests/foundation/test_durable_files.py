"""A reader sees the old file or the new one, whole, whatever happens to the writer."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harmony.foundation import durable
from harmony.foundation.failpoints import KNOWN

WRITE = """
import sys
from pathlib import Path
from harmony.foundation.durable import write_atomically
from harmony.foundation.failpoints import arm_from_environment
arm_from_environment()
write_atomically(sys.argv[1], b"new" * 100_000)
print("done")
"""

RENAME = """
import sys
from harmony.foundation.durable import rename_durably
from harmony.foundation.failpoints import arm_from_environment
arm_from_environment()
rename_durably(sys.argv[1], sys.argv[2])
print("done")
"""

FILL_THE_DISK = """
import errno, resource, signal, sys
from harmony.foundation.durable import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    write_atomically(sys.argv[1], b"new" * 100_000)
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def _run(program: str, *arguments: object, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "HARMONY_FAILPOINT": failpoint},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    target = tmp_path / "melody"
    durable.write_atomically(target, b"one")
    assert target.read_bytes() == b"one"
    durable.write_atomically(target, b"")
    assert target.read_bytes() == b""
    assert _names(tmp_path) == {"melody"}


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    target, shared = tmp_path / "private", tmp_path / "shared"
    durable.write_atomically(target, b"x")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.chmod(0o640)
    durable.write_atomically(target, b"y")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    durable.write_atomically(shared, b"x", mode=0o644)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o644


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    durable.write_atomically(link, b"new")
    assert link.is_symlink() and real.read_bytes() == b"new"


def test_a_long_name_leaves_room_for_the_temporary_one(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 255)
    durable.write_atomically(target, b"x")
    assert target.read_bytes() == b"x"


def test_a_folder_that_is_missing_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.write_atomically(tmp_path / "missing" / "file", b"x")
    assert _names(tmp_path) == set()


def test_when_the_place_is_taken_by_a_folder_the_temporary_file_goes(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        durable.write_atomically(tmp_path / "taken", b"x")
    assert _names(tmp_path) == {"taken"}


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "melody"
    target.write_bytes(b"old")
    finished = _run(FILL_THE_DISK, target)
    assert finished.stdout.strip() == "EFBIG", finished.stderr
    assert target.read_bytes() == b"old"
    assert _names(tmp_path) == {"melody"}


DURABLE_POINTS = [name for name in KNOWN if name.startswith("durable.")]


@pytest.mark.parametrize("name", DURABLE_POINTS)
def test_a_writer_killed_at_any_step_leaves_the_old_file_or_the_new_one(
    name: str, tmp_path: Path
) -> None:
    target = tmp_path / "melody"
    target.write_bytes(b"old")
    finished = _run(WRITE, target, failpoint=name)
    assert finished.returncode == -signal.SIGKILL, finished.stderr
    renamed = name in ("durable.renamed", "durable.done")
    assert target.read_bytes() == (b"new" * 100_000 if renamed else b"old")
    # The next writer is not disturbed by what the dead one left.
    assert _run(WRITE, target).stdout == "done\n"
    assert target.read_bytes() == b"new" * 100_000


@pytest.mark.parametrize("name", [name for name in KNOWN if name.startswith("rename.")])
def test_a_rename_killed_at_any_step_leaves_one_whole_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    source, target = tmp_path / "staged", tmp_path / "into" / "artifact"
    source.write_bytes(b"content")
    finished = _run(RENAME, source, target, failpoint=name)
    assert finished.returncode == -signal.SIGKILL, finished.stderr
    assert source.exists() == (name == "rename.started")
    assert target.exists() != source.exists()
    assert (target if target.exists() else source).read_bytes() == b"content"


def test_a_rename_replaces_what_was_there(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    durable.rename_durably(source, target)
    assert _names(tmp_path) == {"b"} and target.read_bytes() == b"new"


def test_the_content_is_synced_before_the_name_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        done.append("sync folder" if folder else "sync file")
        fsync(descriptor)

    def watched_replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    durable.write_atomically(tmp_path / "melody", b"x")
    assert done == ["sync file", "rename", "sync folder"]
