"""Which files' contents this program has just seen to be what their hashes say.

An output is hashed when it is stored, and a moment later it is the input of the next task: reading
it again would only read the same memory again. So a file that was hashed within the last minute,
and has not been touched since, counts as verified; anything else is read.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from harmony.foundation.clock import Clock

TRUSTED_FOR: Final = 60.0
"""Seconds for which a file that was hashed and not touched since need not be hashed again."""

_MOST: Final = 10_000

Identity = tuple[int, ...]


class VerifiedFiles:
    """A bounded memory of files and when their content was seen to be right."""

    __slots__ = ("_clock", "_seen")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[Path, tuple[Identity, float]] = OrderedDict()

    def note(self, path: Path) -> None:
        """This file's content was just hashed and is right. Raises OSError when it is gone."""
        self._seen[path] = (_identity(path), self._clock.monotonic())
        self._seen.move_to_end(path)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    def knows(self, path: Path) -> bool:
        """Whether the file was verified a moment ago and is the same file, untouched."""
        seen = self._seen.get(path)
        if seen is None:
            return False
        identity, at = seen
        return self._clock.monotonic() - at < TRUSTED_FOR and _identity(path) == identity


def _identity(path: Path) -> Identity:
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
