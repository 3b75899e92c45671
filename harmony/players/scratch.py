"""Where a task puts files while it works: a folder of its own that the host removes afterwards.

Most tasks put none anywhere, so the host only names the folder; it is made when it is asked for.

A Player makes tables without knowing of the host, so the folder is found through a context
variable, not passed from hand to hand.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_folder: ContextVar[str | None] = ContextVar("scratch_folder", default=None)


@contextmanager
def scratch_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Within this block, new files lie in `folder`. The host opens one for each task."""
    token = _folder.set(os.fspath(folder))
    try:
        yield Path(folder)
    finally:
        _folder.reset(token)


def use_scratch_folder(folder: str) -> None:
    """New files lie in `folder` from now on: for the host, whose tasks follow one another."""
    _folder.set(folder)


def current_folder() -> Path:
    """The task's folder; the system's temporary folder when a Player is called as plain Python."""
    folder = _folder.get()
    return Path(tempfile.gettempdir()) if folder is None else made(Path(folder))


def made(folder: Path) -> Path:
    """The folder, which is there when this returns, for nobody but this user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def new_file(suffix: str) -> Path:
    """The path of a new, empty file that nobody else has."""
    descriptor, name = tempfile.mkstemp(prefix="value-", suffix=suffix, dir=current_folder())
    os.close(descriptor)
    return Path(name)
