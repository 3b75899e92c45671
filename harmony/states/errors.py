"""What can be wrong with a chart, or with an event sent to a machine."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class StatesError(HarmonyError):
    """The root of this room's errors."""


class IllegalEvent(StatesError):  # noqa: N818 - the event is what is illegal
    """A machine got an event that its state has no arrow for."""

    def __init__(self, machine: str, state: str, event: str, legal: tuple[str, ...]) -> None:
        super().__init__(
            "states.illegal_event", machine=machine, state=state, event=event, legal=legal
        )
        self.machine = machine
        self.state = state
        self.event = event
        self.legal = legal

    def __reduce__(self) -> tuple[object, ...]:
        return IllegalEvent, (self.machine, self.state, self.event, self.legal)


class TransitionRefusedError(StatesError):
    """A guard of a machine gave a reason against a legal event. The machine stays where it was."""


class UnknownStateError(StatesError):
    """A machine was to be made in a state that its chart does not have."""


class UnknownChartError(StatesError):
    """A chart was asked for by a name that none has, or that several have."""


class InvalidChartError(StatesError):
    """A chart contradicts itself. Found when the chart's module is imported."""
