"""From a `Commit` to rows of plain values, redacted: the part of writing that needs no database.

Whatever cannot be stored (NaN, a value that is no JSON) is found here, so that one bad commit is
refused alone and never takes its neighbours in the batch with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from blake3 import blake3

from harmony.foundation.ids import short_id
from harmony.polyphony.chain import canonical, record_text
from harmony.polyphony.errors import CommitRefusedError
from harmony.polyphony.records import Commit, RunRow

Redact = Callable[[object], object]

_TASK_PREFIX: Final = "task:"


@dataclass(slots=True)
class Prepared:
    """Rows in the order of the tables' columns. Chain hashes come later, in the transaction."""

    runs: list[tuple[object, ...]] = field(default_factory=list)
    melodies: list[tuple[str, bytes]] = field(default_factory=list)
    versions: list[tuple[object, ...]] = field(default_factory=list)
    records: list[tuple[str, int, str]] = field(default_factory=list)
    uses: list[tuple[str, str, str]] = field(default_factory=list)
    artifacts: list[tuple[object, ...]] = field(default_factory=list)
    results: list[tuple[object, ...]] = field(default_factory=list)
    updates: list[tuple[object, ...]] = field(default_factory=list)
    tier_changes: list[tuple[object, ...]] = field(default_factory=list)
    accesses: list[tuple[object, ...]] = field(default_factory=list)
    pins: list[tuple[object, ...]] = field(default_factory=list)
    unpins: list[tuple[object, ...]] = field(default_factory=list)
    checkpoints: list[tuple[object, ...]] = field(default_factory=list)
    deleted_runs: list[str] = field(default_factory=list)

    def extend(self, other: Prepared) -> None:
        """Add the rows of another commit behind these."""
        for name in Prepared.__slots__:
            getattr(self, name).extend(getattr(other, name))


def prepare(commit: Commit, redact: Redact) -> Prepared:
    """The rows of a commit. Raises CommitRefusedError for what has no form in JSON."""
    try:
        return _prepare(commit, redact)
    except (ValueError, TypeError, RecursionError) as error:
        raise CommitRefusedError("polyphony.commit_not_json", reason=str(error)) from error


def _prepare(commit: Commit, redact: Redact) -> Prepared:
    rows = Prepared()
    for run in commit.runs:
        _add_run(rows, run)
    for record in commit.records:
        data = redact(record.data)
        rows.records.append((record.run, record.sequence, record_text(record, data)))
        task = record.machine.removeprefix(_TASK_PREFIX)
        rows.uses.extend((record.run, task, digest) for digest in set(hashes_in(record.data)))
    for artifact in commit.artifacts:
        summary = None if artifact.summary is None else canonical(redact(artifact.summary))
        content = None if artifact.inline is None else artifact.inline.hex()
        rows.artifacts.append(
            (
                artifact.hash,
                artifact.type,
                artifact.size,
                artifact.suffix,
                artifact.tier,
                artifact.at,
                artifact.accessed or artifact.at,
                summary,
                content,
            )
        )
    for result in commit.results:
        rows.results.append(
            (result.key, result.run, result.task, result.at, canonical(redact(result.outputs)))
        )
    for update in commit.updates:
        rows.updates.append(
            (
                update.run,
                update.state,
                update.started,
                update.finished,
                update.total,
                update.completed,
                update.failed,
                update.reused,
                update.skipped,
                redact(update.cause),
            )
        )
    rows.tier_changes.extend((change.hash, change.tier) for change in commit.tier_changes)
    rows.accesses.extend((access.hash, access.at) for access in commit.accesses)
    for pin in commit.pins:
        if pin.pinned:
            rows.pins.append((pin.hash, pin.holder, pin.at))
        else:
            rows.unpins.append((pin.hash, pin.holder))
    rows.checkpoints.extend(
        (point.id, point.run, point.sequence, point.label, point.at) for point in commit.checkpoints
    )
    rows.deleted_runs.extend(commit.deleted_runs)
    return rows


def _add_run(rows: Prepared, run: RunRow) -> None:
    snapshot = snapshot_key(run.melody)
    rows.melodies.append((snapshot, run.melody))
    rows.versions.append(
        (run.melody_id, run.melody_hash, snapshot, run.name, run.path, run.id, run.created)
    )
    rows.runs.append(
        (
            run.id,
            short_id(run.id),
            run.name,
            run.melody_id,
            run.melody_hash,
            snapshot,
            run.created,
            run.parent,
            run.parent_task,
            run.path,
            run.base_folder,
            # As they are: a run is resumed from them, and secrets stand in them as references.
            canonical(run.overrides),
            canonical(run.plan),
        )
    )


def snapshot_key(melody: bytes) -> str:
    """What a snapshot is kept under: its very bytes, since two melodies that do the same
    (`melody_hash`) may look different, and a past run opens as it looked."""
    return str(blake3(melody).hexdigest())


def hashes_in(value: Any) -> Iterator[str]:
    """The hash of each artifact reference in a JSON value, at any depth."""
    waiting: list[Any] = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            digest = found.get("hash")
            if isinstance(digest, str) and "type" in found and "size" in found:
                yield digest
            waiting.extend(found.values())
        elif isinstance(found, (list, tuple)):
            waiting.extend(found)
