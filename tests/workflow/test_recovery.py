"""After a crash, a kill or damage: what comes back, and what is said of what does not."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from harmony.polyphony.chain import link
from harmony.workflow.committing import missing
from harmony.workflow.errors import RecoveryError, RegistrationError, UnknownWorkflowError
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.orchestrator import WorkflowOrchestrator
from harmony.workflow.recovery import RecoveryReport, WorkflowRecovery
from harmony.workflow.store import SqliteWorkflowStore

Start = Callable[..., subprocess.Popen[str]]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def three(database: Path) -> Path:
    """Three workflows of five records each."""

    async def make() -> None:
        async with await SqliteWorkflowStore.open(database) as store:
            for name in ("a", "b", "c"):
                machine = await store.attach(WorkflowStateMachine(name))
                for event in ("Start", "Pause", "Resume", "Fail", "Retry"):
                    await machine.set_context("last", event)
                    await machine.process_event(event)

    run(make())
    return database


def change(database: Path, statement: str, *values: Any) -> None:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(statement, values)
    connection.close()


def recovered(database: Path) -> RecoveryReport:
    async def recover() -> RecoveryReport:
        async with await SqliteWorkflowStore.open(database) as store:
            assert await store.list_workflows()
            return await WorkflowRecovery.recover_all_workflows(store)

    return run(recover())


SECOND = "UPDATE transitions SET record = {} WHERE workflow = 'b' AND sequence = 2"
OF_ANOTHER = "(SELECT record FROM transitions WHERE workflow = 'a' AND sequence = 1)"
ANOTHER = '{"name":"x","initial":"Idle","states":["Idle"],"arrows":[]}'
DAMAGE = {
    "a record is changed": (SECOND.format("replace(record, 'Pause', 'Paule')"), "record_changed"),
    "a record is gone": ("DELETE FROM transitions WHERE workflow = 'b' AND sequence = 3",
                         "records_missing"),
    "the first records are gone": (
        "DELETE FROM transitions WHERE workflow = 'b' AND sequence < 3", "records_missing"),
    "the last record is gone": (
        "DELETE FROM transitions WHERE workflow = 'b' AND sequence = 5", "records_missing"),
    "a record is no JSON": (
        "UPDATE transitions SET record = '[' WHERE workflow = 'b' AND sequence = 4", "unreadable"),
    "the state is another one": ("UPDATE workflows SET state = 'Idle' WHERE id = 'b'",
                                 "row_differs"),
    "the end of the chain is another one": (
        "UPDATE workflows SET head = zeroblob(32) WHERE id = 'b'", "head_changed"),
    "the definition is no JSON": ("UPDATE workflows SET definition = '{' WHERE id = 'b'",
                                  "unreadable"),
    "the definition is another one": (
        f"UPDATE workflows SET definition = '{ANOTHER}' WHERE id = 'b'", "history_illegal"),
    "the first context is no JSON": ("UPDATE workflows SET base_context = '' WHERE id = 'b'",
                                     "unreadable"),
    "what was set last is no change": ("UPDATE workflows SET pending = '[1]' WHERE id = 'b'",
                                       "unreadable"),
    "a record of another workflow stands there": (SECOND.format(OF_ANOTHER), "record_changed"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named_and_the_others_come_back(three: Path, damage: str) -> None:
    statement, code = DAMAGE[damage]
    change(three, statement)
    report = recovered(three)
    assert list(report.recovered) == ["a", "c"]
    error = report.broken["b"]
    assert isinstance(error, RecoveryError)
    assert f"workflow.{code}" in [finding.code for finding in error.findings]
    assert "b" in str(error)
    assert [report.recovered[name].state for name in ("a", "c")] == ["Running", "Running"]


def test_an_edge_that_the_definition_does_not_have_is_named_even_when_the_chain_holds(
    three: Path,
) -> None:
    """Whoever can write the file can compute new hashes; the edge is wrong all the same."""
    connection = sqlite3.connect(three)
    head, text = connection.execute(
        "SELECT t.hash, w.record FROM transitions t, transitions w"
        " WHERE t.workflow = 'b' AND t.sequence = 4 AND w.workflow = 'b' AND w.sequence = 5"
    ).fetchone()
    text = text.replace('"Retry","Running"', '"Resume","Running"')
    digest = link(head, text)
    with connection:
        connection.execute(
            "UPDATE transitions SET record = ?, hash = ? WHERE workflow = 'b' AND sequence = 5",
            (text, digest),
        )
        connection.execute("UPDATE workflows SET head = ? WHERE id = 'b'", (digest,))
    connection.close()
    (finding,) = recovered(three).broken["b"].findings  # type: ignore[attr-defined]
    assert finding.code == "workflow.history_illegal"
    assert "Resume from 'Failed' to 'Running'" in str(finding)


def test_every_reason_is_named_together(three: Path) -> None:
    change(three, "DELETE FROM transitions WHERE workflow = 'b' AND sequence IN (1, 5)")
    error = recovered(three).broken["b"]
    assert "records 1 to 1" in str(error)
    assert "records 5 to 5" in str(error)


def test_an_unknown_workflow_is_named(three: Path) -> None:
    async def recover() -> None:
        async with await SqliteWorkflowStore.open(three) as store:
            with pytest.raises(UnknownWorkflowError, match="'nobody'"):
                await WorkflowRecovery.recover_workflow(store, "nobody")

    run(recover())


def test_an_orchestrator_brings_back_many_with_their_handlers(three: Path) -> None:
    heard: list[tuple[str, str]] = []

    class Hears:
        def __init__(self, name: str) -> None:
            self.name = name

        def on_enter(self, state: str) -> None:
            heard.append((self.name, state))

    async def story() -> None:
        async with await SqliteWorkflowStore.open(three) as store:
            orchestrator = WorkflowOrchestrator()
            report = await orchestrator.recover(store, Hears)
            assert await orchestrator.list_workflows() == list(report.recovered) == ["a", "b", "c"]
            await (await orchestrator.get_workflow("b")).process_event("Complete")
            assert heard == [("b", "Completed")]
            with pytest.raises(RegistrationError):
                await orchestrator.recover(store)
        assert recovered_state(three) == "Completed"

    def recovered_state(_: Path) -> str:
        connection = sqlite3.connect(three)
        try:
            return str(
                connection.execute("SELECT state FROM workflows WHERE id = 'b'").fetchone()[0]
            )
        finally:
            connection.close()

    run(story())


def test_a_new_database_misses_nothing() -> None:
    assert missing(None, None) is None  # type: ignore[arg-type]


# Killed programs


def acknowledged(lines: str) -> dict[str, int]:
    """The last record of each workflow that a program was told to be kept."""
    last: dict[str, int] = {}
    for line in lines.splitlines(keepends=True):
        if line.endswith("\n"):
            name, sequence = line.split()
            last[name] = int(sequence)
    return last


def assert_nothing_is_lost(database: Path, told: dict[str, int]) -> None:
    async def look() -> None:
        async with await SqliteWorkflowStore.open(database) as store:
            report = await WorkflowRecovery.recover_all_workflows(store)
            assert (report.broken, report.problems) == ({}, ())
            for name, sequence in told.items():
                machine = report.recovered[name]
                # One more may have been kept that nobody was told of.
                assert sequence <= machine.sequence <= sequence + 1
                at = await machine.context_at(sequence)
                assert at["count"] == sequence

    run(look())


def test_no_acknowledged_transition_is_lost_when_killed_at_any_moment(
    database: Path, start: Start, long_form: bool
) -> None:
    chance = random.Random(20261121)
    told: dict[str, int] = {}
    for _ in range(100 if long_form else 6):
        process = start("transitions.py", database, 5, 1_000_000)
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(chance.randint(1, 150))]
        process.kill()
        rest, _ = process.communicate(timeout=60)
        told.update(acknowledged("".join(seen) + rest))
        assert_nothing_is_lost(database, told)
    assert len(told) == 5


@pytest.mark.parametrize(
    "failpoint", ["store.before_commit", "store.after_commit", "store.after_high_water"]
)
@pytest.mark.parametrize("hit", [3, 20])
def test_no_acknowledged_transition_is_lost_when_killed_around_a_commit(
    database: Path, start: Start, failpoint: str, hit: int
) -> None:
    process = start("transitions.py", database, 2, 1_000_000, failpoint=f"{failpoint}:{hit}")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == -9
    assert_nothing_is_lost(database, acknowledged(out))
    process = start("transitions.py", database, 2, 5)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert_nothing_is_lost(database, acknowledged(out))
