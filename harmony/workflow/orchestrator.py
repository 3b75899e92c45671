"""Many workflows at once, under their names (seeds/001, *WorkflowOrchestrator*)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from harmony.workflow.errors import RegistrationError
from harmony.workflow.machine import WorkflowMetadata, WorkflowStateMachine
from harmony.workflow.recovery import RecoveryReport, WorkflowRecovery
from harmony.workflow.serialized import SerializedWorkflow
from harmony.workflow.store import SqliteWorkflowStore


class WorkflowOrchestrator:
    """Machines by name. It holds them and drives none: events go to a machine itself."""

    def __init__(self) -> None:
        self._machines: dict[str, WorkflowStateMachine] = {}

    async def register_workflow(self, workflow_id: str, machine: WorkflowStateMachine) -> None:
        """Add a machine. Raises RegistrationError for a name that is taken or not its own."""
        if machine.workflow_id != workflow_id:
            raise RegistrationError(
                "workflow.other_name", workflow=workflow_id, own=machine.workflow_id
            )
        if workflow_id in self._machines:
            raise RegistrationError("workflow.registered", workflow=workflow_id)
        self._machines[workflow_id] = machine

    async def get_workflow(self, workflow_id: str) -> WorkflowStateMachine:
        """The machine of that name. Raises RegistrationError."""
        try:
            return self._machines[workflow_id]
        except KeyError:
            raise self._unknown(workflow_id) from None

    async def list_workflows(self) -> list[str]:
        """The names of all machines, in alphabetical order."""
        return sorted(self._machines)

    async def unregister_workflow(self, workflow_id: str) -> None:
        """Forget a machine; what a store holds of it stays there. Raises RegistrationError."""
        if self._machines.pop(workflow_id, None) is None:
            raise self._unknown(workflow_id)

    async def get_all_metadata(self) -> list[WorkflowMetadata]:
        """Each machine in a few figures, in the order of their names."""
        return [await self._machines[name].get_metadata() for name in sorted(self._machines)]

    async def restore_workflows(self, workflows: Iterable[SerializedWorkflow]) -> list[str]:
        """Bring back many serialised workflows; all of them, or none. Their names.

        Raises SerializedError, and RegistrationError when a name is taken or comes twice.
        """
        machines = await asyncio.gather(*map(WorkflowStateMachine.deserialize, workflows))
        self._take(machines)
        return [machine.workflow_id for machine in machines]

    async def recover(
        self,
        store: SqliteWorkflowStore,
        handler_for: Callable[[str], object | None] | None = None,
    ) -> RecoveryReport:
        """Bring back all that a store holds; what cannot be recovered stands in the report.

        Raises RegistrationError, and takes none, when a name is taken.
        """
        report = await WorkflowRecovery.recover_all_workflows(store, handler_for)
        self._take(report.recovered.values())
        return report

    def _take(self, machines: Iterable[WorkflowStateMachine]) -> None:
        taken = dict(self._machines)
        for machine in machines:
            if machine.workflow_id in taken:
                raise RegistrationError("workflow.registered", workflow=machine.workflow_id)
            taken[machine.workflow_id] = machine
        self._machines = taken

    def _unknown(self, workflow_id: str) -> RegistrationError:
        return RegistrationError(
            "workflow.not_registered", workflow=workflow_id, known=sorted(self._machines)[:20]
        )
