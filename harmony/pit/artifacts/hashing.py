"""The hash of a file's content, as fast as the system hands it over.

Read into one large buffer and hashed on all processors where the file is large; both give up the
interpreter's lock, so the window stays awake. Not mapped into memory, although that would save a
copy: a child that shortens its staged file, or a disk that fails, would then kill the whole program
(SIGBUS) where it now raises an OSError.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from blake3 import blake3

from harmony.foundation.durable import sync_file

_BUFFER: Final = 1 << 20
_LARGE_BUFFER: Final = 4 << 20
_LARGE: Final = 8 << 20  # from here on a second processor gains more than waking it costs
_OVERLAP_FROM: Final = 4 << 20  # below this, syncing in a thread costs more than it gains


def hash_bytes(data: bytes | bytearray | memoryview) -> str:
    """BLAKE3 of bytes in memory, hexadecimal."""
    return str(blake3(data).hexdigest())


def hash_file(path: Path) -> tuple[str, int]:
    """BLAKE3 (hexadecimal) and size of a file's content. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return hash_descriptor(descriptor)
    finally:
        os.close(descriptor)


def hash_descriptor(descriptor: int) -> tuple[str, int]:
    """The same of an open file, from where it stands to its end."""
    expected = os.fstat(descriptor).st_size
    large = expected >= _LARGE
    hasher = blake3(max_threads=blake3.AUTO if large else 1)
    buffer = bytearray(_LARGE_BUFFER if large else min(_BUFFER, expected + 1))
    size = 0
    with memoryview(buffer) as view, open(descriptor, "rb", buffering=0, closefd=False) as file:
        while count := file.readinto(view):
            hasher.update(view[:count])
            size += count
    return str(hasher.hexdigest()), size


def sync_and_hash(descriptor: int, size: int) -> tuple[str, int]:
    """Hash an open file while the system writes it to the disk; both are done on return."""
    if size < _OVERLAP_FROM:
        sync_file(descriptor)
        return hash_descriptor(descriptor)
    with ThreadPoolExecutor(1) as pool:
        synced = pool.submit(sync_file, descriptor)
        result = hash_descriptor(descriptor)
        synced.result()
    return result
