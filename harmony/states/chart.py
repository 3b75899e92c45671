"""A chart is data: states, events, and a table `(state, event) -> state` (DESIGN.md section 6).

States and events are plain strings, exactly as the seed documents write them, so that a journal, a
message and a picture use the same word. What goes beyond the seed is listed in `added`, each with
its reason; it is part of the table like everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from harmony.states.errors import IllegalEvent, InvalidChartError

END: Final = "[*]"
"""Where an arrow with a name leads out of the chart: the machine is no more."""

Arrow = tuple[str, str, str]
"""From state, event, to state."""


@dataclass(frozen=True, slots=True)
class Addition:
    """An arrow or a state that the seed does not draw, and why it is needed."""

    why: str
    from_state: str = ""
    event: str = ""
    to_state: str = ""
    state: str = ""


def added_arrow(from_state: str, event: str, to_state: str, why: str) -> Addition:
    """An arrow beyond the seed."""
    return Addition(why, from_state=from_state, event=event, to_state=to_state)


def added_state(state: str, why: str) -> Addition:
    """A state beyond the seed."""
    return Addition(why, state=state)


@dataclass(frozen=True, slots=True)
class Composite:
    """What the seed draws inside a state. An empty event is an arrow without a name.

    `transitions` is a sequence rather than a table, since a step may lead to several at once.
    """

    initial: str
    states: tuple[str, ...]
    transitions: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One state machine as data. Made by `draw`, which checks that it holds together.

    `final` are the states at which a machine may rest for good; some can still be left (a failed
    task may be retried). `initial_event` is the name on the arrow into the initial state.
    """

    name: str
    title: str
    number: int | None
    source: str
    initial: str
    initial_event: str
    final: tuple[str, ...]
    states: tuple[str, ...]
    transitions: Mapping[tuple[str, str], str]
    composites: Mapping[str, Composite]
    added: tuple[Addition, ...]
    arrows: Mapping[str, Mapping[str, str]]
    """The table by state: event -> state. A look-up by two names needs no pair made for it."""
    _legal: Mapping[str, tuple[str, ...]] = field(repr=False)

    def next(self, state: str, event: str) -> str:
        """The state that an event leads to. Raises IllegalEvent."""
        try:
            return self.transitions[state, event]
        except KeyError:
            raise IllegalEvent(self.name, state, event, self.legal(state)) from None

    def legal(self, state: str) -> tuple[str, ...]:
        """The events that a state has an arrow for, in the order of the table."""
        return self._legal.get(state, ())

    def can(self, state: str, event: str) -> bool:
        """Whether the state has an arrow for the event."""
        return (state, event) in self.transitions

    def is_final(self, state: str) -> bool:
        """Whether a machine may rest in this state for good."""
        return state == END or state in self.final

    @property
    def events(self) -> tuple[str, ...]:
        """Every event of the chart once, in the order of the table."""
        return tuple(dict.fromkeys(event for _, event in self.transitions))


def draw(
    *,
    name: str,
    title: str,
    source: str,
    initial: str,
    states: Iterable[str],
    transitions: Mapping[tuple[str, str], str],
    number: int | None = None,
    initial_event: str = "",
    final: Iterable[str] = (),
    composites: Mapping[str, Composite] | None = None,
    added: Iterable[Addition] = (),
) -> Chart:
    """Make a chart from what the seed draws (`states`, `transitions`) and what was added to it.

    Raises InvalidChartError when it contradicts itself: an unknown state, two arrows for one event,
    a state that nothing leads to, an addition without a reason.
    """
    additions = tuple(added)
    table = dict(transitions)
    for addition in additions:
        if not addition.why:
            raise InvalidChartError(
                "states.invalid_chart", chart=name, reason="an addition has no why"
            )
        if addition.from_state:
            key = (addition.from_state, addition.event)
            if key in table:
                raise InvalidChartError(
                    "states.invalid_chart", chart=name, reason=f"two arrows for {key}"
                )
            table[key] = addition.to_state
    legal: dict[str, tuple[str, ...]] = {}
    arrows: dict[str, dict[str, str]] = {END: {}}
    for (state, event), target in table.items():
        legal[state] = (*legal.get(state, ()), event)
        arrows.setdefault(state, {})[event] = target
        arrows.setdefault(target, {})
    chart = Chart(
        name=name,
        title=title,
        number=number,
        source=source,
        initial=initial,
        initial_event=initial_event,
        final=tuple(final),
        states=(*states, *(addition.state for addition in additions if addition.state)),
        # A plain dictionary behind a read-only type: a proxy would cost a third of every look-up.
        transitions=table,
        composites=MappingProxyType(dict(composites or {})),
        added=additions,
        arrows=arrows,
        _legal=MappingProxyType(legal),
    )
    for reason in _contradictions(chart):
        raise InvalidChartError("states.invalid_chart", chart=name, reason=reason)
    return chart


def _contradictions(chart: Chart) -> Iterable[str]:
    known = set(chart.states)
    if len(known) != len(chart.states):
        yield "a state is listed twice"
    for state in (chart.initial, *chart.final, *chart.composites):
        if state not in known:
            yield f"{state} is no state of it"
    for (state, event), target in chart.transitions.items():
        if state not in known:
            yield f"{state} is no state of it"
        if target not in known and target != END:
            yield f"{target} is no state of it"
        if not event:
            yield f"an arrow from {state} has no event"
    for state in sorted(known - _reachable(chart)):
        yield f"nothing leads to {state}"
    for outer, inner in chart.composites.items():
        inside = {*inner.states, END}
        mentioned = {inner.initial}.union(
            *({from_state, to_state} for from_state, _, to_state in inner.transitions)
        )
        for state in sorted(mentioned - inside):
            yield f"{state} is no state inside {outer}"


def _reachable(chart: Chart) -> set[str]:
    reached = {chart.initial}
    waiting = [chart.initial]
    while waiting:
        state = waiting.pop()
        for event in chart.legal(state):
            target = chart.transitions[state, event]
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached
