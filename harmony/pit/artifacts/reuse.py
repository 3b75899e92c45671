"""What a result depends on, as one key: equal keys mean that a task need not run again.

Player package, Python and locked dependencies, parameters, hashes of the inputs, and the content
of every file and folder that the task reads (DESIGN.md section 5, Reuse).
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from blake3 import blake3

from harmony.pit.artifacts.content import canonical
from harmony.pit.artifacts.errors import FileNotReadableError
from harmony.pit.artifacts.hashing import hash_descriptor

MOST_FILES: Final = 10_000
_FORM: Final = 1  # part of every key: a change of the key's form makes old results unused
_RACY_NS: Final = 2_000_000_000  # the coarsest time stamps in use (FAT) are two seconds apart
_TRIES: Final = 5


def task_key(
    package_hash: str,
    environment: str,
    player: str,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, str],
) -> str:
    """The reuse key: 64 hexadecimal characters. `files` are fingerprints by path.

    `inputs` are kept references by port; only type and hash count, not how the value came about.
    """
    described = {
        "form": _FORM,
        "package": package_hash,
        "environment": environment,
        "player": player,
        "parameters": dict(parameters),
        "inputs": {port: [value["type"], value["hash"]] for port, value in inputs.items()},
        "files": dict(files),
    }
    return str(blake3(canonical(described)).hexdigest())


def fingerprint(path: Path) -> str:
    """What a file or folder holds, as one hash: content, and in a folder the relative names too.

    A file that has not been touched is not read again. Reads whole files: not on the main thread.
    Raises FileNotReadableError (also an OSError) when it is missing, no plain file or folder, keeps
    changing, or holds more than 10,000 files.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return _folder_fingerprint(path)
        return _file_fingerprint(path)
    except FileNotReadableError:
        raise
    except OSError as error:
        raise FileNotReadableError(
            "pit.file_not_readable", path=str(path), reason=error.strerror or str(error)
        ) from error


def _file_fingerprint(path: Path) -> str:
    for _ in range(_TRIES):
        before = path.stat()
        if not stat.S_ISREG(before.st_mode):
            raise FileNotReadableError(
                "pit.file_not_plain", path=str(path), reason="it is no plain file"
            )
        started = time.time_ns()
        # A file that changed a moment ago may change again within the same time stamp: read it.
        newest = max(before.st_mtime_ns, before.st_ctime_ns)
        read = _known_hash if newest < started - _RACY_NS else _known_hash.__wrapped__
        digest: str = read(str(path), _identity(before))
        if _identity(path.stat()) == _identity(before):
            return digest
    raise FileNotReadableError("pit.file_changing", path=str(path), reason="it keeps changing")


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=4 * MOST_FILES)
def _known_hash(path: str, _identity: tuple[int, ...]) -> str:
    """The hash of a file with this identity: a new identity is another question."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotReadableError(
                "pit.file_not_plain", path=path, reason="it is no plain file"
            )
        return hash_descriptor(descriptor)[0]
    finally:
        os.close(descriptor)


def _folder_fingerprint(folder: Path) -> str:
    """Names and contents in the order of the names."""
    hasher = blake3()
    for name, path, kind in sorted(_entries(folder)):
        what = f"file {_file_fingerprint(path)}" if kind == "file" else kind
        hasher.update(canonical([name.hex(), what]))
    return str(hasher.hexdigest())


def _entries(folder: Path) -> list[tuple[bytes, Path, str]]:
    """All that lies in a folder at any depth: relative name, path, what it is.

    Links to files are read through; links to folders count by where they point, since following one
    to a folder above would never end.
    """
    found: list[tuple[bytes, Path, str]] = []
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = Path(entry.path)
                kind = "file"
                if entry.is_symlink() and not path.is_file():
                    kind = f"link {os.fsencode(path.readlink()).hex()}"
                elif entry.is_dir():
                    kind = "folder"
                    waiting.append(path)
                found.append((os.fsencode(path.relative_to(folder)), path, kind))
                if len(found) > MOST_FILES:
                    raise FileNotReadableError(
                        "pit.folder_too_large",
                        path=str(folder),
                        limit=MOST_FILES,
                        reason=f"it holds more than {MOST_FILES} entries",
                    )
    return found
