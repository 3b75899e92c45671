"""Definitions from TOML, in the form of the seed's example (seeds/001, *Integration Points*).

[workflow.code_implementation]
initial_state = "Planning"

[workflow.code_implementation.states.Planning]
next_on_success = "Coding"           # the event Complete
next_on_failure = "Blocked"          # the events Fail and Timeout
on = {rethought = "Planning"}        # custom events, or kinds such as Pause, by name
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from harmony.states.workflow import WorkflowEvent as Kind
from harmony.workflow.definition import WorkflowDefinition, definition
from harmony.workflow.errors import DefinitionError

LARGEST_FILE: Final = 1_048_576
DEEPEST: Final = 6
"""workflow, its name, states, a state's name, `on`, an event: nothing stands deeper."""
MOST_WORKFLOWS: Final = 1_000

_OF_WORKFLOW: Final = ("initial_state", "states", "description")
_OF_STATE: Final = ("next_on_success", "next_on_failure", "on", "description")


def read_definitions(
    path: str | Path, *, open_ended: bool = False
) -> dict[str, WorkflowDefinition]:
    """The definitions of a TOML file by name. Raises DefinitionError, OSError."""
    with Path(path).open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise DefinitionError("workflow.toml_too_large", where=str(path), limit=LARGEST_FILE)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError("workflow.toml_syntax", where=str(path), reason=str(error)) from error
    return definitions_from_toml(text, open_ended=open_ended)


def definitions_from_toml(text: str, *, open_ended: bool = False) -> dict[str, WorkflowDefinition]:
    """The definitions of a TOML text by name.

    Every state that an arrow leads to is a table of its own, an empty one where the workflow ends
    there; a name without a table is taken for a typing error. With `open_ended` it is an end
    instead, so that an excerpt such as the seed's can be read. Tables other than `workflow` belong
    to someone else and are left alone. Raises DefinitionError, naming the place.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
        raise DefinitionError("workflow.toml_too_large", where="TOML", limit=LARGEST_FILE)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError("workflow.toml_syntax", where="TOML", reason=str(error)) from error
    except RecursionError as error:
        raise DefinitionError("workflow.toml_too_deep", where="TOML", limit=DEEPEST) from error
    tables = _table(document.get("workflow", {}), "workflow")
    _refuse_depth(tables, 1)
    if not tables:
        raise DefinitionError("workflow.toml_empty", where="TOML")
    if len(tables) > MOST_WORKFLOWS:
        raise DefinitionError("workflow.toml_too_many", where="workflow", limit=MOST_WORKFLOWS)
    return {name: _definition(name, table, open_ended) for name, table in tables.items()}


def definition_from_toml(
    text: str, name: str | None = None, *, open_ended: bool = False
) -> WorkflowDefinition:
    """One definition of a TOML text: the one of that name, or the only one. DefinitionError."""
    found = definitions_from_toml(text, open_ended=open_ended)
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise DefinitionError(
            "workflow.toml_which", where="workflow", name=name or "", known=tuple(found)
        )
    return found[name]


def _definition(name: str, value: Any, open_ended: bool) -> WorkflowDefinition:
    where = f"workflow.{name}"
    table = _table(value, where)
    _refuse_unknown(table, _OF_WORKFLOW, where)
    states = _table(table.get("states", {}), f"{where}.states")
    initial = _text(table.get("initial_state", ""), f"{where}.initial_state")
    arrows: dict[tuple[str, str], str] = {}
    listed = dict.fromkeys(states)
    for state, wanted in states.items():
        place = f"{where}.states.{state}"
        for event, target, key in _arrows(_table(wanted, place), place):
            if (state, event) in arrows:
                raise DefinitionError("workflow.duplicate_arrow", where=place, event=event, key=key)
            arrows[state, event] = target
            if open_ended:
                listed.setdefault(target)
    return definition(name, initial, listed, arrows)


def _arrows(table: dict[str, Any], where: str) -> Iterator[tuple[str, str, str]]:
    """Event, target, and the key that it stands under."""
    _refuse_unknown(table, _OF_STATE, where)
    for key, events in (
        ("next_on_success", (Kind.COMPLETE,)),
        ("next_on_failure", (Kind.FAIL, Kind.TIMEOUT)),
    ):
        if key in table:
            target = _text(table[key], f"{where}.{key}")
            for event in events:
                yield event, target, key
    for event, value in _table(table.get("on", {}), f"{where}.on").items():
        if event in (Kind.CUSTOM, Kind.ROLLBACK):
            raise DefinitionError("workflow.reserved_event", where=f"{where}.on", event=event)
        yield event, _text(value, f"{where}.on.{event}"), f"on.{event}"


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DefinitionError("workflow.toml_type", where=where, wanted="a table")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise DefinitionError("workflow.toml_type", where=where, wanted="a text")
    return value


def _refuse_unknown(table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise DefinitionError("workflow.toml_unknown_key", where=where, key=key, known=known)


def _refuse_depth(value: Any, depth: int) -> None:
    waiting = [(value, depth)]
    while waiting:
        item, level = waiting.pop()
        if isinstance(item, (dict, list)):
            if level > DEEPEST:
                raise DefinitionError("workflow.toml_too_deep", where="workflow", limit=DEEPEST)
            inside = item.values() if isinstance(item, dict) else item
            waiting.extend((inner, level + 1) for inner in inside)
