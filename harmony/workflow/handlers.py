"""Who is told of a workflow's transitions, and what becomes of an error in one of them.

Handlers look on: an error in one is reported and changes nothing, neither the transition nor what
the others hear (seeds/001, *Handler Lifecycle*).
"""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass
from typing import Any, Final

from harmony.workflow.core import StateHistoryEntry
from harmony.workflow.errors import HandlerError
from harmony.workflow.events import WorkflowEvent

METHODS: Final = ("on_event", "on_exit", "on_transition", "on_enter")
_log: Final = logging.getLogger("harmony.workflow")


class StateHandler:
    """What a handler may have. Each method may be a plain function or a coroutine.

    Deriving from this class is a convenience: any object with one of the methods will do.
    """

    async def on_event(self, state: str, event: WorkflowEvent) -> None:
        """A legal event has come; the workflow is still in `state`."""

    async def on_exit(self, state: str) -> None:
        """The workflow is about to leave `state`."""

    async def on_transition(self, from_state: str, to_state: str, event: WorkflowEvent) -> None:
        """The workflow has moved, and the record is kept."""

    async def on_enter(self, state: str) -> None:
        """The workflow is in `state` now."""


@dataclass(frozen=True, slots=True)
class HandlerFailure:
    """An error that a handler raised: whose, where, and what it was."""

    workflow_id: str
    handler: object
    method: str
    state: str
    error: Exception

    def __str__(self) -> str:
        name = type(self.handler).__qualname__
        return (
            f"{name}.{self.method} of {self.workflow_id} at {self.state}:"
            f" {type(self.error).__name__}: {self.error}"
        )


def check_handler(handler: object) -> None:
    """Refuse an object that would never be called. Raises HandlerError."""
    if not any(callable(getattr(handler, method, None)) for method in METHODS):
        raise HandlerError("workflow.no_handler", kind=type(handler).__qualname__, methods=METHODS)


async def tell(
    workflow: str, handlers: tuple[object, ...], method: str, state: str, *arguments: Any
) -> list[HandlerFailure]:
    """Call one method of each handler, one after the other; the errors that they raised."""
    failures: list[HandlerFailure] = []
    for handler in handlers:
        called = getattr(handler, method, None)
        if called is None:
            continue
        try:
            result = called(*arguments)
            if inspect.isawaitable(result):
                await result
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            failures.append(HandlerFailure(workflow, handler, method, state, error))
    return failures


def log_failure(failure: HandlerFailure) -> None:
    """Write down an error that nobody watches for, so that it does not go unseen."""
    _log.error("A handler failed: %s", failure, exc_info=failure.error)


@dataclass(frozen=True, slots=True)
class Transition:
    """What `process_event` did: the record, and the handlers that failed on the way."""

    entry: StateHistoryEntry
    errors: tuple[HandlerFailure, ...] = ()
