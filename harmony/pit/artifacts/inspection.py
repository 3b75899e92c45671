"""Whether every artifact's content is what its hash says: `harmony verify`, the part with the disk.

Files are hashed by several threads, since hashing gives up the interpreter's lock. Nothing is
changed; what is found damaged here is put aside by `repair.py`, or by whoever reads it first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

import apsw

from harmony.pit.artifacts.cutting import chunk_hash, decode
from harmony.pit.artifacts.files import file_of
from harmony.pit.artifacts.hashing import hash_bytes, hash_file
from harmony.pit.artifacts.pack_places import SUFFIX
from harmony.polyphony import chunk_index
from harmony.polyphony.chunk_index import Chunk
from harmony.polyphony.findings import Finding
from harmony.polyphony.schema import fetch
from harmony.states.artifact import ArtifactState

Progress = Callable[[str, int, int], None]

_TOGETHER: Final = 64  # files that wait for a thread
_THREADS: Final = min(8, (os.cpu_count() or 1) + 1)


def inspect_content(
    connection: apsw.Connection, folders: tuple[Path, ...], progress: Progress = lambda *_: None
) -> list[Finding]:
    """Every artifact whose content is gone or not what its hash says, and files without a record.

    `folders` hold whole files, the one in daily use first. What lies at a cold target is not
    downloaded for this. Raises apsw.Error, OSError.
    """
    found = _inline(connection, progress)
    found += _files(connection, folders, progress)
    found += _packs(connection, folders[-1] / "packs", progress)
    found += _without_record(connection, folders)
    return found


def _inline(connection: apsw.Connection, progress: Progress) -> list[Finding]:
    total = fetch(connection, "SELECT count(*) FROM artifacts WHERE inline IS NOT NULL")[0][0]
    found: list[Finding] = []
    last, done = "", 0
    while True:
        rows = fetch(
            connection,
            "SELECT hash, inline FROM artifacts WHERE hash > ? AND inline IS NOT NULL"
            " ORDER BY hash LIMIT 500",
            last,
        )
        if not rows:
            return found
        progress("values", done, total)
        for digest, content in rows:
            if hash_bytes(content) != digest:
                found.append(Finding("pit.content_damaged", {"hash": digest, "path": ""}))
        last, done = rows[-1][0], done + len(rows)


def _files(
    connection: apsw.Connection, folders: tuple[Path, ...], progress: Progress
) -> list[Finding]:
    rows = fetch(
        connection,
        "SELECT hash, suffix, size, EXISTS (SELECT 1 FROM artifact_chunks WHERE artifact = hash)"
        " FROM artifacts WHERE inline IS NULL AND tier <> 'Deleted' ORDER BY hash",
    )
    found: list[Finding] = []
    checks: dict[Future[str], tuple[str, Path]] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for place, (digest, suffix, size, packed) in enumerate(rows):
                paths = [path for path in _places(folders, digest, suffix) if path.exists()]
                if not paths and not packed:
                    found.append(Finding("pit.content_gone", {"hash": digest, "size": size}))
                for path in paths:
                    checks[pool.submit(_hash_of, path)] = (digest, path)
                if len(checks) >= _TOGETHER:
                    progress("files", place, len(rows))
                    done, _ = wait(checks, return_when=FIRST_COMPLETED)
                    found += _damaged(checks, done)
            found += _damaged(checks, set(checks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    progress("files", len(rows), len(rows))
    return found


def _damaged(checks: dict[Future[str], tuple[str, Path]], done: set[Future[str]]) -> list[Finding]:
    found = []
    for check in done:
        digest, path = checks.pop(check)
        if check.result() != digest:
            found.append(Finding("pit.content_damaged", {"hash": digest, "path": str(path)}))
    return found


def _hash_of(path: Path) -> str:
    """The hash of a file; an empty text when the disk does not give it out."""
    try:
        return hash_file(path)[0]
    except OSError:
        return ""


def _places(folders: tuple[Path, ...], digest: str, suffix: str) -> Iterator[Path]:
    for folder in dict.fromkeys(folders):
        yield file_of(folder, digest, suffix)


def _packs(connection: apsw.Connection, packs: Path, progress: Progress) -> list[Finding]:
    """Artifacts that lie in packs of this machine, of which a chunk is not what its hash says."""
    names = fetch(
        connection, "SELECT name FROM packs WHERE tier = ? ORDER BY name", ArtifactState.HDD_WARM
    )
    wrong: set[bytes] = set()
    for place, (name,) in enumerate(names):
        progress("packs", place, len(names))
        chunks = chunk_index.chunks_in(connection, name)
        wrong.update(chunk.hash for chunk in chunks if not _is_right(packs, chunk))
    rows = fetch(
        connection,
        "SELECT DISTINCT artifact FROM artifact_chunks JOIN chunks ON id = chunk"
        " JOIN artifacts ON artifacts.hash = artifact AND artifacts.tier = chunks.tier"
        " WHERE chunks.hash IN (SELECT unhex(value) FROM json_each(?))"
        " AND chunks.tier = ? ORDER BY artifact",
        json.dumps(sorted(digest.hex() for digest in wrong)),
        ArtifactState.HDD_WARM,
    )
    return [Finding("pit.content_damaged", {"hash": row[0], "path": str(packs)}) for row in rows]


def _is_right(packs: Path, chunk: Chunk) -> bool:
    try:
        with (packs / f"{chunk.pack}{SUFFIX}").open("rb") as file:
            stored = os.pread(file.fileno(), chunk.length, chunk.offset)
    except OSError:
        return False
    content = decode(stored, chunk.codec, chunk.size)
    return content is not None and chunk_hash(content) == chunk.hash


def _without_record(connection: apsw.Connection, folders: tuple[Path, ...]) -> list[Finding]:
    """Files that no record needs: what a crash, or a deletion that was cut short, leaves."""
    kept = {
        row[0]
        for row in fetch(
            connection, "SELECT hash FROM artifacts WHERE inline IS NULL AND tier <> 'Deleted'"
        )
    }
    return [
        Finding("pit.file_without_record", {"path": str(path)}, "leftover")
        for folder in dict.fromkeys(folders)
        for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*"))
        if path.parent.name + path.name.partition(".")[0] not in kept
    ]
