"""Workflows that survive a crash: a store, checkpoints, recovery (seeds/001).

Run it with `python docs/examples/state_machine_persistence.py [DATABASE]`; without a path it works
in a folder that is removed again.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

from harmony import (
    SqliteWorkflowStore,
    StateStoreConfig,
    WorkflowOrchestrator,
    WorkflowRecovery,
    WorkflowStateMachine,
)


async def work(database: str) -> str:
    """Three workflows, of which each transition is on disk before it counts."""
    async with await SqliteWorkflowStore.open(
        f"sqlite:{database}", StateStoreConfig(max_history_per_workflow=1_000)
    ) as store:
        for name in ("import", "train", "report"):
            machine = await store.attach(WorkflowStateMachine(name))
            await machine.set_context("input", f"{name}.csv")
            await machine.process_event("Start")
        checkpoint = await store.create_checkpoint("train", "before the long part")
        train = await WorkflowRecovery.recover_workflow(store, "train")
        await train.set_context("epoch", 3)
        await train.process_event("Pause")
        for record in await store.list_workflows():
            print(f"  {record.workflow_id}: {record.state} after {record.sequence}")
        return checkpoint.id


async def come_back(database: str, checkpoint: str) -> None:
    """The next program: everything is there, and one workflow goes back to its checkpoint."""
    async with await SqliteWorkflowStore.open(database) as store:
        orchestrator = WorkflowOrchestrator()
        report = await orchestrator.recover(store)
        for name, error in report.broken.items():
            print(f"  {name} cannot be recovered: {error}")
        print(f"  recovered: {', '.join(report.recovered)}")
        train = await orchestrator.get_workflow("train")
        print(f"  train: {train.state}, {await train.get_all_context()}")
        await store.restore_checkpoint(checkpoint, train)
        print(f"  train: {train.state}, {await train.get_all_context()}")
        for entry in await store.get_workflow_history("train"):
            print(f"  {entry.sequence}. {entry.from_state} -> {entry.to_state} by {entry.event}")


async def main(database: str) -> None:
    """Both, one after the other."""
    print("The first program:")
    checkpoint = await work(database)
    print("The next one:")
    await come_back(database, checkpoint)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(main(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(main(f"{folder}/workflows.sqlite3"))
