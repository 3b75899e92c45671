"""Whose melody is it: a file of this user runs, one from elsewhere is first only looked at.

A file counts as this user's own when the user owns it and it lies in a folder that the user owns
and no one else may write to, outside of the folder for downloads and of removable disks. Everything
else is trusted by the content of the file: a changed file asks again (DESIGN.md section 5, Trust).
"""

from __future__ import annotations

import json
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Final

from harmony.foundation.durable import write_atomically

_MOST: Final = 5_000
_FOREIGN_ROOTS: Final = ("/media", "/mnt", "/run/media", "/Volumes")


class TrustStore:
    """The hashes of contents that the user said may run, in a file of the data folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def trusts(self, content: bytes) -> bool:
        """Whether the user trusted exactly this content."""
        return _digest(content) in self._read()

    def trust(self, content: bytes) -> None:
        """Trust this content from now on. Raises OSError."""
        kept = self._read()
        digest = _digest(content)
        if digest not in kept:
            kept = [*kept[-_MOST + 1 :], digest]
            data = json.dumps({"trusted": kept}, indent=1).encode() + b"\n"
            write_atomically(self._path, data, mode=0o600)

    def _read(self) -> list[str]:
        try:
            data = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except ValueError:
            return []  # a damaged list trusts nothing: the user is asked again
        kept = data.get("trusted") if isinstance(data, dict) else None
        return [item for item in kept if isinstance(item, str)] if isinstance(kept, list) else []


def is_own(path: Path, trusted_folders: tuple[str, ...], data_home: Path) -> bool:
    """Whether a file counts as this user's own. Raises OSError when it cannot be looked at."""
    real = Path(os.path.realpath(path))
    for folder in (*trusted_folders, str(data_home)):
        if real.is_relative_to(os.path.realpath(folder)):
            return True
    if not hasattr(os, "getuid"):
        return False
    found = real.stat()
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWOTH):
        return False
    if any(real.is_relative_to(root) for root in _FOREIGN_ROOTS):
        return False
    if real.is_relative_to(_downloads()):
        return False
    folder_found = real.parent.stat()
    return folder_found.st_uid == os.getuid() and not folder_found.st_mode & stat.S_IWOTH


def _downloads() -> Path:
    return Path(os.path.realpath(os.environ.get("XDG_DOWNLOAD_DIR") or Path.home() / "Downloads"))


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
