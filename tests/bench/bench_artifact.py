"""Storing outputs: small ones inline, large ones hashed, synced and renamed.

The floor of a small one is its hash, of a large one hashing and syncing the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import os
import tempfile

from blake3 import blake3
from measuring import row, seconds

from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import DataFolder
from harmony.pit.artifacts import ArtifactStore
from harmony.polyphony.store import open_store

SMALL = 1_000
LARGE_MB = 64


def run() -> Iterable[dict[str, Any]]:
    """Small texts, one large file, and its verified reading."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        folder = DataFolder(Path(home)).ensure()
        with open_store(folder, SystemClock()) as store:
            artifacts = ArtifactStore(store, folder)
            yield row("artifact", "small text", SMALL / seconds(lambda: small(artifacts)),
                      "outputs/s", SMALL / seconds(hash_small))  # fmt: skip
            written = min(large(artifacts, number) for number in range(3))
            floor = min(sync_and_hash(folder.home / f"bare{number}") for number in range(3))
            yield row("artifact", f"file of {LARGE_MB} MB", LARGE_MB / written, "MB/s",
                      LARGE_MB / floor)  # fmt: skip


def small(artifacts: ArtifactStore) -> None:
    """A thousand texts."""
    staging = artifacts.staging_folder("r", "t", 1)
    for number in range(SMALL):
        artifacts.keep({"type": "text", "value": f"text {number}"}, staging)


def hash_small() -> None:
    """Only their hashes."""
    for number in range(SMALL):
        blake3(f"text {number}".encode()).hexdigest()


def large(artifacts: ArtifactStore, number: int) -> float:
    """Seconds to store one large file."""
    staging = artifacts.staging_folder("r", "t", number + 2)
    content = os.urandom(1 << 20) * LARGE_MB
    (staging / "out.bin").write_bytes(content)
    return seconds(lambda: artifacts.keep({"type": "bytes", "staged": "out.bin"}, staging), 1)


def sync_and_hash(path: Path) -> float:
    """Seconds for what cannot be left out."""
    content = os.urandom(1 << 20) * LARGE_MB
    path.write_bytes(content)

    def work() -> None:
        with path.open("rb") as file:
            os.fsync(file.fileno())
        blake3(content).hexdigest()

    return seconds(work, 1)
