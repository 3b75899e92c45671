"""A hold ends only by being lifted: the database itself sees to that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony import holds
from harmony.polyphony.errors import StoreError
from harmony.polyphony.records import ArtifactRow, Commit, JournalRecord, TierChange
from harmony.polyphony.store import Store, open_store

NewRun = Callable[..., Commit]
RUN = "01hzzzzzzz0000000000aaaaaa"
DIGEST = "ab" * 32


@pytest.fixture(params=[holds.ARTIFACT, holds.RUN])
def held(request: pytest.FixtureRequest, store: Store, new_run: NewRun) -> tuple[str, str]:
    """A finished run with an artifact, one of which is on hold; kind and subject of the hold."""
    reference = {"type": "text", "hash": DIGEST, "size": 3}
    commit = new_run(RUN, state="Completed")
    record = JournalRecord(RUN, 1, "task:a", "a", "b", "c", data={"out": reference})
    store.commit_and_wait(
        Commit(
            runs=commit.runs,
            updates=commit.updates,
            records=[record],
            artifacts=[ArtifactRow(DIGEST, "text", 3, b"abc")],
        )
    )
    subject = DIGEST if request.param == holds.ARTIFACT else RUN
    assert store.in_transaction(lambda c: holds.place(c, request.param, subject, "h", "audit", 1))
    return request.param, subject


def test_what_is_held_cannot_be_deleted_by_any_statement(
    store: Store, held: tuple[str, str]
) -> None:
    with pytest.raises(StoreError, match="on hold"):
        store.commit_and_wait(Commit(tier_changes=[TierChange(DIGEST, "Deleted")]))
    with pytest.raises(StoreError, match="on hold"):
        store.in_transaction(lambda c: c.execute("DELETE FROM artifacts"))
    row = store.artifact(DIGEST)
    assert row is not None
    assert row.inline == b"abc"


def test_a_commit_that_would_delete_what_is_held_takes_no_other_with_it(
    store: Store, held: tuple[str, str], new_run: NewRun
) -> None:
    outcomes: list[BaseException | None] = []
    store.commit(Commit(tier_changes=[TierChange(DIGEST, "Deleted")]), outcomes.append)
    store.commit_and_wait(new_run("01hzzzzzzz0000000000bbbbbb"))
    assert isinstance(outcomes[0], StoreError)
    assert len(store.runs()) == 2


def test_when_the_hold_is_lifted_it_can_go_and_the_hold_stays_on_record(
    store: Store, held: tuple[str, str]
) -> None:
    kind, subject = held
    assert store.in_transaction(lambda c: holds.lift(c, kind, subject, "h", 5))
    assert not store.in_transaction(lambda c: holds.lift(c, kind, subject, "h", 6))
    store.commit_and_wait(Commit(tier_changes=[TierChange(DIGEST, "Deleted")]))
    (past,) = store.reading(holds.holds)
    assert (past.subject, past.reason, past.at, past.lifted) == (subject, "audit", 1, 5)
    with pytest.raises(StoreError, match="its record stays"):
        store.in_transaction(lambda c: c.execute("DELETE FROM holds"))


def test_two_holds_are_lifted_one_by_one(store: Store, held: tuple[str, str]) -> None:
    kind, subject = held
    assert store.in_transaction(lambda c: holds.place(c, kind, subject, "other", "", 2))
    assert not store.in_transaction(lambda c: holds.place(c, kind, subject, "other", "", 3))
    store.in_transaction(lambda c: holds.lift(c, kind, subject, "h", 5))
    with pytest.raises(StoreError, match="on hold"):
        store.commit_and_wait(Commit(tier_changes=[TierChange(DIGEST, "Deleted")]))


def test_a_held_run_cannot_be_deleted(store: Store, held: tuple[str, str]) -> None:
    if held[0] == holds.RUN:
        with pytest.raises(StoreError, match="on hold"):
            store.commit_and_wait(Commit(deleted_runs=[RUN]))
        assert store.run(RUN).id == RUN
        assert len(store.journal(RUN)) == 1
    else:
        store.commit_and_wait(Commit(deleted_runs=[RUN]))
        assert store.runs() == []


def test_the_reason_why_something_stays_is_told(
    store: Store, held: tuple[str, str], folder: DataFolder, clock: ManualClock
) -> None:
    assert [artifact.protected for artifact in store.stored_artifacts()] == ["on hold"]
    with open_store(folder, clock) as other:
        assert [artifact.protected for artifact in other.stored_artifacts()] == ["on hold"]
