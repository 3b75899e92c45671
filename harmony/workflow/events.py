"""What can be sent to a workflow: nine kinds of event, two of which carry something (seeds/001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from harmony.states.workflow import WorkflowEvent as Kind
from harmony.workflow.context import checked_value
from harmony.workflow.errors import StateMachineError

LONGEST_NAME: Final = 100
LONGEST_MESSAGE: Final = 10_000

KINDS: Final = (
    Kind.START,
    Kind.PAUSE,
    Kind.RESUME,
    Kind.COMPLETE,
    Kind.FAIL,
    Kind.RETRY,
    Kind.TIMEOUT,
    Kind.ROLLBACK,
    Kind.CUSTOM,
)


@dataclass(frozen=True, slots=True)
class WorkflowEvent:
    """An event. Take one of the constants, or make one with `fail` or `custom`.

    `message` belongs to Fail; `name` and `data` (a JSON value) belong to Custom.
    """

    START: ClassVar[WorkflowEvent]
    PAUSE: ClassVar[WorkflowEvent]
    RESUME: ClassVar[WorkflowEvent]
    COMPLETE: ClassVar[WorkflowEvent]
    RETRY: ClassVar[WorkflowEvent]
    TIMEOUT: ClassVar[WorkflowEvent]
    ROLLBACK: ClassVar[WorkflowEvent]

    kind: str
    message: str = ""
    name: str = ""
    data: Any = None

    @classmethod
    def fail(cls, message: str = "") -> Self:
        """The work did not succeed, and why."""
        return cls(Kind.FAIL, message=message[:LONGEST_MESSAGE])

    @classmethod
    def custom(cls, name: str, data: Any = None) -> Self:
        """An event of one's own. Raises StateMachineError for a name that cannot be one."""
        if not is_name(name) or name in KINDS:
            raise StateMachineError("workflow.event_name", name=name, reserved=KINDS)
        return cls(Kind.CUSTOM, name=name, data=checked_value(data))

    @classmethod
    def named(cls, name: str) -> Self:
        """The event that a word means: one of the nine kinds, otherwise a custom one.

        Raises StateMachineError for `Custom` itself, which is no event without a name.
        """
        if name == Kind.CUSTOM:
            raise StateMachineError("workflow.event_name", name=name, reserved=KINDS)
        return cls(name) if name in KINDS else cls.custom(name)

    @property
    def key(self) -> str:
        """What a definition's table knows it by: a custom event by its own name."""
        return self.name if self.kind == Kind.CUSTOM else self.kind

    @property
    def trigger(self) -> str:
        """What a record says about the cause: a failure's message, a custom event's name."""
        return self.message or self.name

    def __str__(self) -> str:
        return f"{self.kind}({self.trigger})" if self.trigger else self.kind


WorkflowEvent.START = WorkflowEvent(Kind.START)
WorkflowEvent.PAUSE = WorkflowEvent(Kind.PAUSE)
WorkflowEvent.RESUME = WorkflowEvent(Kind.RESUME)
WorkflowEvent.COMPLETE = WorkflowEvent(Kind.COMPLETE)
WorkflowEvent.RETRY = WorkflowEvent(Kind.RETRY)
WorkflowEvent.TIMEOUT = WorkflowEvent(Kind.TIMEOUT)
WorkflowEvent.ROLLBACK = WorkflowEvent(Kind.ROLLBACK)


def is_name(text: object) -> bool:
    """Whether a text may name a workflow, a state or an event: short, visible, on one line."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= LONGEST_NAME
        and text.isprintable()
        and text == text.strip()
    )
