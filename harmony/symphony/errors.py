"""What can go wrong in the facade, in checkpoints and in restoring from them."""

from __future__ import annotations

from typing import Any

from harmony.foundation.errors import HarmonyError


class SymphonyError(HarmonyError):
    """The root of this room's errors."""


class NotSetUpError(SymphonyError):
    """Something was asked of a Symphony before `setup`, or after `close`."""


class PersistenceDisabledError(SymphonyError):
    """A checkpoint was asked of a Symphony that was made without `persistence_enabled=True`."""


class NotRegisteredError(SymphonyError):
    """The registry holds nothing under this name, or no workflow has this id."""


class AgentError(SymphonyError):
    """An agent's configuration cannot be used."""


class WorkflowFailedError(SymphonyError):
    """A workflow ended without being completed. `result` is what it gave all the same."""

    def __init__(self, code: str, result: dict[str, Any] | None = None, **facts: object) -> None:
        super().__init__(code, **facts)
        self.result = result or {}


class StateError(SymphonyError):
    """The root of what can go wrong between entities and a checkpoint."""


class NotStorableError(StateError):
    """An entity does not say its state, or says something that has no form in JSON."""


class MissingRestorerError(StateError):
    """A checkpoint holds entities of a type that no restorer is registered for."""


class DanglingReferenceError(StateError):
    """An entity refers to one that is not in the checkpoint."""


class RestorationFailedError(StateError):
    """A restorer raised an error; that error is its cause."""
