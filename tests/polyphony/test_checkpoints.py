"""A checkpoint is a cut of the whole store: cheap, whole, kept from collection, chained."""

from __future__ import annotations

from collections.abc import Callable

import apsw
import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.polyphony import checkpoints
from harmony.polyphony.checkpoints import (
    BEFORE_RESUME,
    MANUAL,
    PROGRESS,
    CheckpointError,
    Draft,
    StoredEntity,
)
from harmony.polyphony.errors import StoreError
from harmony.polyphony.records import Commit
from harmony.polyphony.store import Store, open_store

NewRun = Callable[..., Commit]


def draft(name: str, *entities: StoredEntity, **more: object) -> Draft:
    kind = str(more.pop("kind", MANUAL))
    return Draft(f"id-of-{name}", name, kind, 5.0, {}, entities, **more)  # type: ignore[arg-type]


def made(store: Store, wanted: Draft) -> checkpoints.Checkpoint:
    return store.in_chain(lambda c: checkpoints.create(c, wanted))


def whole(store: Store, name: str) -> checkpoints.Checkpoint:
    return store.reading(lambda c: checkpoints.read(c, f"id-of-{name}"))


def count(store: Store, table: str) -> int:
    return int(store.reading(lambda c: c.execute(f"SELECT count(*) FROM {table}").fetchall())[0][0])


def test_a_cut_names_what_is_under_way_and_how_far_each_journal_has_got(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("going", records=3))
    store.commit_and_wait(new_run("over", state="Completed", records=2))
    made(store, draft("first"))
    assert whole(store, "first").runs == (("going", 3, "Executing"),)


def test_the_run_that_a_cut_was_made_for_is_in_it_also_when_it_has_ended(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("over", state="Failed", records=2))
    made(store, draft("first", run="over"))
    assert whole(store, "first").runs == (("over", 2, "Failed"),)


def test_a_run_that_goes_on_as_a_fork_is_no_part_of_later_cuts(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("left", records=1))
    store.commit_and_wait(new_run("fork", records=1, parent="left", parent_sequence=1))
    made(store, draft("first"))
    assert [run.run for run in whole(store, "first").runs] == ["fork"]
    assert store.reading(lambda c: checkpoints.continued_as(c, "left")) == "fork"
    assert store.run_row("fork").parent_sequence == 1


def test_a_state_that_has_not_changed_is_stored_once(store: Store) -> None:
    agent = StoredEntity("Agent", "a", {"history": ["x" * 1000]})
    for name in ("first", "second"):
        made(store, draft(name, agent))
    assert count(store, "entity_states") == 1
    store.in_chain(lambda c: checkpoints.delete(c, "id-of-first"))
    assert whole(store, "second").entities == (agent,)
    store.in_chain(lambda c: checkpoints.delete(c, "id-of-second"))
    assert count(store, "entity_states") == count(store, "checkpoint_entities") == 0


def test_of_the_automatic_ones_the_newest_stay_and_those_of_a_person_all(store: Store) -> None:
    made(store, draft("mine"))
    for number in range(5):
        made(store, draft(f"auto{number}", kind=PROGRESS, keep=2))
    assert [cut.name for cut in store.checkpoints()] == ["auto4", "auto3", "mine"]


def test_the_latest_is_never_one_that_was_made_to_be_able_to_go_back(store: Store) -> None:
    assert store.reading(checkpoints.latest) is None
    made(store, draft("mine"))
    made(store, draft("before", kind=BEFORE_RESUME))
    assert store.reading(checkpoints.latest) == "id-of-mine"


def test_a_run_that_a_person_has_checkpointed_is_not_deleted(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run("r", state="Failed", records=1))
    made(store, draft("mine", run="r"))
    with pytest.raises(StoreError):
        store.commit_and_wait(Commit(deleted_runs=["r"]))
    store.in_chain(lambda c: checkpoints.delete(c, "id-of-mine"))
    made(store, draft("auto", run="r", kind=PROGRESS))
    store.commit_and_wait(Commit(deleted_runs=["r"]))
    assert store.checkpoints() == []


def test_artifacts_that_an_entity_refers_to_are_kept(store: Store) -> None:
    reference = {"type": "text", "hash": "abc", "size": 1}
    made(store, draft("mine", StoredEntity("Thing", "t", {"inside": [reference]})))
    assert count(store, "checkpoint_artifacts") == 1


def test_saved_melodies_come_back_as_further_versions(store: Store) -> None:
    store.remember_version("m", "h1", b"old", "weather")
    store.remember_version("same", "h5", b"same", "words")
    cut = made(store, draft("mine"))
    store.remember_version("m", "h2", b"new", "weather")
    store.remember_version("later", "h3", b"later", "new one")
    brought = store.in_transaction(lambda c: checkpoints.bring_back_versions(c, cut.versions, 9.0))
    assert brought == ["m"]
    contents = [store.melody_content(v.snapshot) for v in store.melody_versions("m")]
    assert contents == [b"old", b"new", b"old"]
    again = store.in_transaction(lambda c: checkpoints.bring_back_versions(c, cut.versions, 9.0))
    assert again == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entity_states SET state = '{\"history\":[2]}'",
        "UPDATE checkpoint_runs SET sequence = 1",
        "DELETE FROM entity_states",
        "UPDATE checkpoints SET versions = 7",
        "UPDATE checkpoints SET settings = '{'",
    ],
)
def test_a_checkpoint_that_was_changed_is_named_and_not_used(
    store: Store, folder: DataFolder, new_run: NewRun, change: str
) -> None:
    store.commit_and_wait(new_run("r", records=3))
    made(store, draft("mine", StoredEntity("Agent", "a", {"history": [1]})))
    connection = apsw.Connection(str(folder.database))
    connection.execute(change)
    connection.close()
    with pytest.raises(CheckpointError) as caught:
        whole(store, "mine")
    assert caught.value.code == "polyphony.checkpoint_damaged"
    [found] = store.reading(checkpoints.damaged)
    assert found.code == "polyphony.checkpoint_changed"


def test_a_checkpoint_is_chained_and_its_loss_noticed(
    folder: DataFolder, clock: ManualClock
) -> None:
    with open_store(folder, clock) as store:
        made(store, draft("mine"))
        assert store.verify_system() == []
    connection = apsw.Connection(str(folder.database))
    connection.execute("DELETE FROM system_chain; DELETE FROM checkpoints")
    connection.close()
    with open_store(folder, clock) as store:
        assert [found.code for found in store.problems] == ["polyphony.commits_missing"]


def test_one_that_does_not_exist_is_named(store: Store) -> None:
    with pytest.raises(CheckpointError) as caught:
        whole(store, "nobody")
    assert caught.value.code == "polyphony.checkpoint_unknown"
