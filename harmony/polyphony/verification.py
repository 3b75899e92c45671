"""Walks the chains and says what does not fit: whether history is as it was written."""

from __future__ import annotations

import json
from typing import Any

import apsw

from harmony.polyphony.chain import START, link, records_of_page
from harmony.polyphony.errors import StoreWarning
from harmony.polyphony.high_water import Mark
from harmony.polyphony.schema import fetch


def verify_run(connection: apsw.Connection, run: str) -> list[StoreWarning]:
    """What is wrong with a run's journal; empty when every record is as it was written."""
    problems: list[StoreWarning] = []
    previous, expected = START, 1
    rows = fetch(
        connection,
        "SELECT sequence, hash, record FROM journal WHERE run = ? ORDER BY sequence",
        run,
    )
    for sequence, digest, text in rows:
        first = _first_of(text, run, sequence)
        if first is not None and first > expected:
            problems.append(
                StoreWarning("polyphony.record_missing", run=run, first=expected, last=first - 1)
            )
        elif first != expected or link(previous, text) != digest:
            problems.append(_changed(run, expected, sequence))
        previous, expected = digest, sequence + 1
    head = fetch(connection, "SELECT sequence, hash, system FROM chain_heads WHERE run = ?", run)
    if not head:
        if expected > 1:
            problems.append(StoreWarning("polyphony.head_missing", run=run))
        return problems
    sequence, digest, system = head[0]
    if sequence >= expected:
        problems.append(
            StoreWarning("polyphony.record_missing", run=run, first=expected, last=sequence)
        )
    elif (sequence, digest) != (expected - 1, previous) or not _head_is_chained(
        connection, run, sequence, digest, system
    ):
        problems.append(StoreWarning("polyphony.head_changed", run=run))
    return problems


def verify_system(connection: apsw.Connection) -> list[StoreWarning]:
    """What is wrong with the system chain and with the heads it names. Walks the whole chain."""
    problems: list[StoreWarning] = []
    heads: dict[str, tuple[int, str]] = {}
    previous, expected = START, 1
    for number, digest, content in fetch(
        connection, "SELECT number, hash, content FROM system_chain ORDER BY number"
    ):
        if number != expected or link(previous, content) != digest:
            problems.append(StoreWarning("polyphony.system_chain_changed", number=number))
        previous, expected = digest, number + 1
        for run, sequence, head in _listed(content, "heads"):
            heads[run] = (sequence, head)
        for run, *_ in _listed(content, "tombstones"):
            heads.pop(run, None)
    stored = {
        run: (sequence, digest.hex())
        for run, sequence, digest in fetch(
            connection, "SELECT run, sequence, hash FROM chain_heads"
        )
    }
    problems.extend(
        StoreWarning(
            "polyphony.head_changed" if run in stored else "polyphony.run_missing", run=run
        )
        for run in sorted(heads)
        if stored.get(run) != heads[run]
    )
    return problems


def missing_commits(connection: apsw.Connection, mark: Mark | None) -> StoreWarning | None:
    """Whether acknowledged commits are gone: the mark outside names one that is not here."""
    if mark is None:
        return None
    found = fetch(
        connection,
        "SELECT (SELECT max(number) FROM system_chain),"
        " (SELECT hash FROM system_chain WHERE number = ?)",
        mark.number,
    )[0]
    last = found[0] or 0
    if last < mark.number:
        return StoreWarning(
            "polyphony.commits_missing", missing=mark.number - last, acknowledged=mark.number
        )
    if found[1] != mark.hash:
        return StoreWarning("polyphony.other_history", number=mark.number)
    return None


def _listed(content: str, key: str) -> list[tuple[str, int, str]]:
    """What a row of the system chain says; nothing where it was changed so that it says nothing."""
    try:
        row: Any = json.loads(content)
        return [(str(run), int(last), str(head)) for run, last, head in row.get(key, ())]
    except (ValueError, TypeError, AttributeError):
        return []  # whoever walks the chain has already said that this row was changed


def _first_of(text: str, run: str, last: int) -> int | None:
    """The number of a page's first record; None when it is no page of this run that ends there.

    Its hash covers the text alone, so where the page stands has to be compared with what it says.
    """
    try:
        records = records_of_page(text)
    except ValueError:
        return None
    first = last - len(records) + 1
    if [(run, number) for number in range(first, last + 1)] == [
        (record.run, record.sequence) for record in records
    ]:
        return first
    return None


def _changed(run: str, first: int, last: int) -> StoreWarning:
    if first >= last:
        return StoreWarning("polyphony.record_changed", run=run, sequence=last)
    return StoreWarning("polyphony.records_changed", run=run, first=first, last=last)


def _head_is_chained(
    connection: apsw.Connection, run: str, sequence: int, digest: bytes, system: int
) -> bool:
    rows = fetch(
        connection,
        "SELECT number, hash, content FROM system_chain WHERE number IN (?, ?) ORDER BY number",
        system - 1,
        system,
    )
    if not rows or rows[-1][0] != system:
        return False
    previous = rows[0][1] if len(rows) == 2 else START
    _, system_digest, content = rows[-1]
    if link(previous, content) != system_digest:
        return False
    return [run, sequence, digest.hex()] in json.loads(content).get("heads", ())
