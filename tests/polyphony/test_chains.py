"""History that was changed, dropped or moved is noticed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony.chain import START, canonical, link, page_text, records_of_page
from harmony.polyphony.errors import StoreUnusableError
from harmony.polyphony.records import Commit, JournalRecord
from harmony.polyphony.store import Store, open_store

NewRun = Callable[..., Commit]


@pytest.fixture
def damaged(
    folder: DataFolder, clock: ManualClock, new_run: NewRun
) -> Callable[[str], tuple[list[str], list[str]]]:
    """Change a store with two runs of five records by a statement; what both walks then say."""
    with open_store(folder, clock) as store:
        for run in ("r", "other"):
            store.commit_and_wait(new_run(run, records=1))
            for number in range(2, 6):
                store.commit_and_wait(
                    Commit(records=new_run(run, records=5).records[number - 1 :][:1])
                )

    def change(statement: str) -> tuple[list[str], list[str]]:
        connection = apsw.Connection(str(folder.database))
        connection.execute(statement)
        assert connection.total_changes() > 0
        connection.close()
        with open_store(folder, clock) as store:
            assert store.verify_run("other") == []
            return (
                [f"{p.code.partition('.')[2]} {p.parameters}" for p in store.verify_run("r")],
                [f"{p.code.partition('.')[2]} {p.parameters}" for p in store.verify_system()],
            )

    return change


Damaged = Callable[[str], tuple[list[str], list[str]]]


def test_an_edited_record_is_named(damaged: Damaged) -> None:
    run, _ = damaged(
        "UPDATE journal SET record = replace(record, 'Allocated', 'Completed')"
        " WHERE run = 'r' AND sequence = 3"
    )
    assert run == ["record_changed {'run': 'r', 'sequence': 3}"]


def test_records_that_were_written_together_are_named_together(
    folder: DataFolder, clock: ManualClock, new_run: NewRun
) -> None:
    with open_store(folder, clock) as store:
        store.commit_and_wait(new_run("r", records=3))
    connection = apsw.Connection(str(folder.database))
    connection.execute("UPDATE journal SET record = replace(record, 'n2', 'n9')")
    connection.close()
    with open_store(folder, clock) as store:
        assert [problem.parameters for problem in store.verify_run("r")] == [
            {"run": "r", "first": 1, "last": 3}
        ]


def test_a_journal_of_the_first_version_is_read_and_verified(
    folder: DataFolder, clock: ManualClock, new_run: NewRun
) -> None:
    """There a row was one record: the list of its fields."""
    with open_store(folder, clock) as store:
        store.commit_and_wait(new_run("r", records=1))
        store.commit_and_wait(Commit(records=new_run("r", records=2).records[1:]))
        records = store.journal("r")
    connection = apsw.Connection(str(folder.database))
    digest = START
    for record in records:
        text = canonical(list(record))
        digest = link(digest, text)
        connection.execute(
            "UPDATE journal SET hash = ?, record = ? WHERE sequence = ?",
            (digest, text, record.sequence),
        )
    connection.execute("UPDATE chain_heads SET hash = ?", (digest,))
    connection.close()
    with open_store(folder, clock) as store:
        assert store.journal("r") == records
        assert store.journal("r", after=1) == records[1:]
        # The head is another one than the system chain says; every record is as it was.
        assert [problem.code for problem in store.verify_run("r")] == ["polyphony.head_changed"]


def test_the_records_after_a_place_are_read_also_from_the_middle_of_a_page(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("r", records=700))
    assert [record.sequence for record in store.journal("r", after=300)] == [*range(301, 701)]
    assert store.verify_run("r") == []


def test_a_record_that_is_no_record_any_more_is_named_and_not_read(
    damaged: Damaged, folder: DataFolder, clock: ManualClock
) -> None:
    run, _ = damaged("UPDATE journal SET record = '{' WHERE run = 'r' AND sequence = 2")
    assert run == ["record_changed {'run': 'r', 'sequence': 2}"]
    with open_store(folder, clock) as store, pytest.raises(StoreUnusableError):
        store.journal("r")


def test_a_removed_record_is_named(damaged: Damaged) -> None:
    run, _ = damaged("DELETE FROM journal WHERE run = 'r' AND sequence IN (2, 3)")
    assert run[0] == "record_missing {'run': 'r', 'first': 2, 'last': 3}"


def test_a_removed_end_is_named(damaged: Damaged) -> None:
    run, _ = damaged("DELETE FROM journal WHERE run = 'r' AND sequence >= 4")
    assert run == ["record_missing {'run': 'r', 'first': 4, 'last': 5}"]


def test_a_record_of_another_run_does_not_pass_for_ones_own(damaged: Damaged) -> None:
    run, _ = damaged(
        "UPDATE journal SET (hash, record) ="
        " (SELECT hash, record FROM journal WHERE run = 'other' AND sequence = 1)"
        " WHERE run = 'r' AND sequence = 1"
    )
    assert run[0] == "record_changed {'run': 'r', 'sequence': 1}"


def test_a_shortened_chain_with_a_matching_head_is_seen_by_the_system_chain(
    damaged: Damaged,
) -> None:
    run, system = damaged(
        "DELETE FROM journal WHERE run = 'r' AND sequence = 5;"
        "UPDATE chain_heads SET (sequence, hash) ="
        " (SELECT sequence, hash FROM journal WHERE run = 'r' AND sequence = 4) WHERE run = 'r'"
    )
    assert run == ["head_changed {'run': 'r'}"]
    assert system == ["head_changed {'run': 'r'}"]


def test_a_run_that_vanished_without_a_tombstone_is_named(damaged: Damaged) -> None:
    run, system = damaged(
        "DELETE FROM journal WHERE run = 'r'; DELETE FROM chain_heads WHERE run = 'r'"
    )
    assert run == []
    assert system == ["run_missing {'run': 'r'}"]


def test_a_journal_without_a_head_is_named(damaged: Damaged) -> None:
    run, system = damaged("DELETE FROM chain_heads WHERE run = 'r'")
    assert run == ["head_missing {'run': 'r'}"]
    assert system == ["run_missing {'run': 'r'}"]


def test_an_edited_commit_of_the_system_chain_is_named(damaged: Damaged) -> None:
    _, system = damaged("UPDATE system_chain SET content = '{}' WHERE number = 1")
    assert system[0] == "system_chain_changed {'number': 1}"


@pytest.mark.parametrize(("trigger", "number"), [("ü\ud800\0", 2**70), ('"', 1), ("ü", 2**63)])
def test_records_survive_their_text_exactly(trigger: str, number: int) -> None:
    data = {"n": number, "e": "", "b": {"z": 0.1, "a": [None, True]}}
    record = JournalRecord("r", 1, "task:n[3]", "a", "b", "c", trigger, 0.1 + 0.2, 1e-17, data)
    text = page_text([record, record._replace(sequence=2)])
    assert records_of_page(text) == [record, record._replace(sequence=2)]
    assert link(START, text) != link(link(START, text), text)


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": [1.0, None]}) == '{"a":[1.0,null],"b":1}'
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_verification_reads_and_changes_nothing(folder: DataFolder, clock: ManualClock) -> None:
    with open_store(folder, clock) as store:
        store.commit_and_wait(Commit(records=[JournalRecord("r", 1, "run", "a", "b", "c")]))
        before = Path(folder.database).read_bytes()
        store.verify_run("r")
        store.verify_system()
        assert Path(folder.database).read_bytes() == before


def test_pages_of_older_stores_are_lists_of_whole_records() -> None:
    record = JournalRecord("r", 7, "run", "a", "b", "c", "", 1.5, 0.5, {"n": 1})
    after = record._replace(sequence=8)
    assert records_of_page(canonical(list(record))) == [record]
    assert records_of_page(canonical([list(record), list(after)])) == [record, after]


@pytest.mark.parametrize("text", ['{"first":1,"records":[[]]}', '{"run":"r"}', "[[1]]"])
def test_what_is_no_page_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError):
        records_of_page(text)
