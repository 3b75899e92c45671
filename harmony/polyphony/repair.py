"""`harmony repair`, the part in the database: what still fits stays, the rest is put aside by name.

All of it is one transaction, chained like any other: the ends of the journals that were cut, a
tombstone for a run that is lost, and the keys of what could not be made good. What is taken out is
written to a file first. So a kill leaves either everything as it was or everything done, and doing
it again finds nothing left to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw
from blake3 import blake3

from harmony.foundation.durable import write_atomically
from harmony.foundation.failpoints import failpoint
from harmony.foundation.ids import short_id
from harmony.polyphony import checkpoints, reading
from harmony.polyphony.chain import START, canonical, link, records_of_page
from harmony.polyphony.findings import Finding
from harmony.polyphony.leases import Owner
from harmony.polyphony.preparation import snapshot_key
from harmony.polyphony.records import Commit
from harmony.polyphony.run_inspection import state_after, uses_in
from harmony.polyphony.salvage import as_text
from harmony.polyphony.schema import fetch
from harmony.polyphony.store import Store
from harmony.polyphony.writer import system_head

_BROKEN: Final = frozenset(
    f"polyphony.{name}"
    for name in (
        "record_missing",
        "record_changed",
        "records_changed",
        "head_missing",
        "head_changed",
        "journal_unreadable",
        "run_missing",
        "journal_without_run",
        "run_without_journal",
    )
)
_MARK: Final = frozenset({"polyphony.mark_damaged", "polyphony.mark_missing"})
_NOT_TO_MEND: Final = frozenset(
    {
        "polyphony.system_chain_changed",
        "polyphony.finished_twice",
        "polyphony.move_not_legal",
    }
)


@dataclass(slots=True)
class _Cut:
    """How much of a run's journal still fits, and the rest."""

    kept: int
    head: bytes
    rest: list[Any]


@dataclass(slots=True)
class _Work:
    """What a repair does in its transaction, gathered while it looks."""

    quarantine: Path
    told: list[Finding] = field(default_factory=list)
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    tombstones: list[list[object]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)

    def tell(self, code: str, **parameters: Any) -> None:
        self.told.append(Finding(code, parameters))

    def keep_aside(self, name: str, rows: Iterable[Any]) -> str:
        """Write rows to a file named by what is in it, and say where."""
        text = as_text(rows).encode()
        path = self.quarantine / f"{name}-{blake3(text).hexdigest()[:12]}.jsonl"
        self.quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            write_atomically(path, text)
        return str(path)

    def note(self, finding: Finding) -> None:
        """This cannot be made good: it is written down, and stays named."""
        self.known.append(finding.key)
        self.tell("polyphony.noted_loss", what=finding.message)


def repair_rows(
    store: Store, findings: Sequence[Finding], quarantine: Path, at: float
) -> list[Finding]:
    """Mend what `inspect_database` found in an open store; what was done and lost, as findings.

    Runs that a living program drives are left alone. `at` is Unix seconds. Raises StoreError,
    OSError; then nothing was changed.
    """
    damage = [finding for finding in findings if finding.kind == "damage"]
    if not damage:
        return []
    work = _Work(quarantine)

    def job(connection: apsw.Connection) -> None:
        _mend(connection, damage, work)
        failpoint("repair.put_aside")
        _chain(connection, work, at)

    store.in_transaction(job)
    failpoint("repair.committed")
    # The mark goes into its two places in turn: after two commits both are new.
    store.commit_and_wait(Commit())
    store.commit_and_wait(Commit())
    if any(finding.code in _MARK for finding in damage):
        work.tell("polyphony.repaired_mark")
    return work.told


def _mend(connection: apsw.Connection, damage: Sequence[Finding], work: _Work) -> None:
    broken = dict.fromkeys(
        str(finding.parameters["run"]) for finding in damage if finding.code in _BROKEN
    )
    for run in broken:
        if not _is_driven(connection, run):
            _mend_run(connection, run, work)
    for finding in damage:
        if finding.code in _NOT_TO_MEND:
            work.note(finding)
        elif finding.code == "polyphony.run_state_differs":
            _mend_state(connection, finding, work)
        elif finding.code in ("polyphony.melody_changed", "polyphony.melody_missing"):
            _mend_melody(connection, finding, work)
        elif finding.code == "polyphony.checkpoint_changed":
            _put_checkpoint_aside(connection, finding, work)
    for run in dict.fromkeys(
        str(each.parameters["run"]) for each in damage if each.code == "polyphony.use_missing"
    ):
        _list_uses(connection, run)
        work.tell("polyphony.repaired_use", run=run)


def _is_driven(connection: apsw.Connection, run: str) -> bool:
    rows = fetch(connection, "SELECT pid, start_time, boot FROM leases WHERE run = ?", run)
    return bool(rows) and Owner(*rows[0]).is_alive()


def _mend_run(connection: apsw.Connection, run: str, work: _Work) -> None:
    cut = _cut(connection, run)
    row = fetch(connection, "SELECT * FROM runs WHERE id = ?", run)
    if not row:
        rows = fetch(connection, "SELECT * FROM journal WHERE run = ? ORDER BY sequence", run)
        place = work.keep_aside(run, rows)
        for table in ("journal", "chain_heads", "run_artifacts", "results", "leases"):
            connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
        work.tombstones.append([run, cut.kept, cut.head.hex()])
        work.tell("polyphony.repaired_run_gone", run=run, place=place)
        return
    if cut.rest:
        place = work.keep_aside(run, cut.rest)
        connection.execute("DELETE FROM journal WHERE run = ? AND sequence > ?", (run, cut.kept))
        # What is left of a task's results is no longer told by the journal that made them.
        connection.execute("DELETE FROM results WHERE run = ?", (run,))
        work.tell("polyphony.repaired_records", run=run, kept=cut.kept, place=place)
    else:
        work.tell("polyphony.repaired_records", run=run, kept=cut.kept, place="-")
    if cut.kept:
        work.heads[run] = (cut.kept, cut.head)
    else:
        connection.execute("DELETE FROM chain_heads WHERE run = ?", (run,))
        work.tombstones.append([run, 0, START.hex()])
    state = state_after(reading.journal(connection, run, 0))
    connection.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run))
    _list_uses(connection, run)


