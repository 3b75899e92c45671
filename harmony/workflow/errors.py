"""What can be wrong with a workflow, its definition, or the database that keeps it."""

from __future__ import annotations

from typing import Self

from harmony.foundation.errors import HarmonyError


class StateMachineError(HarmonyError):
    """The root of this room's errors (the seed's name for it)."""


class IllegalEventError(StateMachineError):
    """A workflow got an event that its state has no arrow for. Nothing was changed."""

    @classmethod
    def at(cls, workflow: str, state: str, event: str, legal: tuple[str, ...]) -> Self:
        """The error for one machine, its state, the event and the events that are legal there."""
        return cls(
            "workflow.illegal_event", machine=workflow, state=state, event=event, legal=legal
        )

    @property
    def machine(self) -> str:
        return str(self.parameters["machine"])

    @property
    def state(self) -> str:
        return str(self.parameters["state"])

    @property
    def event(self) -> str:
        return str(self.parameters["event"])

    @property
    def legal(self) -> tuple[str, ...]:
        legal = self.parameters["legal"]
        assert isinstance(legal, tuple)
        return legal


class NothingToRollBackError(StateMachineError):
    """There is no transition that could be taken back."""


class ContextError(StateMachineError):
    """A value is no JSON, or too large or too deep for a context."""


class HandlerError(StateMachineError):
    """An object given as a handler is none, or a handler waits for its own machine."""


class DefinitionError(StateMachineError):
    """A definition contradicts itself. `where` names the place in it."""


class SerializedError(StateMachineError):
    """A serialised workflow does not have the form that it must have."""


class RegistrationError(StateMachineError):
    """A workflow is unknown to the orchestrator, or known already."""


class WorkflowStoreError(StateMachineError):
    """The database refused: it cannot be opened, read or written, or its address means nothing."""


class UnknownWorkflowError(WorkflowStoreError):
    """The store has no workflow or checkpoint of this name."""


class ConflictError(WorkflowStoreError):
    """What was to be saved does not follow what is stored. Nothing of it was kept."""


class RecoveryError(StateMachineError):
    """A stored workflow cannot be recovered. `findings` says each thing that is wrong with it."""

    @classmethod
    def of(cls, workflow: str, findings: tuple[StateMachineError, ...]) -> Self:
        """The error for a workflow and what was found wrong with it."""
        error = cls(
            "workflow.not_recovered",
            workflow=workflow,
            reasons=" ".join(str(finding) for finding in findings[:5]),
        )
        error.findings = findings
        return error

    findings: tuple[StateMachineError, ...] = ()
