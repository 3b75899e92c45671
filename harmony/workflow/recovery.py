"""After a crash: one workflow, or all, out of the store and ready to go on (seeds/001).

A workflow whose history is not as it was written is named with every reason, and never guessed at;
the others come back all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harmony.workflow.errors import RecoveryError, StateMachineError
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.store import SqliteWorkflowStore


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What came back, and what did not with its reason. `problems` are the store's own."""

    recovered: Mapping[str, WorkflowStateMachine]
    broken: Mapping[str, StateMachineError]
    problems: tuple[StateMachineError, ...] = ()


class WorkflowRecovery:
    """The seed's two recovery calls."""

    @staticmethod
    async def recover_workflow(
        store: SqliteWorkflowStore, workflow_id: str, handler: object | None = None
    ) -> WorkflowStateMachine:
        """The machine of a stored workflow, attached to the store.

        Raises UnknownWorkflowError, and RecoveryError with everything that is wrong: a record that
        is missing or changed, an edge that its definition does not have, a chain that breaks.
        """
        workflow, findings = await store.inspect_workflow(workflow_id)
        if findings:
            raise RecoveryError.of(workflow_id, findings)
        machine = WorkflowStateMachine.revive(workflow)
        if handler is not None:
            machine.add_handler(handler)
        machine.attach(store)
        return machine

    @staticmethod
    async def recover_all_workflows(
        store: SqliteWorkflowStore, handler_for: Callable[[str], object | None] | None = None
    ) -> RecoveryReport:
        """Every stored workflow, each on its own: a broken one is reported and the next one tried.

        `handler_for` gives a workflow's handler by its name.
        """
        recovered: dict[str, WorkflowStateMachine] = {}
        broken: dict[str, StateMachineError] = {}
        for name in await store.workflow_ids():
            handler = handler_for(name) if handler_for is not None else None
            try:
                recovered[name] = await WorkflowRecovery.recover_workflow(store, name, handler)
            except StateMachineError as error:
                broken[name] = error
        return RecoveryReport(recovered, broken, tuple(store.problems))
