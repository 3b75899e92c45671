"""Many workflows under their names."""

from __future__ import annotations

import asyncio

import pytest

from harmony.workflow.errors import RegistrationError, SerializedError
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.orchestrator import WorkflowOrchestrator
from harmony.workflow.serialized import SerializedWorkflow


def test_workflows_are_registered_found_listed_and_unregistered() -> None:
    async def story() -> None:
        orchestrator = WorkflowOrchestrator()
        machines = {name: WorkflowStateMachine(name) for name in ("b", "a")}
        for name, machine in machines.items():
            await orchestrator.register_workflow(name, machine)
        assert await orchestrator.list_workflows() == ["a", "b"]
        assert await orchestrator.get_workflow("a") is machines["a"]
        await machines["b"].process_event("Start")
        figures = await orchestrator.get_all_metadata()
        assert [(one.workflow_id, one.current_state) for one in figures] == [
            ("a", "Idle"), ("b", "Running"),
        ]  # fmt: skip
        await orchestrator.unregister_workflow("a")
        for call in (orchestrator.get_workflow, orchestrator.unregister_workflow):
            with pytest.raises(RegistrationError, match=r"'a'.*There are: b"):
                await call("a")
        with pytest.raises(RegistrationError, match="already"):
            await orchestrator.register_workflow("b", WorkflowStateMachine("b"))
        with pytest.raises(RegistrationError, match="'c'"):
            await orchestrator.register_workflow("c", machines["a"])

    asyncio.run(story())


def test_many_workflows_run_at_once_and_come_back_together() -> None:
    async def story() -> None:
        machines = [WorkflowStateMachine(f"w{number:03}") for number in range(200)]
        await asyncio.gather(*(machine.process_event("Start") for machine in machines))
        at_rest = [await machine.serialize() for machine in machines]
        orchestrator = WorkflowOrchestrator()
        assert await orchestrator.restore_workflows(at_rest) == [one.workflow_id for one in at_rest]
        assert {one.current_state for one in await orchestrator.get_all_metadata()} == {"Running"}
        with pytest.raises(RegistrationError):
            await orchestrator.restore_workflows(at_rest[:1])

    asyncio.run(story())


def test_of_workflows_that_come_back_together_all_do_or_none() -> None:
    async def story() -> None:
        orchestrator = WorkflowOrchestrator()
        one = await WorkflowStateMachine("one").serialize()
        with pytest.raises(RegistrationError):
            await orchestrator.restore_workflows([one, one])
        with pytest.raises(SerializedError):
            await orchestrator.restore_workflows([one, SerializedWorkflow("")])
        assert await orchestrator.list_workflows() == []

    asyncio.run(story())