def _cut(connection: apsw.Connection, run: str) -> _Cut:
    """The part of a journal from its beginning in which every page follows on the one before."""
    rows = fetch(
        connection,
        "SELECT run, sequence, hash, record FROM journal WHERE run = ? ORDER BY sequence",
        run,
    )
    kept, head = 0, START
    for place, (_, sequence, digest, text) in enumerate(rows):
        try:
            records = records_of_page(text)
        except ValueError:
            records = []
        numbers = [(record.run, record.sequence) for record in records]
        expected = [(run, number) for number in range(kept + 1, sequence + 1)]
        if not numbers or numbers != expected or link(head, text) != digest:
            return _Cut(kept, head, rows[place:])
        kept, head = sequence, digest
    return _Cut(kept, head, [])


def _list_uses(connection: apsw.Connection, run: str) -> None:
    uses = sorted(uses_in(reading.journal(connection, run, 0)))
    connection.execute(
        "INSERT OR IGNORE INTO run_artifacts SELECT ?1, value->>0, value->>1 FROM json_each(?2)",
        (run, json.dumps(uses)),
    )


def _mend_state(connection: apsw.Connection, finding: Finding, work: _Work) -> None:
    run, state = finding.parameters["run"], finding.parameters["state"]
    if _is_driven(connection, run):
        return
    connection.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run))
    work.tell("polyphony.repaired_state", run=run, state=state)


def _mend_melody(connection: apsw.Connection, finding: Finding, work: _Work) -> None:
    """From the file that it was saved to, or from a copy that an update kept; else it is lost."""
    snapshot = str(finding.parameters["snapshot"])
    found = fetch(connection, "SELECT snapshot, content FROM melodies WHERE snapshot = ?", snapshot)
    for source, content in _copies(connection, snapshot):
        if snapshot_key(content) == snapshot:
            connection.execute("INSERT OR REPLACE INTO melodies VALUES (?, ?)", (snapshot, content))
            work.tell("polyphony.repaired_melody", snapshot=snapshot, source=source)
            return
    if found:
        work.keep_aside(f"melody-{snapshot[:10]}", found)
        connection.execute("DELETE FROM melodies WHERE snapshot = ?", (snapshot,))
        name = fetch(
            connection,
            "SELECT min(name) FROM (SELECT name FROM runs WHERE snapshot = ?1"
            " UNION ALL SELECT name FROM melody_versions WHERE snapshot = ?1)",
            snapshot,
        )[0][0]
        if name is None:
            return  # nobody needs it
        finding = Finding("polyphony.melody_missing", {"snapshot": snapshot, "name": name})
    work.note(finding)


def _put_checkpoint_aside(connection: apsw.Connection, finding: Finding, work: _Work) -> None:
    """It is a cut of the past, of which there is no copy. The runs that it names are untouched."""
    identifier, name = (str(finding.parameters[key]) for key in ("checkpoint", "name"))
    place = work.keep_aside(
        f"checkpoint-{short_id(identifier)}", checkpoints.rows_of(connection, identifier)
    )
    checkpoints.forget(connection, identifier)
    work.checkpoints.append(identifier)
    work.tell("polyphony.repaired_checkpoint", checkpoint=identifier, name=name, place=place)


def _copies(connection: apsw.Connection, snapshot: str) -> Iterable[tuple[str, bytes]]:
    rows = fetch(
        connection,
        "SELECT DISTINCT path FROM melody_versions WHERE snapshot = ? AND path IS NOT NULL",
        snapshot,
    )
    for (path,) in rows:
        file = Path(path)
        if file.is_file():
            yield path, file.read_bytes()
    database = Path(connection.db_filename("main"))
    for backup in sorted(database.parent.glob(f"{database.name}.version-*")):
        older = apsw.Connection(str(backup), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            found = fetch(older, "SELECT content FROM melodies WHERE snapshot = ?", snapshot)
        except apsw.Error:
            found = []  # a damaged copy has nothing to give
        finally:
            older.close()
        if found:
            yield str(backup), bytes(found[0][0])


def _chain(connection: apsw.Connection, work: _Work, at: float) -> None:
    number, previous = system_head(connection)
    number += 1
    fact: dict[str, Any] = {
        "at": at,
        "heads": [[run, last, head.hex()] for run, (last, head) in sorted(work.heads.items())],
        "tombstones": work.tombstones,
        "repair": {"known": work.known, "done": [each.code for each in work.told]},
    }
    if work.checkpoints:
        fact["checkpoints_gone"] = work.checkpoints
    content = canonical(fact)
    connection.execute(
        "INSERT INTO system_chain VALUES (?, ?, ?)", (number, link(previous, content), content)
    )
    for run, (last, head) in work.heads.items():
        connection.execute(
            "INSERT OR REPLACE INTO chain_heads VALUES (?, ?, ?, ?)", (run, last, head, number)
        )
