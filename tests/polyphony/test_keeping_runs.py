"""What goes into the store and comes out again."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import pytest

from harmony.foundation.clock import ManualClock
from harmony.foundation.paths import DataFolder
from harmony.foundation.redaction import Redactor
from harmony.polyphony.checkpoints import MANUAL, Draft, create
from harmony.polyphony.errors import (
    CommitRefusedError,
    StoreClosedError,
    StoreFullError,
    StoreWriteError,
    UnknownRunError,
)
from harmony.polyphony.records import (
    ArtifactRow,
    Commit,
    JournalRecord,
    Pin,
    ResultRow,
    RunUpdate,
    TierChange,
)
from harmony.polyphony.store import Store, open_store

RUN = "01hzzzzzzz0000000000aaaaaa"
NewRun = Callable[..., Commit]


def record(sequence: int, run: str = RUN, **data: object) -> JournalRecord:
    return JournalRecord(run, sequence, "task:a", "Ready", "go", "Done", at=1.1, data=data)


def reference(digest: str) -> dict[str, object]:
    return {"type": "text", "hash": digest, "size": 3}


def test_a_run_comes_back_as_it_was_committed_after_reopening(
    folder: DataFolder, clock: ManualClock, new_run: NewRun
) -> None:
    update = RunUpdate(RUN, "Failed", 2.0, 3.5, 9, 4, 1, 3, 1, "node a failed")
    with open_store(folder, clock) as store:
        store.commit_and_wait(
            new_run(
                RUN,
                melody=b"\x00bytes",
                overrides={"a.b": [1, None]},
                plan={"token": "abcdefgh"},
                parent="p",
                parent_task="t",
                path="/m.melody",
                base_folder="/",
            )
        )
        store.commit_and_wait(Commit(records=[record(1, x=[1.25, "ü"])], updates=[update]))
    with open_store(folder, clock) as store:
        summary, row = store.run(RUN), store.run_row(RUN)
        assert (summary.state, summary.started, summary.finished) == ("Failed", 2.0, 3.5)
        assert (summary.total, summary.completed, summary.failed) == (9, 4, 1)
        assert (summary.reused, summary.skipped, summary.cause) == (3, 1, "node a failed")
        assert (summary.parent, summary.parent_task) == ("p", "t")
        assert (row.melody, row.overrides, row.path) == (
            b"\x00bytes",
            {"a.b": [1, None]},
            "/m.melody",
        )
        assert row.plan == {"token": "abcdefgh"}
        assert store.melody_of(RUN) == b"\x00bytes"
        assert store.journal(RUN) == [record(1, x=[1.25, "ü"])]
        assert store.journal(RUN, after=1) == []
        assert store.last_sequence(RUN) == 1


def test_an_update_replaces_the_one_before_as_a_whole(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run(RUN))
    store.commit_and_wait(Commit(updates=[RunUpdate(RUN, "Failed", finished=9.0, cause="x")]))
    store.commit_and_wait(
        Commit(updates=[RunUpdate(RUN, "Ready", total=1), RunUpdate(RUN, "Executing", total=2)])
    )
    run = store.run(RUN)
    assert (run.state, run.total, run.finished, run.cause) == ("Executing", 2, None, "")


def test_commits_are_acknowledged_in_the_order_in_which_they_were_given(store: Store) -> None:
    told: list[int] = []
    last = threading.Event()
    for number in range(1, 501):

        def done(error: BaseException | None, number: int = number) -> None:
            assert error is None
            told.append(number)
            if number == 500:
                last.set()

        store.commit(Commit(records=[record(number)]), done)
    assert last.wait(60)
    assert told == list(range(1, 501))
    assert [found.sequence for found in store.journal(RUN)] == told


def test_an_acknowledged_record_can_be_read_from_within_the_acknowledgement(store: Store) -> None:
    seen: list[int] = []
    told = threading.Event()

    def done(error: BaseException | None) -> None:
        seen.append(store.last_sequence(RUN))
        told.set()

    store.commit(Commit(records=[record(1)]), done)
    assert told.wait(60)
    assert seen == [1]


def test_closing_writes_what_still_waits(folder: DataFolder, clock: ManualClock) -> None:
    told: list[BaseException | None] = []
    store = open_store(folder, clock)
    for number in range(1, 2501):
        store.commit(Commit(records=[record(number)]), told.append)
    store.close()
    store.close()
    assert told == [None] * 2500
    with open_store(folder, clock) as again:
        assert again.last_sequence(RUN) == 2500
        assert again.problems == []


def test_a_closed_store_says_so(folder: DataFolder, clock: ManualClock) -> None:
    store = open_store(folder, clock)
    store.close()
    with pytest.raises(StoreClosedError):
        store.runs()
    with pytest.raises(StoreClosedError):
        store.commit(Commit(), lambda _: None)


def test_a_gap_in_a_journal_is_refused_and_its_commit_leaves_nothing(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(Commit(records=[record(1)]))
    for wrong in (1, 3):
        with pytest.raises(CommitRefusedError) as caught:
            store.commit_and_wait(Commit(runs=new_run("01other").runs, records=[record(wrong)]))
        assert caught.value.parameters["expected"] == 2
    assert store.runs() == []
    store.commit_and_wait(Commit(records=[record(2), record(3)]))
    assert store.verify_run(RUN) == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, {1, 2}, b"bytes"])
def test_what_has_no_form_in_json_is_refused_alone(store: Store, bad: object) -> None:
    told: list[BaseException | None] = []
    last = threading.Event()
    store.commit(Commit(records=[record(1)]), told.append)
    store.commit(Commit(records=[record(2, value=bad)]), told.append)
    store.commit(Commit(records=[record(2)]), lambda error: (told.append(error), last.set()))
    assert last.wait(60)
    assert [type(error) for error in told] == [type(None), CommitRefusedError, type(None)]
    assert store.verify_run(RUN) == []


def test_a_commit_that_the_database_refuses_does_not_take_its_neighbours_with_it(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("01taken"))
    told: dict[str, BaseException | None] = {}
    last = threading.Event()

    def tell(name: str) -> Callable[[BaseException | None], None]:
        def done(error: BaseException | None) -> None:
            told[name] = error
            if name == "after":
                last.set()

        return done

    # The queue is held back, so that the three meet in one batch.
    gate = threading.Event()
    store.commit(Commit(), lambda _: gate.wait(60) and None)
    store.commit(Commit(records=[record(1)]), tell("before"))
    store.commit(new_run("01taken"), tell("twice"))
    store.commit(Commit(records=[record(2)]), tell("after"))
    gate.set()
    assert last.wait(60)
    assert (told["before"], told["after"]) == (None, None)
    assert isinstance(told["twice"], StoreWriteError)
    assert store.last_sequence(RUN) == 2
    assert store.verify_system() == []


def test_a_full_disk_refuses_the_commit_and_the_store_stays_usable(store: Store) -> None:
    def limit(pages: int) -> None:
        store.in_transaction(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchall())

    pages = store.in_transaction(lambda c: c.execute("PRAGMA page_count").fetchall())[0][0]
    store.commit_and_wait(Commit(records=[record(1)]))
    limit(pages + 4)
    with pytest.raises(StoreFullError) as caught:
        store.commit_and_wait(Commit(records=[record(2, text="x" * 200_000)]))
    assert "full" in str(caught.value)
    assert store.last_sequence(RUN) == 1
    limit(1_000_000)
    store.commit_and_wait(Commit(records=[record(2, text="x" * 200_000)]))
    assert store.verify_run(RUN) == store.verify_system() == []


def test_a_disk_that_refuses_to_write_is_a_named_error_and_no_end(
    folder: DataFolder, start: Callable[..., object]
) -> None:
    process = start("fill.py", folder.home)
    out, _ = process.communicate(timeout=120)  # type: ignore[attr-defined]
    assert out.splitlines() == ["kept", "StoreDiskError", "kept", "2 0 0"]


def test_an_error_in_an_acknowledgement_is_shown_and_the_store_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", shown.append)

    def fail(_: BaseException | None) -> None:
        raise RuntimeError("broken listener")

    store.commit(Commit(records=[record(1)]), fail)
    store.commit_and_wait(Commit(records=[record(2)]))
    assert [str(args.exc_value) for args in shown] == ["broken listener"]


def test_secrets_are_taken_out_before_they_are_chained(
    folder: DataFolder, clock: ManualClock
) -> None:
    with open_store(folder, clock, Redactor(["hunter2"])) as store:
        store.commit_and_wait(
            Commit(
                records=[record(1, text="my hunter2")],
                artifacts=[ArtifactRow("h", "text", 7, b"hunter2", {"head": "hunter2"})],
                results=[ResultRow("k", RUN, "a", {"out": {"value": "hunter2"}})],
            )
        )
        store.commit_and_wait(Commit(updates=[RunUpdate(RUN, "Failed", cause="hunter2")]))
        assert store.journal(RUN)[0].data == {"text": "my ••••"}
        found = store.artifact("h")
        assert found is not None
        assert found.summary == {"head": "••••"}
        assert found.inline == b"hunter2"  # content is what its hash says it is
        assert store.verify_run(RUN) == []
    kept = folder.database.read_bytes()
    assert kept.count(b"hunter2") == 1


def test_by_default_what_looks_like_a_secret_is_masked(store: Store) -> None:
    store.commit_and_wait(
        Commit(records=[record(1, error={"text": "api_key=sk-0123456789abcdef0"})])
    )
    assert "0123456789" not in str(store.journal(RUN))


def test_the_newest_result_whose_artifacts_exist_is_reused(store: Store) -> None:
    artifacts = [ArtifactRow(digest, "text", 1, b"x") for digest in ("old", "new")]
    store.commit_and_wait(
        Commit(
            artifacts=artifacts,
            results=[
                ResultRow("key", RUN, "a", {"out": reference("old")}, 1.0),
                ResultRow("key", RUN, "b", {"out": reference("new")}, 2.0),
            ],
        )
    )
    found = store.result("key")
    assert found is not None
    assert found.task == "b"
    store.commit_and_wait(Commit(tier_changes=[TierChange("new", "Deleted")]))
    found = store.result("key")
    assert found is not None
    assert found.task == "a"
    store.commit_and_wait(Commit(tier_changes=[TierChange("old", "Deleted")]))
    assert store.result("key") is None
    assert [row.task for row in store.results("key")] == ["b", "a"]


def test_an_artifact_that_is_made_again_is_back(store: Store) -> None:
    store.commit_and_wait(Commit(artifacts=[ArtifactRow("h", "text", 1, b"x", at=1.0)]))
    store.commit_and_wait(Commit(tier_changes=[TierChange("h", "Deleted")]))
    gone = store.artifact("h")
    assert gone is not None
    assert (gone.tier, gone.inline) == ("Deleted", None)
    store.commit_and_wait(Commit(artifacts=[ArtifactRow("h", "text", 1, b"x", at=5.0)]))
    back = store.artifact("h")
    assert back is not None
    assert (back.tier, back.inline, back.at) == ("SSD_Hot", b"x", 5.0)


def test_the_artifacts_of_a_run_are_those_that_its_journal_names_at_any_depth(
    store: Store,
) -> None:
    rows = [ArtifactRow(digest, "text", 1, b"x") for digest in ("a", "b", "c", "unused")]
    listed = {"type": "list[text]", "hash": "b", "size": 2, "items": [reference("c")]}
    store.commit_and_wait(
        Commit(
            artifacts=rows,
            records=[record(1, outputs={"one": reference("a"), "many": listed}), record(2)],
        )
    )
    assert {row.hash for row in store.artifacts_of(RUN)} == {"a", "b", "c"}


BEFORE_THE_CHANGE = Draft("c1", "before the change", MANUAL, 1.0, {}, (), run="marked")


def test_unfinished_runs_pins_and_checkpoints_protect_their_artifacts(
    store: Store, new_run: NewRun
) -> None:
    for name, state in (("marked", "Failed"), ("ended", "Completed"), ("going", "Paused")):
        store.commit_and_wait(new_run(name, state=state))
        store.commit_and_wait(Commit(records=[record(1, run=name, out=reference(name))]))
        if name == "marked":
            store.in_chain(lambda connection: create(connection, BEFORE_THE_CHANGE))
    store.commit_and_wait(
        Commit(
            artifacts=[
                ArtifactRow(name, "text", 1, b"x") for name in ("going", "ended", "marked", "held")
            ],
            pins=[Pin("held")],
        )
    )
    protected = {found.hash: found.protected for found in store.stored_artifacts()}
    assert protected == {
        "going": "unfinished run",
        "ended": "",
        "marked": "checkpoint",
        "held": "pinned",
    }
    store.commit_and_wait(Commit(pins=[Pin("held", pinned=False)]))
    assert {f.hash: f.protected for f in store.stored_artifacts()}["held"] == ""
    assert [point.name for point in store.checkpoints()] == ["before the change"]


def test_runs_are_listed_newest_first_page_by_page_and_by_state(
    store: Store, new_run: NewRun
) -> None:
    for number in range(10):
        state = "Failed" if number % 3 == 0 else "Completed"
        # Two at the same instant each, so that the order needs more than the time.
        store.commit_and_wait(new_run(f"run{number}", state=state, created=float(number // 2)))
    names = [run.id for run in store.runs()]
    assert names == [f"run{number}" for number in range(9, -1, -1)]
    first = store.runs(limit=4)
    assert [run.id for run in store.runs(limit=4, before=first[-1].id)] == names[4:8]
    assert [run.id for run in store.runs(state="Failed")] == ["run9", "run6", "run3", "run0"]


def test_a_run_is_found_by_a_unique_beginning_of_its_id_or_its_short_id(
    store: Store, new_run: NewRun
) -> None:
    store.commit_and_wait(new_run("01hzzzzzzz0000000000aaaaaa"))
    store.commit_and_wait(new_run("01hzzzzzzz0000000000aabbbb"))
    assert store.run("00aaaaaa").id == RUN
    assert store.run("00aaa").id == RUN
    assert store.run(RUN.upper()).id == RUN
    with pytest.raises(UnknownRunError) as caught:
        store.run("01hz")
    assert len(caught.value.parameters["candidates"]) == 2  # type: ignore[arg-type]
    for unknown in ("zz", "", "%", "01hzzzzzzz0000000000aaaaaaa"):
        with pytest.raises(UnknownRunError):
            store.run(unknown)


def test_runs_are_searched_by_words(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run("r1", name="Monthly weather", path="/a/b_1.melody"))
    store.commit_and_wait(
        new_run("r2", name="Word statistics", state="Failed", path="/a/bx1.melody")
    )
    assert [run.id for run in store.search_runs("weather monthly")] == ["r1"]
    assert [run.id for run in store.search_runs("failed stat")] == ["r2"]
    assert [run.id for run in store.search_runs("b_1")] == ["r1"]  # no wildcard
    assert store.search_runs("100%") == []
    assert len(store.search_runs("")) == 2


def test_a_deleted_run_is_gone_and_leaves_a_tombstone(store: Store, new_run: NewRun) -> None:
    store.commit_and_wait(new_run("stays", records=2, melody=b"shared"))
    store.commit_and_wait(new_run("goes", records=3, melody=b"alone"))
    store.commit_and_wait(Commit(deleted_runs=["goes"]))
    assert [run.id for run in store.runs()] == ["stays"]
    assert store.journal("goes") == []
    assert store.verify_system() == []
    with pytest.raises(UnknownRunError):
        store.run("goes")
    contents = store.reading(lambda c: c.execute("SELECT content FROM melodies").fetchall())
    assert contents == [(b"shared",)]


def test_a_melody_keeps_its_versions_and_equal_content_is_kept_once(
    store: Store, new_run: NewRun, clock: ManualClock
) -> None:
    store.remember_version("m1", "h1", b"first", "weather", "/w.melody")
    store.remember_version("m1", "h1", b"first", "weather", "/w.melody")
    clock.advance(5)
    store.remember_version("m1", "h1", b"first, moved", "weather", "/w.melody")
    store.commit_and_wait(new_run("r1", melody=b"first, moved"))
    store.remember_version("m2", "h9", b"other", "words")
    versions = store.melody_versions("m1")
    assert [version.run for version in versions] == ["r1", None, None]
    assert [store.melody_content(version.snapshot) for version in versions] == [
        b"first, moved",
        b"first, moved",
        b"first",
    ]
    assert len({version.hash for version in versions}) == 1
    assert store.reading(lambda c: c.execute("SELECT count(*) FROM melodies").fetchall()) == [(3,)]


def test_no_list_walks_a_whole_table(store: Store) -> None:
    """Each query of the window goes through an index: the plan, not the clock, is the proof."""
    plans: list[str] = []

    def note(connection: object, statement: str, bindings: object) -> bool:
        plans.append(statement)
        return True

    reader = store._reader
    reader.exec_trace = note
    store.runs(limit=10)
    store.runs(limit=10, state="Failed")
    store.journal(RUN)
    store.last_sequence(RUN)
    store.results("k")
    store.artifacts(["a"])
    store.artifacts_of(RUN)
    store.melody_versions("m1")
    store.leases.owner_of(RUN)
    store.leases.interrupted()
    reader.exec_trace = None
    assert len(plans) >= 11
    for statement in plans:
        count = statement.count("?")
        explained = reader.execute(f"EXPLAIN QUERY PLAN {statement}", (None,) * count).fetchall()
        walked = [
            detail
            for *_, detail in explained
            if detail.startswith("SCAN") and "USING" not in detail and "json_each" not in detail
        ]
        assert walked == [], statement
