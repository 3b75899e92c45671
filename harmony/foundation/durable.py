"""Files that survive a crash: written under a temporary name, synced, renamed, the folder synced.

Whoever reads the target sees the old content or the new, whole, at every instant; an error (a full
disk, no permission) leaves the old file as it was. Failpoints stand between the steps so that tests
can stop the process at each (DESIGN.md section 4, foundation). What reaches the system goes through
one `Disk`, so that a test can record it, let it fail, or cut the power under it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harmony.foundation.failpoints import failpoint


class Disk:
    """What the system does with files, one operation a method. Each raises OSError."""

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write where the file stands; how many bytes were taken."""
        return os.write(descriptor, data)

    def write_at(self, descriptor: int, data: bytes, place: int) -> int:
        """Write at a place; how many bytes were taken."""
        return os.pwrite(descriptor, data, place)

    def sync(self, descriptor: int) -> None:
        """Put a file's content and size on disk, through the drive's own cache where it can be."""
        try:
            import fcntl

            full_sync = getattr(fcntl, "F_FULLFSYNC", None)
        except ImportError:
            full_sync = None
        if full_sync is None:
            os.fsync(descriptor)
        else:
            fcntl.fcntl(descriptor, full_sync)

    def sync_data(self, descriptor: int) -> None:
        """The same for a file that does not grow: its times may be lost."""
        if hasattr(os, "fdatasync"):
            os.fdatasync(descriptor)
        else:
            self.sync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name; one that has it already goes."""
        source.replace(target)

    def sync_folder(self, path: str | os.PathLike[str]) -> None:
        """Put the names in a folder on disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


_disk = Disk()


@contextmanager
def on_disk(disk: Disk) -> Iterator[None]:
    """Let another disk take the operations of this process for the `with` block: for tests."""
    global _disk
    before, _disk = _disk, disk
    try:
        yield
    finally:
        _disk = before


def write_atomically(path: str | os.PathLike[str], data: bytes, mode: int | None = None) -> None:
    """Replace the content of `path` durably. When this returns, the new content is on disk.

    A link is followed, so that the link stays and its target is replaced. `mode` is for a new file
    (default 0600); an existing file keeps its own. Raises OSError, after removing the temporary
    file; the old file is then untouched.
    """
    target = Path(os.path.realpath(path))
    failpoint("durable.started")
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent
    )
    temporary = Path(name)
    try:
        try:
            failpoint("durable.created")
            _take_mode(descriptor, target, mode)
            _write_all(descriptor, data)
            failpoint("durable.written")
            sync_file(descriptor)
            failpoint("durable.synced")
        finally:
            os.close(descriptor)
        _disk.rename(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    failpoint("durable.renamed")
    sync_folder(target.parent)
    failpoint("durable.done")


def rename_durably(
    source: str | os.PathLike[str], target: str | os.PathLike[str], *, leaving: bool = True
) -> None:
    """Rename a file whose content is already synced, and sync the folders that the name moved in.

    Replaces `target` when it exists. Both must be on one file system. With `leaving` false the
    folder that it left is not synced: after a power cut the old name may be there as well. Raises
    OSError.
    """
    failpoint("rename.started")
    _disk.rename(Path(source), Path(target))
    failpoint("rename.renamed")
    into, out_of = Path(target).absolute().parent, Path(source).absolute().parent
    # The new name first: a crash in between then shows the file twice rather than not at all.
    sync_folder(into)
    if leaving and out_of != into:
        sync_folder(out_of)
    failpoint("rename.done")


def sync_folder(path: str | os.PathLike[str]) -> None:
    """Put on disk what was created, renamed or removed in a folder. Raises OSError."""
    if os.name == "nt":
        return  # Windows has no handle to a folder that could be flushed; it journals names itself.
    _disk.sync_folder(path)


def sync_file(descriptor: int) -> None:
    """Put a file's content on disk, through the drive's own cache where the system can ask for it.

    Raises OSError. After an error the content must be written anew: the system may have lost it.
    """
    _disk.sync(descriptor)


def write_in_place(descriptor: int, data: bytes, place: int) -> None:
    """Write into a file over what is there, and put it on disk. Raises OSError."""
    if not hasattr(os, "pwrite"):
        os.lseek(descriptor, place, os.SEEK_SET)
        _write_all(descriptor, data)
    else:
        rest = memoryview(data)
        while rest:
            taken = _disk.write_at(descriptor, bytes(rest), place)
            rest, place = rest[taken:], place + taken
    _disk.sync_data(descriptor)


def _take_mode(descriptor: int, target: Path, mode: int | None) -> None:
    if not hasattr(os, "fchmod"):
        return
    try:
        os.fchmod(descriptor, target.stat().st_mode & 0o7777)
    except FileNotFoundError:
        if mode is not None:
            os.fchmod(descriptor, mode)


def _write_all(descriptor: int, data: bytes) -> None:
    # The system may take less than it was given, and takes at most 2 GiB at once.
    rest = memoryview(data)
    while rest:
        rest = rest[_disk.write(descriptor, rest[: 1 << 30]) :]
