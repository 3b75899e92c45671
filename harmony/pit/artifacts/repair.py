"""Damaged content is replaced by a copy that is right, or put aside and named with its maker.

A copy may lie in the other folder, or in packs. The damaged file goes into the quarantine first,
then the copy takes its place, verified and synced; a kill in between leaves content that is gone
and can still be restored. What has no copy counts as gone (chart 5: Deleted), and the task that
made it is offered for a re-run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import apsw

from harmony.foundation.durable import rename_durably
from harmony.foundation.failpoints import failpoint
from harmony.foundation.words import render
from harmony.pit.artifacts.errors import ArtifactError
from harmony.pit.artifacts.files import copy_durably, file_of, make_folder
from harmony.pit.artifacts.hashing import hash_file
from harmony.pit.artifacts.pack_writer import ARRIVING
from harmony.pit.artifacts.store import ArtifactStore
from harmony.polyphony import chunk_index, reading
from harmony.polyphony.findings import Finding
from harmony.polyphony.preparation import hashes_in
from harmony.polyphony.quarantined import quarantined
from harmony.polyphony.records import ArtifactRow, Commit
from harmony.polyphony.store import Store
from harmony.states.artifact import ArtifactState


def record_again(
    store: Store, artifacts: ArtifactStore, findings: Sequence[Finding]
) -> list[Finding]:
    """Give the artifacts that a journal refers to, and whose rows are lost, a row again."""
    told = []
    for finding in findings:
        if finding.code != "polyphony.artifact_row_missing":
            continue
        digest = str(finding.parameters["hash"])
        reference = store.reading(lambda c, f=finding: _reference(c, f))  # type: ignore[misc]
        file = _file_like(artifacts, digest)
        row = ArtifactRow(
            digest,
            str(reference.get("type", "any")),
            int(reference.get("size", 0)),
            suffix=file.name[len(digest) - 2 :] if file is not None else "",
        )
        store.commit_and_wait(Commit(artifacts=(row,)))
        content = "there" if file is not None else "gone"
        told.append(
            Finding("polyphony.repaired_artifact_row", {"hash": digest, "content": content})
        )
    return told


def repair_content(
    store: Store, artifacts: ArtifactStore, findings: Sequence[Finding]
) -> list[Finding]:
    """Mend what `inspect_content` found; what was restored and what is lost, as findings.

    Raises ArtifactError, StoreError, OSError.
    """
    codes = ("pit.content_damaged", "pit.content_gone", "polyphony.chunks_missing")
    wrong = dict.fromkeys(
        str(finding.parameters["hash"]) for finding in findings if finding.code in codes
    )
    told = []
    for digest in wrong:
        row = store.artifact(digest)
        if row is not None and row.tier != ArtifactState.DELETED:
            told.append(_mend(store, artifacts, row))
            failpoint("repair.content")
    return told


def _mend(store: Store, artifacts: ArtifactStore, row: ArtifactRow) -> Finding:
    if row.inline is not None:
        aside = artifacts.quarantine.take(row, None)
        return _lost(store, row, aside)
    target, good, bad = file_of(artifacts.hot, row.hash, row.suffix), None, []
    for folder in dict.fromkeys((artifacts.hot, artifacts.warm)):
        path = file_of(folder, row.hash, row.suffix)
        if path.exists() and _is_right(path, row.hash):
            good = path
        elif path.exists():
            bad.append(path)
    source = str(good) if good is not None else "packs"
    if good is None:
        good = _from_packs(store, artifacts, row)
    if good is None:
        # Its row is told once; a second damaged copy goes aside as a file alone.
        for path in bad[1:]:
            artifacts.quarantine.put_file(row, path)
        aside = artifacts.quarantine.take(row, bad[0] if bad else None)
        return _lost(store, row, aside if bad else None)
    for path in bad:
        artifacts.quarantine.put_file(row, path)
    if not target.exists():
        make_folder(target.parent)
        arriving = target.with_name(f"{target.name}.{uuid4().hex}{ARRIVING}")
        try:
            copy_durably(good, arriving)
            rename_durably(arriving, target)
        finally:
            arriving.unlink(missing_ok=True)
    if good.suffix == ARRIVING:
        good.unlink()
    return Finding("pit.repaired_content", {"hash": row.hash, "source": source})


def _from_packs(store: Store, artifacts: ArtifactStore, row: ArtifactRow) -> Path | None:
    """A verified copy out of packs; None when it does not lie there whole."""
    if not artifacts.chunks.holds(row.tier) or not store.reading(
        lambda c: chunk_index.is_packed(c, row.hash)
    ):
        return None
    make_folder(artifacts.staging)
    target = artifacts.staging / f"{row.hash}.{uuid4().hex}{ARRIVING}"
    try:
        artifacts.chunks.restore(row.hash, row.tier, target)
    except ArtifactError:
        target.unlink(missing_ok=True)
        return None
    return target


def _lost(store: Store, row: ArtifactRow, aside: Path | None) -> Finding:
    makers = [each for each in store.reading(quarantined) if each.hash == row.hash]
    run, task = (makers[0].run, makers[0].task) if makers else ("", "")
    remade = render("pit.remake", run=run[-8:], task=task) if run else render("pit.remake_none")
    return Finding(
        "pit.content_lost",
        {
            "hash": row.hash,
            "type": row.type,
            "aside": f" ({aside})" if aside is not None else "",
            "run": run,
            "task": task,
            "remade": remade,
        },
    )


def _is_right(path: Path, digest: str) -> bool:
    try:
        return hash_file(path)[0] == digest
    except OSError:
        return False


def _file_like(artifacts: ArtifactStore, digest: str) -> Path | None:
    """A file with the name of a hash, whatever its suffix."""
    for folder in (artifacts.hot, artifacts.warm):
        for path in sorted((folder / digest[:2]).glob(f"{digest[2:]}*")):
            if path.name.partition(".")[0] == digest[2:]:
                return path
    return None


def _reference(connection: apsw.Connection, finding: Finding) -> dict[str, Any]:
    """What a journal says of an artifact: its type and size."""
    digest = finding.parameters["hash"]
    for record in reading.journal(connection, str(finding.parameters["run"]), 0):
        if record.data and digest in hashes_in(record.data):
            return _within(record.data, str(digest)) or {}
    return {}


def _within(value: Any, digest: str) -> dict[str, Any] | None:
    if isinstance(value, dict):
        if value.get("hash") == digest:
            return value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            found = _within(inner, digest)
            if found is not None:
                return found
    return None
