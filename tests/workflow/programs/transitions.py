"""Sends events to several workflows at once, and prints each as soon as it is acknowledged."""

from __future__ import annotations

import asyncio
import sys

from harmony.foundation.failpoints import arm_from_environment
from harmony.workflow.events import WorkflowEvent
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.recovery import WorkflowRecovery
from harmony.workflow.store import SqliteWorkflowStore


async def main(database: str, workflows: int, most: int) -> None:
    arm_from_environment()
    async with await SqliteWorkflowStore.open(database) as store:
        report = await WorkflowRecovery.recover_all_workflows(store)
        assert not report.broken, report.broken
        names = [f"w{number}" for number in range(workflows)]
        machines = [
            report.recovered.get(name) or await store.attach(WorkflowStateMachine(name))
            for name in names
        ]
        await asyncio.gather(*(drive(machine, most) for machine in machines))


async def drive(machine: WorkflowStateMachine, most: int) -> None:
    for _ in range(most):
        await machine.set_context("count", machine.sequence + 1)
        event = "Start" if machine.state == "Idle" else WorkflowEvent.custom("step")
        done = await machine.process_event(event)
        print(machine.workflow_id, done.entry.sequence, flush=True)


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
