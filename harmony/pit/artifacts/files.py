"""A staged file becomes an artifact file: checked, synced, hashed, renamed, read-only.

The child that wrote it is not trusted to have written a plain file of its own: a link could point
at anything that this user may read. The file is opened once, without following links, and what is
checked and hashed is what that opened file holds. A second name of a file is taken as a copy.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blake3 import blake3

from harmony.foundation.durable import rename_durably, sync_file, sync_folder
from harmony.foundation.failpoints import failpoint
from harmony.pit.artifacts.errors import OutputRefusedError
from harmony.pit.artifacts.hashing import hash_file, sync_and_hash

_CHUNK: Final = 1 << 20
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A file that now lies under its hash."""

    hash: str
    size: int
    suffix: str
    path: Path


def checked_name(name: object) -> str:
    """A staged file's name, when it is a plain one. Raises OutputRefusedError."""
    if (
        not isinstance(name, str)
        or not name
        or len(name.encode(errors="replace")) > 255
        or name in (".", "..")
        or any(letter in name for letter in "/\\\0")
    ):
        raise OutputRefusedError("pit.staged_name", name=repr(name))
    return name


def place_staged(staging: Path, name: object, folder: Path, others: tuple[Path, ...]) -> Placed:
    """Move a staged file to its place in `folder`; `others` may hold the same content already.

    Raises OutputRefusedError when it is no plain file of its own, OSError when the disk fails.
    """
    plain = checked_name(name)
    source = staging / plain
    # Not waiting: a pipe put there instead of a file would never answer.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(source, flags)
    except OSError as error:
        raise OutputRefusedError(
            "pit.staged_missing", name=plain, reason=error.strerror or str(error)
        ) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OutputRefusedError("pit.staged_not_plain", name=plain)
        if found.st_nlink != 1:
            source, descriptor = _own_copy(source, descriptor)
        failpoint("artifacts.staged")
        digest, size = sync_and_hash(descriptor, found.st_size)
        failpoint("artifacts.synced")
        suffix = _suffix_of(plain)
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o400)
    finally:
        os.close(descriptor)
    # A fresh time tells a Stale Manager, in whatever process, that the content is in use again.
    os.utime(source)
    for other in others:
        existing = file_of(other, digest, suffix)
        # On another disk: it serves as it is, if it is what it was.
        if existing.exists() and hash_file(existing) == (digest, size):
            os.utime(existing)
            source.unlink()
            return Placed(digest, size, suffix, existing)
    # In the same folder it takes the place of what is there, which a flipped bit may have damaged.
    target = file_of(folder, digest, suffix)
    if not target.parent.exists():
        make_all_folders(folder)
    # A staging folder is removed with its run: an old name that comes back in it harms nobody.
    rename_durably(source, target, leaving=False)
    return Placed(digest, size, suffix, target)


def file_of(folder: Path, digest: str, suffix: str) -> Path:
    """Where the content with a hash lies: two letters make a folder, so that none grows huge."""
    return folder / digest[:2] / f"{digest[2:]}{suffix}"


def make_all_folders(folder: Path) -> None:
    """Create the folders of all beginnings of a hash at once, so that it is synced but once."""
    make_folder(folder)
    for number in range(256):
        (folder / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder)


def make_folder(folder: Path) -> None:
    """Create a private folder durably, with those above it, unless it exists."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
        sync_folder(place.parent)


def copy_durably(source: Path, target: Path) -> str:
    """Copy a file, with its time, and sync it; the BLAKE3 of what was copied. Raises OSError."""
    hasher = blake3()
    with source.open("rb", buffering=0) as original, target.open("wb", buffering=0) as copy:
        buffer = memoryview(bytearray(_CHUNK))
        while count := original.readinto(buffer):
            hasher.update(buffer[:count])
            rest = buffer[:count]
            while rest:
                rest = rest[copy.write(rest) :]
        found = os.fstat(original.fileno())
        sync_file(copy.fileno())
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
    target.chmod(0o400)
    return str(hasher.hexdigest())


def _own_copy(source: Path, descriptor: int) -> tuple[Path, int]:
    """Replace a file that has another name somewhere by a copy: nobody may write to an artifact."""
    copied, name = tempfile.mkstemp(prefix="copy-", suffix=source.suffix, dir=source.parent)
    with os.fdopen(descriptor, "rb") as original, open(copied, "wb", closefd=False) as copy:
        shutil.copyfileobj(original, copy, _CHUNK)
    source.unlink()
    os.lseek(copied, 0, os.SEEK_SET)
    return Path(name), copied


def _suffix_of(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""
