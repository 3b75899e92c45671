"""Transitions a second of the public state machine: in memory, and durable.

The floor in memory is the bare table in a dictionary; the floor of the durable ones is a bare apsw
transaction of one row, as durable, and one synced write beside it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import os

import apsw
from measuring import cpu_seconds, row, seconds

from harmony.states.workflow import CHART
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.store import SqliteWorkflowStore

IN_MEMORY = 20_000
DURABLE = 400
MACHINES = 100
ROUNDS = 3
ROUND = ("Pause", "Resume")


def run() -> Iterable[dict[str, Any]]:
    """In memory; durable with one workflow, and with a hundred that go on at the same time."""
    floor = IN_MEMORY / cpu_seconds(bare_table)
    value = IN_MEMORY / cpu_seconds(lambda: asyncio.run(in_memory()))
    yield row("workflow", "in memory", value, "transitions/s", floor)
    floor = max(bare_commits() for _ in range(ROUNDS))
    for case, machines in (("durable, one workflow", 1), ("durable, 100 workflows", MACHINES)):
        value = max(asyncio.run(durable(machines)) for _ in range(ROUNDS))
        yield row("workflow", case, value, "transitions/s", floor)


def bare_table() -> None:
    """The moves alone."""
    table, state = CHART.transitions, "Running"
    for _ in range(IN_MEMORY // 2):
        state = table[state, ROUND[0]]
        state = table[state, ROUND[1]]


async def in_memory() -> None:
    """There and back, with a record each."""
    machine = WorkflowStateMachine("bench")
    await machine.process_event("Start")
    await there_and_back(machine, IN_MEMORY)


async def there_and_back(machine: WorkflowStateMachine, count: int) -> None:
    for _ in range(count // 2):
        await machine.process_event(ROUND[0])
        await machine.process_event(ROUND[1])


async def durable(machines: int) -> float:
    """Transitions a second, each acknowledged when it is on disk."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        async with await SqliteWorkflowStore.open(Path(folder, "w.sqlite3")) as store:
            all_of_them = [WorkflowStateMachine(f"w{number}") for number in range(machines)]
            for machine in all_of_them:
                await store.attach(machine)
                await machine.process_event("Start")
            each = max(DURABLE // machines, 20)
            loop = asyncio.get_running_loop()
            started = loop.time()
            await asyncio.gather(*(there_and_back(machine, each) for machine in all_of_them))
            return each * machines / (loop.time() - started)


def bare_commits() -> float:
    """Transactions a second of one row, each with a synced write beside it."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        connection = apsw.Connection(str(Path(folder, "bare.sqlite3")))
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE records (number INTEGER PRIMARY KEY, record TEXT)")
        beside = os.open(Path(folder, "beside"), os.O_RDWR | os.O_CREAT, 0o600)

        def fill() -> None:
            for number in range(DURABLE):
                connection.execute("INSERT INTO records VALUES (?, ?)", (number, "x" * 200))
                os.pwrite(beside, b"%d" % number, 0)
                os.fdatasync(beside)

        taken = seconds(fill, 1)
        os.close(beside)
        connection.close()
        return DURABLE / taken
