"""One process at a time writes: a lock around each transaction and its high-water mark.

SQLite's own lock ends with the transaction, but the mark is written after it; two programs on one
data folder would otherwise write their marks in the wrong order. The kernel drops the lock when
its holder dies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriteLock:
    """The lock file of a data folder, opened once. Not for two threads at a time."""

    __slots__ = ("_descriptor",)

    def __init__(self, path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> None:
        self._descriptor = os.open(path, flags, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock and hold it for the `with` block."""
        try:
            import fcntl
        except ImportError:  # Windows: SQLite's lock alone; the mark may then lag behind
            yield
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._descriptor)
