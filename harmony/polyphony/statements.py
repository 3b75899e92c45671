"""The statements that put a batch of rows into the tables: one `json_each(?)` a table and batch.

So the interpreter's lock is given up once for many rows (FACTS.md, Storage: `executemany` beside a
busy window is eighty times slower). A single row, as a commit of one task has, is a statement with
its values: neither is there a text to be made of it nor one to be taken apart. Pages of a journal
are few and long: each is a statement of its own, too. Nothing but column numbers is ever put into
the text of a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import apsw

from harmony.polyphony.chain import START, canonical_of_checked
from harmony.polyphony.checkpoints import drop_automatic_of
from harmony.polyphony.preparation import Prepared
from harmony.polyphony.schema import fetch

Page = tuple[str, int, bytes, str]
"""Run, the number of the last record in the page, its link of the chain, its text."""


def write_rows(
    connection: apsw.Connection,
    rows: Prepared,
    pages: Iterable[Page],
    known: Mapping[str, object],
) -> list[list[object]]:
    """Put all rows into their tables; the tombstones of the runs that were deleted.

    `known` are the states of runs, as far as they are known to stand in the table.
    """
    for digest, content in rows.melodies:
        connection.execute(
            "INSERT INTO melodies VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, content)
        )
    for page in pages:
        connection.execute(_JOURNAL, page)
    _insert_artifacts(connection, rows.artifacts)
    if len(rows.uses) == 1 and rows.uses[0][1].isascii():
        connection.execute(_USE, rows.uses[0])
    else:
        insert(connection, _USES, rows.uses)
    for statement, values in (
        (_VERSIONS, rows.versions),
        (_RUNS, rows.runs),
        (_RESULTS, rows.results),
        (_TIERS, rows.tier_changes),
        (_ACCESSES, rows.accesses),
        (_PINS, rows.pins),
        (_UNPINS, rows.unpins),
    ):
        insert(connection, statement, values)
    for lease in rows.leases:
        connection.execute(_LEASE, lease)
    # Of a run each: few in a batch. Its state stands in an index, which most leave as it is.
    for run, update in rows.updates.items():
        connection.execute(_FIGURES, update)
        if update[1] != known.get(run):
            connection.execute(_STATE, update[:2])
    return [_delete_run(connection, run) for run in rows.deleted_runs]


def _insert_artifacts(connection: apsw.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    if len(rows) == 1 and str(rows[0][3]).isascii():  # a suffix may hold what is no Unicode
        connection.execute(_ARTIFACT, rows[0])
        return
    # Bytes have no form in JSON.
    insert(
        connection,
        _ARTIFACTS,
        [(*row[:-1], row[-1].hex() if isinstance(row[-1], bytes) else None) for row in rows],
    )


def insert(connection: apsw.Connection, statement: str, rows: Sequence[Sequence[object]]) -> None:
    """Run one of the statements below for all rows together."""
    if rows:
        connection.execute(statement, (canonical_of_checked(rows),))


def _columns(count: int, binary: int | None = None) -> str:
    """`value->>0, value->>1, …`; the column `binary` comes as hexadecimal text."""
    return ", ".join(
        f"unhex(value->>{place})" if place == binary else f"value->>{place}"
        for place in range(count)
    )


_VERSIONS: Final = (
    "INSERT INTO melody_versions (melody_id, hash, snapshot, name, path, run, at)"
    f" SELECT {_columns(7)} FROM json_each(?)"
)
_RUNS: Final = (
    "INSERT INTO runs (id, short, name, melody_id, melody_hash, snapshot, created, parent,"
    " parent_task, path, base_folder, overrides, plan, parent_sequence)"
    f" SELECT {_columns(14)} FROM json_each(?)"
)
_JOURNAL: Final = "INSERT INTO journal VALUES (?, ?, ?, ?)"
HEAD: Final = "INSERT OR REPLACE INTO chain_heads VALUES (?, ?, ?, ?)"
_NEW_ARTIFACTS: Final = (
    "INSERT INTO artifacts (hash, type, size, suffix, tier, at, accessed, summary, inline)"
)
# What exists stays as it is, unless its content was deleted: then it is back (chart 5).
_UNLESS_KNOWN: Final = (
    " ON CONFLICT (hash) DO UPDATE SET"
    " accessed = max(accessed, excluded.accessed),"
    " suffix = iif(tier = 'Deleted', excluded.suffix, suffix),"
    " inline = iif(tier = 'Deleted', excluded.inline, inline),"
    " at = iif(tier = 'Deleted', excluded.at, at),"
    " tier = iif(tier = 'Deleted', excluded.tier, tier)"
)
_ARTIFACTS: Final = (
    f"{_NEW_ARTIFACTS} SELECT {_columns(9, 8)} FROM json_each(?) WHERE true{_UNLESS_KNOWN}"
)
_ARTIFACT: Final = f"{_NEW_ARTIFACTS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?){_UNLESS_KNOWN}"
_USE: Final = "INSERT OR IGNORE INTO run_artifacts VALUES (?, ?, ?)"
_USES: Final = f"INSERT OR IGNORE INTO run_artifacts SELECT {_columns(3)} FROM json_each(?)"
_RESULTS: Final = (
    f"INSERT INTO results (key, run, task, at, outputs) SELECT {_columns(5)} FROM json_each(?)"
)
_FIGURES: Final = (
    "UPDATE runs SET started = ?3, finished = ?4, total = ?5, completed = ?6, failed = ?7,"
    " reused = ?8, skipped = ?9, cause = ?10 WHERE id = ?1"
)
_STATE: Final = "UPDATE runs SET state = ?2 WHERE id = ?1 AND state <> ?2"
_LEASE: Final = "INSERT INTO leases VALUES (?, ?, ?, ?, unixepoch('subsec'))"
_TIERS: Final = (
    "UPDATE artifacts SET tier = new.value->>1,"
    " inline = iif(new.value->>1 = 'Deleted', NULL, inline)"
    " FROM (SELECT value, max(key) FROM json_each(?) GROUP BY value->>0) AS new"
    " WHERE hash = new.value->>0"
)
_ACCESSES: Final = (
    "UPDATE artifacts SET accessed = max(accessed, new.at)"
    " FROM (SELECT value->>0 AS hash, max(value->>1) AS at FROM json_each(?) GROUP BY value->>0)"
    " AS new WHERE artifacts.hash = new.hash"
)
_PINS: Final = f"INSERT OR REPLACE INTO pins SELECT {_columns(3)} FROM json_each(?)"
_UNPINS: Final = (
    "DELETE FROM pins WHERE (hash, holder) IN (SELECT value->>0, value->>1 FROM json_each(?))"
)


def _delete_run(connection: apsw.Connection, run: str) -> list[object]:
    """Remove all that belongs to a run alone. The system chain keeps where its chain ended."""
    found = fetch(connection, "SELECT sequence, hash FROM chain_heads WHERE run = ?", run)
    sequence, digest = found[0] if found else (0, START)
    drop_automatic_of(connection, run)
    for table, column in (
        ("journal", "run"),
        ("chain_heads", "run"),
        ("run_artifacts", "run"),
        ("results", "run"),
        ("leases", "run"),
        ("melody_versions", "run"),
        ("runs", "id"),
    ):
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (run,))
    connection.execute(
        "DELETE FROM melodies WHERE NOT EXISTS"
        " (SELECT 1 FROM runs WHERE snapshot = melodies.snapshot)"
        " AND NOT EXISTS (SELECT 1 FROM melody_versions WHERE snapshot = melodies.snapshot)"
    )
    return [run, sequence, digest.hex()]
