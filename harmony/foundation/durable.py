"""Files that survive a crash: written under a temporary name, synced, renamed, the folder synced.

Whoever reads the target sees the old content or the new, whole, at every instant; an error (a full
disk, no permission) leaves the old file as it was. Failpoints stand between the steps so that tests
can stop the process at each (DESIGN.md section 4, foundation).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harmony.foundation.failpoints import failpoint


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
        temporary.replace(target)
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
    Path(source).replace(target)
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
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(descriptor: int) -> None:
    """Put a file's content on disk, through the drive's own cache where the system can ask for it.

    Raises OSError. After an error the content must be written anew: the system may have lost it.
    """
    try:
        import fcntl

        full_sync = getattr(fcntl, "F_FULLFSYNC", None)
    except ImportError:
        full_sync = None
    if full_sync is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full_sync)


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
        rest = rest[os.write(descriptor, rest[: 1 << 30]) :]
