"""From commits to rows of plain values, redacted: the part of writing that needs no database.

Whatever cannot be stored (NaN, a value that is no JSON) is found here, so that one bad commit is
refused alone and never takes its neighbours in the batch with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from blake3 import blake3

from harmony.foundation.ids import short_id
from harmony.polyphony.chain import canonical, canonical_of_checked
from harmony.polyphony.errors import CommitRefusedError
from harmony.polyphony.records import ArtifactRow, Commit, JournalRecord, RunRow

_TASK_PREFIX: Final = "task:"


class Redacts(Protocol):
    """What takes secrets out (`harmony.foundation.redaction.Redactor`)."""

    def value(self, value: object) -> object:
        """A JSON value with every secret masked."""

    def spares(self, value: object) -> bool:
        """Whether it would leave a value as it is, and the value is JSON."""


@dataclass(slots=True)
class Prepared:
    """Rows in the order of the tables' columns. Chain hashes come later, in the transaction.

    `records` are each run's own, in their order; `updates` the latest of each run.
    """

    runs: list[tuple[object, ...]] = field(default_factory=list)
    melodies: list[tuple[str, bytes]] = field(default_factory=list)
    versions: list[tuple[object, ...]] = field(default_factory=list)
    records: dict[str, list[JournalRecord]] = field(default_factory=dict)
    uses: list[tuple[str, str, str]] = field(default_factory=list)
    artifacts: list[tuple[object, ...]] = field(default_factory=list)
    results: list[tuple[object, ...]] = field(default_factory=list)
    updates: dict[str, tuple[object, ...]] = field(default_factory=dict)
    tier_changes: list[tuple[object, ...]] = field(default_factory=list)
    accesses: list[tuple[object, ...]] = field(default_factory=list)
    pins: list[tuple[object, ...]] = field(default_factory=list)
    unpins: list[tuple[object, ...]] = field(default_factory=list)
    deleted_runs: list[str] = field(default_factory=list)
    leases: list[tuple[object, ...]] = field(default_factory=list)


def prepare(commits: Iterable[Commit], redactor: Redacts) -> Prepared:
    """The rows of commits that share a transaction, in their order.

    Raises CommitRefusedError when one holds what has no form in JSON.
    """
    rows = Prepared()
    try:
        for commit in commits:
            _add(rows, commit, redactor)
    except (ValueError, TypeError, RecursionError) as error:
        raise CommitRefusedError("polyphony.commit_not_json", reason=str(error)) from error
    return rows


def _add(rows: Prepared, commit: Commit, redactor: Redacts) -> None:
    if commit.records:
        _add_records(rows, commit, redactor)
    for run in commit.runs:
        _add_run(rows, run)
    for artifact in commit.artifacts:
        rows.artifacts.append(_artifact(artifact, redactor))
    for result in commit.results:
        outputs = _text(result.outputs, redactor)
        rows.results.append((result.key, result.run, result.task, result.at, outputs))
    for update in commit.updates:
        rows.updates[update.run] = (
            update.run,
            update.state,
            update.started,
            update.finished,
            update.total,
            update.completed,
            update.failed,
            update.reused,
            update.skipped,
            redactor.value(update.cause),
        )
    if commit.tier_changes:
        rows.tier_changes.extend((change.hash, change.tier) for change in commit.tier_changes)
    if commit.accesses:
        rows.accesses.extend((access.hash, access.at) for access in commit.accesses)
    for pin in commit.pins:
        if pin.pinned:
            rows.pins.append((pin.hash, pin.holder, pin.at))
        else:
            rows.unpins.append((pin.hash, pin.holder))
    rows.deleted_runs.extend(commit.deleted_runs)
    for lease in commit.leases:
        rows.leases.append((lease.run, lease.pid, lease.start_time, lease.boot))


def _add_records(rows: Prepared, commit: Commit, redactor: Redacts) -> None:
    spares, uses = redactor.spares, rows.uses
    run, own = "", list[JournalRecord]()
    for record in commit.records:
        if record.run != run:
            run = record.run
            own = rows.records.setdefault(run, [])
        data = record.data
        if data:
            if not spares(data):
                redacted: Any = redactor.value(data)
                canonical(redacted)  # refuses what has no form in JSON
                own.append(record._replace(data=redacted))
            else:
                own.append(record)
            digests = hashes_in(data)
            if digests:
                task = record.machine.removeprefix(_TASK_PREFIX)
                uses.extend((run, task, digest) for digest in digests)
        else:
            own.append(record)


def _artifact(artifact: ArtifactRow, redactor: Redacts) -> tuple[object, ...]:
    return (
        artifact.hash,
        artifact.type,
        artifact.size,
        artifact.suffix,
        artifact.tier,
        artifact.at,
        artifact.accessed or artifact.at,
        None if artifact.summary is None else _text(artifact.summary, redactor),
        artifact.inline,
    )


def _text(value: object, redactor: Redacts) -> str:
    """A canonical text without secrets."""
    if redactor.spares(value):
        return canonical_of_checked(value)
    return canonical(redactor.value(value))


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
            # Made of a snapshot that was written as JSON just before, and large.
            canonical_of_checked(run.plan),
            run.parent_sequence,
        )
    )


def snapshot_key(melody: bytes) -> str:
    """What a snapshot is kept under: its very bytes, since two melodies that do the same
    (`melody_hash`) may look different, and a past run opens as it looked."""
    return str(blake3(melody).hexdigest())


def hashes_in(value: Any) -> set[str]:
    """The hash of each artifact reference in a JSON value, at any depth."""
    found: set[str] = set()
    _find_hashes(value, found)
    return found


def _find_hashes(value: Any, found: set[str]) -> None:
    if type(value) is dict:
        if "hash" in value and "type" in value and "size" in value:
            digest = value["hash"]
            if type(digest) is str:
                found.add(digest)
        value = value.values()
    for inner in value:
        kind = type(inner)
        if kind is dict or kind is list or kind is tuple:
            _find_hashes(inner, found)
