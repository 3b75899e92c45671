"""States within states: one after the other, or side by side (seeds/001, *Hierarchical States*).

A tree whose leaves are workflows of the seed's five states; where a parent stands follows from its
children. A value: `send` gives a new tree. It is JSON, so a workflow can keep it in its context.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from harmony.states.workflow import CHART
from harmony.states.workflow import WorkflowEvent as Kind
from harmony.states.workflow import WorkflowState as State
from harmony.workflow.errors import IllegalEventError, StateMachineError
from harmony.workflow.events import is_name

DEEPEST: Final = 32
SEPARATOR: Final = "/"


@dataclass(frozen=True, slots=True)
class HierarchicalState:
    """A state with its children. `parallel` children run side by side, others one after the other.

    `own` is where a leaf stands; a parent's is worked out: failed when a child failed, completed
    when all are, paused when nothing runs and something is paused.
    """

    name: str
    children: tuple[HierarchicalState, ...] = ()
    parallel: bool = False
    own: str = State.IDLE

    def __post_init__(self) -> None:
        names = [child.name for child in self.children]
        if not is_name(self.name) or SEPARATOR in self.name or len(set(names)) != len(names):
            raise StateMachineError("workflow.hierarchy_names", state=self.name, children=names)
        if self.own not in CHART.states or depth(self) > DEEPEST:
            raise StateMachineError("workflow.hierarchy_form", state=self.name, limit=DEEPEST)

    @property
    def state(self) -> str:
        """Where this state stands."""
        return together(child.state for child in self.children) if self.children else self.own

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, HierarchicalState]]:
        """Each leaf under its path, `parent/child`, in order."""
        path = f"{prefix}{SEPARATOR}{self.name}" if prefix else self.name
        if not self.children:
            yield path, self
        for child in self.children:
            yield from child.leaves(path)

    def active(self) -> tuple[str, ...]:
        """The paths of the leaves that run now."""
        return tuple(path for path, leaf in self.leaves() if leaf.own == State.RUNNING)

    def at(self, path: str) -> HierarchicalState:
        """The state under a path. Raises StateMachineError."""
        first, *rest = path.split(SEPARATOR)
        found: HierarchicalState | None = self if first == self.name else None
        for name in rest:
            inside = found.children if found is not None else ()
            found = next((child for child in inside if child.name == name), None)
        if found is None:
            raise StateMachineError("workflow.hierarchy_unknown", state=self.name, path=path)
        return found

    def send(self, event: str, path: str = "") -> HierarchicalState:
        """The tree after an event to the leaf or the parent under a path; the root without one.

        A leaf takes it by the seed's chart. A parent hands Start to its first child, or to all
        where they are parallel; Pause, Resume, Retry, Timeout and Fail to every leaf under it that
        can take them. When a child is completed, the next one in its row starts. Raises
        IllegalEventError when no leaf can take the event.
        """
        target = path or self.name
        wanted = self.at(target)
        if wanted.children and event == Kind.START:
            changed = _started(wanted)
        elif wanted.children:
            changed = _spread(wanted, event)
        else:
            changed = replace(wanted, own=CHART.transitions.get((wanted.own, event), wanted.own))
        legal = not wanted.children and CHART.can(wanted.own, event)
        if changed == wanted and not legal:
            raise IllegalEventError.at(target, wanted.state, event, _legal(wanted))
        return _advanced(_put(self, target.split(SEPARATOR)[1:], changed))

    def to_json(self) -> dict[str, Any]:
        """The tree as a JSON value."""
        return {
            "name": self.name,
            "parallel": self.parallel,
            "own": self.own,
            "children": [child.to_json() for child in self.children],
        }

    @classmethod
    def from_json(cls, value: Any, level: int = 1) -> HierarchicalState:
        """The tree that `to_json` wrote. Raises StateMachineError."""
        if level > DEEPEST or not isinstance(value, dict):
            raise StateMachineError("workflow.hierarchy_form", state="", limit=DEEPEST)
        try:
            children = tuple(cls.from_json(child, level + 1) for child in value["children"])
            return cls(value["name"], children, bool(value["parallel"]), value["own"])
        except (KeyError, TypeError) as error:
            raise StateMachineError(
                "workflow.hierarchy_form", state=str(value.get("name", "")), limit=DEEPEST
            ) from error


def together(states: Iterable[str]) -> str:
    """Where a parent stands whose children stand so."""
    found = set(states)
    for state in (State.FAILED, State.RUNNING, State.PAUSED):
        if state in found:
            return state
    if found == {State.COMPLETED}:
        return State.COMPLETED
    return State.RUNNING if State.COMPLETED in found else State.IDLE


def depth(state: HierarchicalState) -> int:
    """How many states stand one in another."""
    return 1 + max((depth(child) for child in state.children), default=0)


def _started(state: HierarchicalState) -> HierarchicalState:
    if not state.children:
        return replace(state, own=CHART.transitions.get((state.own, Kind.START), state.own))
    if state.state != State.IDLE:
        return state
    count = len(state.children) if state.parallel else 1
    started = tuple(_started(child) for child in state.children[:count])
    return replace(state, children=(*started, *state.children[count:]))


def _spread(state: HierarchicalState, event: str) -> HierarchicalState:
    if not state.children:
        may = CHART.can(state.own, event) and event in _FOR_ALL
        return replace(state, own=CHART.transitions[state.own, event]) if may else state
    return replace(state, children=tuple(_spread(child, event) for child in state.children))


_FOR_ALL: Final = (Kind.PAUSE, Kind.RESUME, Kind.RETRY, Kind.TIMEOUT, Kind.FAIL)


def _advanced(state: HierarchicalState) -> HierarchicalState:
    """In each row, start the child after one that was completed, if nothing there has failed."""
    if not state.children:
        return state
    children = [_advanced(child) for child in state.children]
    if not state.parallel:
        for before, place in zip(children, range(1, len(children)), strict=False):
            if before.state == State.COMPLETED and children[place].state == State.IDLE:
                children[place] = _advanced(_started(children[place]))
                break
    return replace(state, children=tuple(children))


def _put(state: HierarchicalState, way: list[str], changed: HierarchicalState) -> HierarchicalState:
    if not way:
        return changed
    return replace(
        state,
        children=tuple(
            _put(child, way[1:], changed) if child.name == way[0] else child
            for child in state.children
        ),
    )


def _legal(state: HierarchicalState) -> tuple[str, ...]:
    if not state.children:
        return CHART.legal(state.own)
    found = dict.fromkeys(
        event for _, leaf in state.leaves() for event in CHART.legal(leaf.own) if event in _FOR_ALL
    )
    return (*((Kind.START,) if state.state == State.IDLE else ()), *found)
