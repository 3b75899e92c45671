"""Each save is a version: what was written goes to the store too, in a thread of its own.

It is the bytes of the file, places of nodes included: a restore is exact. The store leaves out what
was saved last with the same content.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony.symphony import Symphony


async def keep_version(symphony: Symphony, path: Path, content: bytes) -> None:
    """Keep what was just written to a file as the newest version of its melody."""
    await asyncio.to_thread(_remember, symphony, path, content)


def _remember(symphony: Symphony, path: Path, content: bytes) -> None:
    from harmony.melody.file import loads
    from harmony.melody.fingerprint import content_hash

    melody = loads(content, os.fspath(path))
    symphony.house.store.remember_version(
        melody.id,
        content_hash(melody),
        content,
        melody.name or path.stem,
        os.path.realpath(path),
    )
