"""A large output is on its way to the disk before anybody waits for that.

The engine syncs every staged file before a record names it. A Player process therefore begins to
sync a large one as soon as it is written, in a thread, while the summary is made and the result
travels; the engine's own sync then finds little left to do. Nothing depends on it: what goes wrong
here, the engine will meet again and report.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

LARGE: Final = 4 << 20
"""Bytes from which beginning early gains more than a thread costs."""


def begin_sync(path: Path) -> None:
    """Begin to put a file on the disk, if it is large; returns at once."""
    with suppress(OSError):
        if path.stat().st_size >= LARGE:
            threading.Thread(target=_sync, args=(path,), daemon=True).start()


def _sync(path: Path) -> None:
    # Renamed by the engine meanwhile, or the disk fails: the engine's sync is the one that counts.
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
