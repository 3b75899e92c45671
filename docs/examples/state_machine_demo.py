"""Workflows as state machines: events, handlers, context, history, many at once (seeds/001).

Run it with `python docs/examples/state_machine_demo.py`. Nothing is written to disk.
"""

from __future__ import annotations

import asyncio

from harmony import (
    StateHandler,
    StateMachineError,
    WorkflowEvent,
    WorkflowOrchestrator,
    WorkflowStateMachine,
    definition_from_toml,
)

DEFINITION = """
[workflow.code_implementation]
initial_state = "Planning"

[workflow.code_implementation.states.Planning]
next_on_success = "Coding"
next_on_failure = "Blocked"

[workflow.code_implementation.states.Coding]
next_on_success = "Done"
next_on_failure = "Blocked"

[workflow.code_implementation.states.Blocked]
on = {unblocked = "Planning"}

[workflow.code_implementation.states.Done]
"""


class Tells(StateHandler):
    """Prints what it hears; methods may be plain functions or coroutines."""

    async def on_transition(self, from_state: str, to_state: str, event: WorkflowEvent) -> None:
        await asyncio.sleep(0)
        print(f"  {from_state} -> {to_state} ({event})")


async def basic() -> None:
    """One workflow from its beginning to its end, with a failure and a retry."""
    print("A workflow:")
    machine = WorkflowStateMachine.with_handler("order-42", Tells())
    await machine.set_context("customer", "Ada")
    await machine.process_event(WorkflowEvent.START)
    await machine.process_event(WorkflowEvent.fail("no paper"))
    await machine.process_event(WorkflowEvent.RETRY)
    await machine.process_event(WorkflowEvent.custom("reviewed", {"by": "Grace"}))
    await machine.process_event(WorkflowEvent.COMPLETE)
    try:
        await machine.process_event(WorkflowEvent.PAUSE)
    except StateMachineError as error:
        print(f"  refused: {error}")


async def history() -> None:
    """What happened is kept, and a rollback is one more record."""
    print("History and rollback:")
    machine = WorkflowStateMachine("order-43").with_max_history(100)
    await machine.set_context("step", 1)
    await machine.process_event("Start")
    await machine.set_context("step", 2)
    await machine.process_event("Pause")
    await machine.rollback()
    print(f"  {machine.state}, {await machine.get_all_context()}")
    for entry in await machine.get_history_tail(3):
        print(f"  {entry.sequence}. {entry.from_state} -> {entry.to_state} by {entry.event}")


async def many() -> None:
    """Workflows that run at the same time, and one that follows a definition of its own."""
    print("Many at once:")
    orchestrator = WorkflowOrchestrator()
    for number in range(5):
        name = f"batch-{number}"
        await orchestrator.register_workflow(name, WorkflowStateMachine(name))
    feature = WorkflowStateMachine("feature", definition_from_toml(DEFINITION))
    await orchestrator.register_workflow("feature", feature)
    machines = [
        await orchestrator.get_workflow(name) for name in await orchestrator.list_workflows()
    ]
    await asyncio.gather(
        *(machine.process_event("Start") for machine in machines if machine is not feature),
        feature.process_event(WorkflowEvent.COMPLETE),
    )
    for figures in await orchestrator.get_all_metadata():
        print(f"  {figures.workflow_id}: {figures.current_state}")


async def main() -> None:
    """All of it."""
    await basic()
    await history()
    await many()


if __name__ == "__main__":
    asyncio.run(main())
