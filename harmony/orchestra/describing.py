"""A folder of Players turned into data by a child process, and kept under the hash of its source.

The program never imports a Player's code (DESIGN.md section 4). The child may print, hang, crash or
start processes: it is given a file to write to, a deadline, and a process group of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from harmony import __version__
from harmony.foundation.durable import write_atomically
from harmony.foundation.processes import kill_group
from harmony.orchestra.errors import DescribeError
from harmony.players.source import package_hash, package_name
from harmony.players.specs import (
    Description,
    ManifestError,
    description_from_json,
    description_to_json,
)

DEADLINE: Final = 60.0
"""Seconds that the child may take; importing a large library is among what it does."""

LARGEST_MANIFEST: Final = 16 * 1024 * 1024
_TAIL: Final = 500


def describe_folder(
    folder: Path, cache_folder: Path, python: str = sys.executable, deadline: float = DEADLINE
) -> Description:
    """The Players of a folder, from the cache while its source is the same, else from a child.

    Blocks while the child works. Raises DescribeError, and SourceError for what is no package.
    """
    source = str(folder.resolve())
    digest = package_hash(source)
    cached = _cache_file(cache_folder, source, digest, python)
    found = _read_cached(cached, source, digest)
    if found is None:
        found = _ask_child(source, python, deadline)
        # A problem may lie in what is installed, not in the source: it is looked at anew each time.
        if not found.problems and found.manifest.hash == digest:
            _keep(cached, found)
    return found


def _ask_child(source: str, python: str, deadline: float) -> Description:
    with tempfile.TemporaryDirectory(prefix="harmony-describe-") as place:
        output = Path(place, "manifest.json")
        # -P: the folder it runs in must not hide modules of the program.
        command = [python, "-P", "-m", "harmony.players", "describe", source]
        process = subprocess.Popen(
            [*command, "--output", str(output)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=place,
            start_new_session=True,
        )
        try:
            _, said = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired as error:
            raise DescribeError(
                "orchestra.describe_timeout", folder=source, seconds=f"{deadline:g}"
            ) from error
        finally:
            # Whatever the files started on being imported ends with the child.
            kill_group(process.pid)
            process.communicate()
        if process.returncode != 0:
            raise _failed(source, _reason(process.returncode, said))
        return _read_manifest(output, source)


def _read_manifest(output: Path, source: str) -> Description:
    try:
        found = description_from_json(_read_json(output))
    except (OSError, ValueError, RecursionError, ManifestError) as error:
        raise _failed(source, str(error)) from error
    if found.manifest.source != source or found.manifest.name != package_name(source):
        raise _failed(source, "the description names another package")
    return found


def _read_cached(cached: Path, source: str, digest: str) -> Description | None:
    """What was kept; None when there is nothing, or nothing that can be relied on."""
    if not cached.is_file():
        return None
    try:
        found = description_from_json(_read_json(cached))
    except (OSError, ValueError, RecursionError, ManifestError):
        return None  # a damaged copy is made anew from the source and replaced
    same = (found.manifest.source, found.manifest.hash) == (source, digest)
    return found if same else None


def _keep(cached: Path, found: Description) -> None:
    cached.parent.mkdir(parents=True, exist_ok=True)
    owner = cached.name.partition("-")[0]
    content = json.dumps(description_to_json(found), ensure_ascii=False)
    write_atomically(cached, content.encode("utf-8"))
    for old in cached.parent.glob(f"{owner}-*.json"):
        if old != cached:
            old.unlink(missing_ok=True)


def _cache_file(cache_folder: Path, source: str, digest: str, python: str) -> Path:
    owner = sha256(os.fsencode(source)).hexdigest()[:16]
    made_by = sha256(f"{__version__} {python} {sys.version}".encode()).hexdigest()[:8]
    return cache_folder / f"{owner}-{digest[:32]}-{made_by}.json"


def _read_json(path: Path) -> dict[str, Any]:
    if path.stat().st_size > LARGEST_MANIFEST:
        raise ValueError(f"the description is larger than {LARGEST_MANIFEST:,} bytes")
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError("the description is no JSON object")
    return found


def _failed(source: str, reason: str) -> DescribeError:
    return DescribeError("orchestra.describe_failed", folder=source, reason=reason)


def _reason(status: int, said: bytes) -> str:
    """The child's last words, or how it ended."""
    lines = said.decode("utf-8", "replace").strip()[-_TAIL:].splitlines()
    if lines:
        return lines[-1].strip().rstrip(".")
    return f"it ended by the signal {-status}" if status < 0 else f"its exit status was {status}"
