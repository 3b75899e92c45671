"""The bytes of a file that a person named, taken without waiting and never more than is allowed."""

from __future__ import annotations

import os
import stat

from harmony.melody.errors import MelodyFileError
from harmony.melody.limits import MAXIMUM_FILE_BYTES


def content_of(path: str | os.PathLike[str]) -> bytes:
    """What is in the file, at most one byte more than a file may have.

    Raises MelodyFileError when there is no file, or it cannot be read.
    """
    name = os.fspath(path)
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise MelodyFileError("melody.file_unreadable", name, reason="it is no file")
            return stream.read(MAXIMUM_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise MelodyFileError("melody.file_missing", name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MelodyFileError("melody.file_unreadable", name, reason=reason) from error


def _without_waiting(path: str, flags: int) -> int:
    # Opening a named pipe would otherwise wait for somebody to write into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
