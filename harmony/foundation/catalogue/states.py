"""Words of the state machines."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "states.illegal_event": (
        "{machine} cannot take {event!r} while it is {state}. Possible now: {legal}."
    ),
    "states.transition_refused": ("{machine} cannot take {event!r} while it is {state}: {reason}."),
    "states.unknown_state": "{machine} cannot be {state!r}: the chart {chart} has no such state.",
    "states.unknown_chart": "There is no state machine {name!r}. There are: {known}.",
    "states.ambiguous_chart": "{name!r} may mean {known}. Write one of these.",
    "states.unknown_format": "There is no format {format!r}. There are: {known}.",
    "states.invalid_chart": "The chart {chart} is wrong: {reason}.",
    "states.invariant_broken": "{invariant} does not hold: {detail}",
}
