"""Where data lives: one folder for everything that lasts, and a short private one for sockets.

The data folder is given, or HARMONY_HOME, or what the platform calls a user's data folder. Sockets
lie elsewhere, since their paths may not be longer than about 105 characters (FACTS.md, Qt).
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from harmony.foundation.durable import sync_folder
from harmony.foundation.errors import HarmonyError

HOME_VARIABLE: Final = "HARMONY_HOME"
LONGEST_SOCKET_PATH: Final = 90
LONGEST_SOCKET_NAME: Final = 40


class PathsError(HarmonyError):
    """A folder that the program needs cannot be used."""


class ReadOnlyFolderError(PathsError):
    """A data folder is there, and may be read but not written."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The places in a data folder. Knowing them creates nothing; `ensure` does."""

    home: Path

    @property
    def database(self) -> Path:
        """The store: melodies, versions, runs and small artifacts in SQLite."""
        return self.home / "harmony.sqlite3"

    @property
    def high_water(self) -> Path:
        """How far the store was acknowledged, kept outside of it to notice a lost tail."""
        return self.home / "high-water"

    @property
    def artifacts(self) -> Path:
        """Large artifacts that are in daily use; settings may choose another folder for them."""
        return self.home / "artifacts"

    @property
    def staging(self) -> Path:
        """Outputs that tasks are still writing; on one file system with `artifacts`."""
        return self.artifacts / "staging"

    @property
    def runs_scratch(self) -> Path:
        """Working folders of running tasks; nothing in them outlives its run."""
        return self.home / "scratch"

    @property
    def logs(self) -> Path:
        """What the program itself and its tasks wrote."""
        return self.home / "logs"

    @property
    def swap(self) -> Path:
        """Unsaved edits of open documents, for the case of a crash."""
        return self.home / "swap"

    @property
    def players(self) -> Path:
        """What is known about folders of the user's own Players: their described manifests."""
        return self.home / "players"

    @property
    def settings_file(self) -> Path:
        return self.home / "settings.json"

    @property
    def window_layout_file(self) -> Path:
        """Where windows and docks stood; apart from the settings, since it changes all the time."""
        return self.home / "window-layout.json"

    def ensure(self) -> DataFolder:
        """Create the folders that are missing, open to this user alone.

        Raises ReadOnlyFolderError when there is one that may only be read, PathsError otherwise.
        """
        if self.home.is_dir() and not os.access(self.home, os.R_OK | os.W_OK | os.X_OK):
            raise ReadOnlyFolderError(
                "foundation.folder_read_only", folder=str(self.home), reason=_why_not(self.home)
            )
        for folder in (
            self.home,
            self.artifacts,
            self.staging,
            self.runs_scratch,
            self.logs,
            self.swap,
            self.players,
        ):
            try:
                _make(folder)
            except OSError as error:
                raise PathsError(
                    "foundation.folder_not_writable",
                    folder=str(folder),
                    reason=error.strerror or str(error),
                ) from error
        return self


def _why_not(folder: Path) -> str:
    """Why a folder may not be written."""
    if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
        return "its disk is mounted for reading only"
    return "the right to do so is missing"


def _make(folder: Path) -> None:
    """Create a folder with those above it, so that a power cut does not take what will be in it."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=0o700, exist_ok=True)
        sync_folder(place.parent)


def data_folder(home: str | os.PathLike[str] | None = None) -> DataFolder:
    """The data folder: `home` when given, then HARMONY_HOME, then the platform's place for it."""
    chosen = os.fspath(home) if home is not None else os.environ.get(HOME_VARIABLE, "")
    return DataFolder(Path(chosen or _platform_data_folder()).expanduser().absolute())


def runtime_folder(folder: DataFolder) -> Path:
    """A short folder for the sockets of one data folder, created private to this user.

    Two programs on one data folder get the same one, by whatever path they call it. Raises
    PathsError when the folder belongs to someone else or is open to others.
    """
    digest = sha256(os.fsencode(os.path.realpath(folder.home))).hexdigest()[:8]
    shortest = None
    for parent in _runtime_parents():
        candidate = parent / digest
        length = len(os.fsencode(candidate)) + 1 + LONGEST_SOCKET_NAME
        if length >= LONGEST_SOCKET_PATH:
            shortest = min(shortest or (length, candidate), (length, candidate))
            continue
        _ensure_private(parent)
        _ensure_private(candidate)
        return candidate
    length, candidate = shortest or (0, Path())
    raise PathsError(
        "foundation.runtime_folder_too_long",
        folder=str(candidate),
        length=length,
        limit=LONGEST_SOCKET_PATH - 1,
    )


def _platform_data_folder() -> str:
    # appdirs is unmaintained since 2020: this is the only place that knows it.
    import appdirs

    return str(appdirs.user_data_dir("harmony-board", appauthor=False))


def _runtime_parents() -> list[Path]:
    """Where the folder may lie, best first. The user's own runtime folder is cleaned at log-out."""
    parents = []
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and Path(given).is_absolute() and Path(given).is_dir():
        parents.append(Path(given) / "harmony")
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    # Not TMPDIR, which may be long; the folder in it is checked to be private.
    shared = Path("/tmp") if os.name == "posix" else Path(tempfile.gettempdir())  # noqa: S108
    parents.append(shared / f"harmony-{user}")
    return parents


def _ensure_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # lstat: a link planted in a shared folder must not lead somewhere else.
        found = os.lstat(folder)
    except OSError as error:
        raise PathsError(
            "foundation.folder_not_writable",
            folder=str(folder),
            reason=error.strerror or str(error),
        ) from error
    reason = ""
    if not stat.S_ISDIR(found.st_mode):
        reason = "it is not a folder"
    elif hasattr(os, "getuid") and found.st_uid != os.getuid():
        reason = "it belongs to another user"
    elif os.name == "posix" and found.st_mode & 0o077:
        reason = "others may look into it"
    if reason:
        raise PathsError("foundation.runtime_folder_not_private", folder=str(folder), reason=reason)
