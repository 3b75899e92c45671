"""Workflows in SQLite: durable transitions, checkpoints, retention, versions of the database."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import apsw
import pytest

from harmony.foundation.clock import ManualClock
from harmony.polyphony.schema import Form
from harmony.workflow import tables
from harmony.workflow.definition import definition
from harmony.workflow.errors import (
    ConflictError,
    IllegalEventError,
    RecoveryError,
    StateMachineError,
    UnknownWorkflowError,
    WorkflowStoreError,
)
from harmony.workflow.events import WorkflowEvent
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.recovery import WorkflowRecovery
from harmony.workflow.store import SqliteWorkflowStore, StateStoreConfig


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def opened(database: Path | str, **config: Any) -> Coroutine[Any, Any, SqliteWorkflowStore]:
    return SqliteWorkflowStore.open(database, StateStoreConfig(**config))


async def attached(store: SqliteWorkflowStore, name: str = "w") -> WorkflowStateMachine:
    return await store.attach(WorkflowStateMachine(name))


def rows(database: Path, statement: str, *values: Any) -> list[Any]:
    connection = sqlite3.connect(database)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def test_each_transition_of_an_attached_machine_is_stored_before_it_counts(
    database: Path,
) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            await machine.set_context("a", 1)
            for event in ("Start", "Pause", WorkflowEvent.custom("note", {"x": [1]})):
                done = await machine.process_event(event)
                stored = await store.get_workflow_history("w")
                assert stored[-1] == done.entry
            await machine.set_context("b", 2)
            loaded = await store.load_workflow("w")
            assert loaded == await machine.serialize()

    run(story())


def test_a_workflow_goes_on_after_a_restart_and_rolls_back_what_was_before_it(
    database: Path,
) -> None:
    async def before() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            await machine.set_context("a", 1)
            await machine.process_event("Start")
            await machine.set_context("a", 2)
            await machine.process_event("Pause")
            await machine.set_context("b", 3)

    async def afterwards() -> None:
        async with await opened(database) as store:
            machine = await WorkflowRecovery.recover_workflow(store, "w")
            assert (machine.state, await machine.get_all_context()) == ("Paused", {"a": 2, "b": 3})
            await machine.rollback()
            assert (machine.state, await machine.get_all_context()) == ("Running", {"a": 1})
            assert [entry.event for entry in await store.get_workflow_history("w")] == [
                "Start", "Pause", "Rollback",
            ]  # fmt: skip

    run(before())
    run(afterwards())
    run(afterwards_again(database))


async def afterwards_again(database: Path) -> None:
    async with await opened(database) as store:
        machine = await WorkflowRecovery.recover_workflow(store, "w")
        await machine.rollback()
        assert (machine.state, await machine.get_all_context()) == ("Idle", {})


def test_a_transition_that_cannot_be_stored_leaves_the_machine_where_it_was(
    database: Path,
) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            other = await WorkflowRecovery.recover_workflow(store, "w")
            await other.process_event("Start")
            with pytest.raises(ConflictError, match="recover it from the store"):
                await machine.process_event("Start")
            assert (machine.state, machine.sequence) == ("Idle", 0)
            with pytest.raises(ConflictError):
                await machine.set_context("a", 1)
            assert await machine.get_all_context() == {}
        with pytest.raises(WorkflowStoreError, match="closed"):
            await other.process_event("Pause")
        assert other.state == "Running"

    run(story())


def test_one_refused_record_takes_no_other_with_it(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machines = [await attached(store, f"w{number}") for number in range(20)]
            behind = await WorkflowRecovery.recover_workflow(store, "w0")
            await machines[0].process_event("Start")
            results = await asyncio.gather(
                behind.process_event("Start"),
                *(machine.process_event("Start") for machine in machines[1:]),
                return_exceptions=True,
            )
            assert [isinstance(result, ConflictError) for result in results] == [
                True, *[False] * 19,
            ]  # fmt: skip
            stored = await store.list_workflows()
            assert {record.state for record in stored} == {"Running"}

    run(story())


def test_what_a_refused_job_had_written_goes_and_what_came_with_it_stays(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            for name in ("a", "b"):
                await attached(store, name)
            release = threading.Event()

            def breaks(connection: apsw.Connection) -> None:
                connection.execute("UPDATE workflows SET state = 'Nowhere' WHERE id = 'a'")
                raise ConflictError("workflow.unknown", workflow="a")

            def writes(connection: apsw.Connection) -> None:
                connection.execute("UPDATE workflows SET state = 'Paused' WHERE id = 'b'")

            submit = store._committer.submit
            held = submit(lambda _: release.wait())
            together = [submit(breaks), submit(writes)]  # they wait, so they share a transaction
            release.set()
            results = await asyncio.gather(
                *map(asyncio.wrap_future, (held, *together)), return_exceptions=True
            )
            assert [type(result) for result in results] == [bool, ConflictError, type(None)]
            states = {record.workflow_id: record.state for record in await store.list_workflows()}
            assert states == {"a": "Idle", "b": "Paused"}

    run(story())


def test_a_sender_that_gives_up_during_a_commit_leaves_machine_and_store_agreed(
    database: Path,
) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            reached, go_on = threading.Event(), threading.Event()

            def hold(_: apsw.Connection) -> None:
                reached.set()
                go_on.wait()

            held = store._committer.submit(hold)
            await asyncio.to_thread(reached.wait)
            sending = asyncio.create_task(machine.process_event("Start"))
            await asyncio.sleep(0)  # it has handed its record over, and waits for the disk
            assert store._committer._queue.qsize() == 1
            sending.cancel()
            await asyncio.sleep(0)
            sending.cancel()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await asyncio.wrap_future(held)
            assert machine.state == "Running"
            assert (await store.load_workflow("w")).history == (await machine.serialize()).history

    run(story())


def test_saving_by_hand_stores_what_the_store_lacks(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = WorkflowStateMachine("w")
            await machine.process_event("Start")
            await store.save_workflow(machine)
            await machine.process_event("Pause")
            await machine.set_context("a", 1)
            await store.save_workflow(machine)
            await store.save_workflow(machine)
            assert await store.load_workflow("w") == await machine.serialize()
            entry = (await machine.process_event("Resume")).entry
            await store.save_transition("w", entry)
            with pytest.raises(ConflictError):
                await store.save_transition("w", entry)
            with pytest.raises(UnknownWorkflowError, match="'nobody'"):
                await store.save_transition("nobody", entry)
            assert await store.get_workflow_history("w", limit=1) == [entry]

    run(story())


def test_a_machine_whose_first_records_are_gone_is_saved_from_where_it_begins(
    database: Path,
) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = WorkflowStateMachine("w", max_history=3)
            await machine.process_event("Start")
            await store.save_workflow(machine)
            for number in range(10):
                await machine.set_context("n", number)
                await machine.process_event("tick")
            await store.save_workflow(machine)
            assert await store.load_workflow("w") == await machine.serialize()

    run(story())


def test_another_history_under_a_known_name_is_refused(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            first = await attached(store)
            await first.process_event("Start")
            with pytest.raises(ConflictError, match="another history"):
                await store.save_workflow(WorkflowStateMachine("w"))
            second = WorkflowStateMachine("w")
            await second.process_event("Start")
            with pytest.raises(ConflictError):  # the same event, at another time
                await store.save_workflow(second)
            third = definition("other", "Idle", ["Idle"], {})
            with pytest.raises(ConflictError):
                await store.save_workflow(WorkflowStateMachine("w", third))

    run(story())


def test_lists_and_deletes(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            for name in ("a", "b"):
                await attached(store, name)
            await store.create_checkpoint("a", "first")
            await store.delete_workflow("a")
            assert [record.workflow_id for record in await store.list_workflows()] == ["b"]
            assert await store.list_checkpoints() == []
            for call in (store.load_workflow, store.delete_workflow, store.get_workflow_history,
                         store.create_checkpoint):  # fmt: skip
                with pytest.raises(UnknownWorkflowError, match="'a'"):
                    await call("a")

    run(story())


# Checkpoints


def test_a_checkpoint_is_gone_back_to_by_a_new_record(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            await machine.process_event("Start")
            await machine.set_context("a", 1)
            made = await store.create_checkpoint("w", "before the risk")
            await machine.set_context("a", 2)
            await machine.process_event("Fail")
            assert await store.list_checkpoints("w") == [made]
            assert (made.name, made.state, made.sequence) == ("before the risk", "Running", 1)
            back = await store.restore_checkpoint(made.id, machine)
            assert back is machine
            assert (machine.state, await machine.get_all_context()) == ("Running", {"a": 1})
            last = (await store.get_workflow_history("w"))[-1]
            assert (last.event, last.restores) == ("Rollback", made.id)
            # It survives a restart, and can itself be taken back.
            again = await WorkflowRecovery.recover_workflow(store, "w")
            await again.rollback()
            assert (again.state, await again.get_all_context()) == ("Failed", {"a": 2})

    run(story())


def test_another_workflow_may_begin_at_a_checkpoint(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            await machine.process_event("Start")
            await machine.set_context("a", 1)
            made = await store.create_checkpoint(machine)
            await machine.process_event("Complete")
            with pytest.raises(IllegalEventError):
                await store.restore_checkpoint(made.id)
            fork = await store.restore_checkpoint(made.id, as_workflow="w-again")
            await fork.process_event("Fail")
            assert await fork.get_all_context() == {"a": 1}
            assert machine.state == "Completed"
            assert (await store.load_workflow("w-again")).history[0].from_state == "Running"
            with pytest.raises(StateMachineError, match="w-again"):
                await store.restore_checkpoint(made.id, as_workflow="w-again")
            with pytest.raises(WorkflowStoreError, match="belongs to w"):
                await store.restore_checkpoint(made.id, fork)
            await store.delete_checkpoint(made.id)
            with pytest.raises(UnknownWorkflowError, match=made.id):
                await store.restore_checkpoint(made.id)

    run(story())


def test_a_changed_checkpoint_is_not_restored(database: Path) -> None:
    async def make() -> str:
        async with await opened(database) as store:
            machine = await attached(store)
            await machine.set_context("amount", 1)
            return (await store.create_checkpoint(machine)).id

    made = run(make())
    rows(database, "UPDATE checkpoints SET content = replace(content, '1', '9')")

    async def restore() -> None:
        async with await opened(database) as store:
            with pytest.raises(RecoveryError, match="not as it was written"):
                await store.restore_checkpoint(made)

    run(restore())


# Retention


def test_retention_never_takes_what_recovery_needs(database: Path) -> None:
    async def story() -> None:
        async with await opened(database, max_history_per_workflow=20) as store:
            machine = await attached(store)
            await machine.process_event("Start")
            made = await store.create_checkpoint("w")
            for number in range(200):
                await machine.set_context(f"key{number % 7}", number)
                await machine.process_event("tick")
            stored = await store.get_workflow_history("w")
            assert 20 <= len(stored) <= 22
            assert await store.apply_retention() == len(stored) - 20
            assert await store.apply_retention() == 0
            again = await WorkflowRecovery.recover_workflow(store, "w")
            assert (again.state, again.sequence) == ("Running", 201)
            assert await again.get_all_context() == await machine.get_all_context()
            await again.rollback()
            assert (await again.get_all_context())["key3"] == 192
            back = await store.restore_checkpoint(made.id)
            assert (back.state, await back.get_all_context()) == ("Running", {})

    run(story())


def test_records_of_age_go_and_the_workflow_stands_where_it_stood(database: Path) -> None:
    async def story() -> None:
        clock = ManualClock(wall=1_000_000.0)
        config = StateStoreConfig(max_history_per_workflow=None, max_age_seconds=100)
        async with await SqliteWorkflowStore.open(database, config, clock=clock) as store:
            machine = await store.attach(WorkflowStateMachine("w", clock=clock))
            for event in ("Start", "Pause", "Resume"):
                await machine.set_context(event, True)
                await machine.process_event(event)
                clock.advance(60)
            assert await store.apply_retention() == 2
            loaded = await store.load_workflow("w")
            assert [entry.event for entry in loaded.history] == ["Resume"]
            clock.advance(1000)
            assert await store.apply_retention() == 1
            again = await WorkflowRecovery.recover_workflow(store, "w")
            assert (again.state, again.sequence) == ("Running", 3)
            assert set(await again.get_all_context()) == {"Start", "Pause", "Resume"}
            await again.process_event("Complete")

    run(story())


@pytest.mark.parametrize("config", [{"max_history_per_workflow": 0}, {"max_age_seconds": 0}])
def test_a_retention_that_keeps_nothing_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(WorkflowStoreError):
        StateStoreConfig(**config)


# The database


def test_an_address_may_be_a_path_or_a_url(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)

    async def path_of(address: Any) -> Path:
        async with await SqliteWorkflowStore.open(address) as store:
            assert await store.initialize_schema() == tables.FORM.version
            return store.path.resolve()

    for address in ("a.db", Path("a.db"), tmp_path / "a.db", "sqlite:a.db", "sqlite://a.db",
                    f"sqlite://{tmp_path}/a.db", "sqlite:a.db?mode=rwc",
                    "sqlite:%61.db?mode=rw"):  # fmt: skip
        assert run(path_of(address)) == (tmp_path / "a.db").resolve()
    assert oct((tmp_path / "a.db").stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize(
    "address",
    ["", ":memory:", "sqlite::memory:", "sqlite:", "postgres://host/db", "sqlite:a.db?mode=ro",
     "sqlite:a.db?cache=shared"],
)  # fmt: skip
def test_an_address_that_means_nothing_here_is_refused(address: str) -> None:
    with pytest.raises(WorkflowStoreError, match="sqlite"):
        run(SqliteWorkflowStore.open(address))


def test_a_database_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    for address in (f"sqlite:{tmp_path}/a.db?mode=rw", f"{tmp_path}/no/folder/a.db"):
        with pytest.raises(WorkflowStoreError, match=r"a\.db"):
            run(SqliteWorkflowStore.open(address))
    assert list(tmp_path.glob("a.db*")) == []


def test_it_is_kept_in_wal_and_synced_in_full(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            connection = store._committer._connection
            assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
            assert connection.execute("PRAGMA synchronous").fetchall() == [(2,)]

    run(story())


def test_an_older_database_is_copied_and_brought_up_to_date(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(version: int) -> None:
        async with await opened(database) as store:
            assert await store.initialize_schema() == version
            machine = (
                await WorkflowRecovery.recover_workflow(store, "w")
                if version > 1
                else await attached(store)
            )
            await machine.process_event("Start" if version == 1 else "Pause")

    run(use(1))
    first = tables.FORM
    later = Form(first.application_id, (*first.migrations, "CREATE TABLE later (x INTEGER) STRICT"))
    monkeypatch.setattr(tables, "FORM", later)
    run(use(2))
    copy = database.with_name(database.name + ".version-1")
    assert rows(copy, "SELECT state FROM workflows") == [("Running",)]
    assert rows(database, "SELECT state FROM workflows") == [("Paused",)]
    monkeypatch.setattr(tables, "FORM", first)
    before = database.read_bytes()
    with pytest.raises(WorkflowStoreError, match="newer version"):
        run(opened(database))
    assert database.read_bytes() == before


def test_a_file_that_is_no_workflow_database_is_left_alone(database: Path) -> None:
    rows(database, "CREATE TABLE mine (x)")
    before = database.read_bytes()
    with pytest.raises(WorkflowStoreError, match="another program"):
        run(opened(database))
    assert database.read_bytes() == before
    database.write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkflowStoreError, match="damaged"):
        run(opened(database))


def test_an_older_copy_that_was_put_back_is_noticed(database: Path) -> None:
    async def work(events: int) -> list[StateMachineError]:
        async with await opened(database) as store:
            known = {record.workflow_id for record in await store.list_workflows()}
            machine = (
                await WorkflowRecovery.recover_workflow(store, "w")
                if known
                else await attached(store)
            )
            for number in range(events):
                await machine.process_event("Start" if machine.state == "Idle" else f"e{number}")
            return store.problems

    assert run(work(2)) == []
    old = database.read_bytes()
    assert run(work(3)) == []
    database.write_bytes(old)
    problems = run(work(0))
    assert [problem.code for problem in problems] == ["workflow.commits_missing"]
    assert problems[0].parameters["missing"] == 3


def test_a_loop_goes_on_while_the_disk_is_busy(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            release, turns = threading.Event(), 0
            held = store._committer.submit(lambda _: release.wait())
            sending = asyncio.create_task(machine.process_event("Start"))
            for _ in range(100):
                await asyncio.sleep(0)
                turns += 1
            assert (turns, sending.done(), machine.state) == (100, False, "Idle")
            assert (await store.list_workflows())[0].state == "Idle"  # reading goes on, too
            release.set()
            await sending
            await asyncio.wrap_future(held)
            assert machine.state == "Running"

    run(story())


def test_a_full_disk_keeps_what_was_kept_and_the_machine_where_it_was(database: Path) -> None:
    async def story() -> None:
        async with await opened(database) as store:
            machine = await attached(store)
            await machine.process_event("Start")
            connection = store._committer._connection
            pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(WorkflowStoreError, match="full"):
                await machine.process_event(WorkflowEvent.custom("big", "x" * 100_000))
            assert (machine.state, machine.sequence) == ("Running", 1)
            connection.execute("PRAGMA max_page_count = 1000000")
            await machine.process_event("Pause")
            assert [entry.event for entry in await store.get_workflow_history("w")] == [
                "Start", "Pause",
            ]  # fmt: skip

    run(story())


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        tmp_path = Path("/proc/1")
    else:
        tmp_path.chmod(0o500)
    with pytest.raises(WorkflowStoreError, match="cannot be opened"):
        run(opened(tmp_path / "w.db"))
