"""What a workflow may do: its states and the table `(state, event) -> state`, as data.

The seed's own five states are one definition (`DEFAULT`, from `harmony/states/workflow.py`); others
come from TOML (`definition_file.py`). A definition travels with its workflow, so that recovery
judges history by the definition that it was made under.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harmony.states.workflow import CHART
from harmony.states.workflow import WorkflowEvent as Kind
from harmony.workflow.errors import DefinitionError
from harmony.workflow.events import WorkflowEvent, is_name

MOST_STATES: Final = 1_000
MOST_ARROWS: Final = 10_000


@dataclass(frozen=True, slots=True)
class WorkflowDefinition:
    """States and arrows under a name. `definition` makes one and checks that it holds together."""

    name: str
    initial: str
    states: tuple[str, ...]
    arrows: Mapping[str, Mapping[str, str]]
    """The table by state: event -> state. A custom event stands under its own name; the key
    `Custom` takes any custom event that has no arrow of its own."""
    _legal: Mapping[str, tuple[str, ...]] = field(repr=False, compare=False)

    def target(self, state: str, event: WorkflowEvent) -> str | None:
        """Where an event leads from a state; None when there is no arrow for it."""
        arrows = self.arrows.get(state)
        if arrows is None:
            return None
        found = arrows.get(event.key)
        if found is None and event.kind == Kind.CUSTOM:
            found = arrows.get(Kind.CUSTOM)
        return found

    def legal(self, state: str) -> tuple[str, ...]:
        """The events that a state has an arrow for, in the order of the table."""
        return self._legal.get(state, ())

    def is_end(self, state: str) -> bool:
        """Whether no arrow leads out of a state."""
        return not self._legal.get(state)

    def may_roll_back(self, state: str) -> bool:
        """Whether a transition may be taken back here: everywhere but at an end without a way out.

        Others may have acted on an end already.
        """
        return not self.is_end(state)

    def to_json(self) -> dict[str, Any]:
        """The definition as plain data, which `from_json` reads."""
        return {
            "name": self.name,
            "initial": self.initial,
            "states": list(self.states),
            # A list: their order is what a person reads, and a stored object loses it.
            "arrows": [
                [state, event, target]
                for state, arrows in self.arrows.items()
                for event, target in arrows.items()
            ],
        }

    @classmethod
    def from_json(cls, value: Any) -> WorkflowDefinition:
        """The definition that `to_json` wrote. Raises DefinitionError."""
        try:
            return definition(
                value["name"],
                value["initial"],
                value["states"],
                {(state, event): target for state, event, target in value["arrows"]},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DefinitionError(
                "workflow.definition_form", where="definition", reason=str(error)
            ) from error


def definition(
    name: str, initial: str, states: Any, arrows: Mapping[tuple[str, str], str]
) -> WorkflowDefinition:
    """Make a definition. Raises DefinitionError: no or an unknown initial state, a state twice, an
    arrow from or to an unknown state, a state that nothing leads to, a name that cannot be one.
    """
    listed = tuple(states)
    _check_names(name, listed, arrows)
    if not initial:
        raise DefinitionError("workflow.no_initial_state", where=name, states=listed)
    known = set(listed)
    if initial not in known:
        raise DefinitionError(
            "workflow.unknown_initial_state", where=name, state=initial, states=listed
        )
    table: dict[str, dict[str, str]] = {state: {} for state in listed}
    for (state, event), target in arrows.items():
        if state not in known or target not in known:
            missing = target if state in known else state
            raise DefinitionError(
                "workflow.unknown_target",
                where=name,
                state=state,
                event=event,
                target=missing,
                states=listed,
            )
        table[state][event] = target
    reached = _reached(initial, table)
    lost = [state for state in listed if state not in reached]
    if lost:
        raise DefinitionError("workflow.unreachable", where=name, states=lost, initial=initial)
    return WorkflowDefinition(
        name, initial, listed, table, {state: tuple(out) for state, out in table.items()}
    )


def _check_names(name: str, states: tuple[str, ...], arrows: Mapping[tuple[str, str], str]) -> None:
    for text in (name, *states, *(event for _, event in arrows)):
        if not is_name(text):
            raise DefinitionError("workflow.bad_name", where=str(name)[:100], name=str(text)[:100])
    seen: set[str] = set()
    for state in states:
        if state in seen:
            raise DefinitionError("workflow.duplicate_state", where=name, state=state)
        seen.add(state)
    if len(states) > MOST_STATES or len(arrows) > MOST_ARROWS:
        raise DefinitionError(
            "workflow.definition_too_large", where=name, states=MOST_STATES, arrows=MOST_ARROWS
        )


def _reached(initial: str, table: Mapping[str, Mapping[str, str]]) -> set[str]:
    reached, waiting = {initial}, [initial]
    while waiting:
        for target in table[waiting.pop()].values():
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


DEFAULT: Final = definition(CHART.name, CHART.initial, CHART.states, CHART.transitions)
"""The seed's own chart: Idle, Running, Paused, Completed, Failed."""
