"""From entities to JSON values and back: the state serialization of seeds/002.

An entity says its state by a method `to_state()`, or it is a mapping, or a dataclass. Where another
registered entity stands in that state, the checkpoint holds a reference to it; so a circle of
entities is no special case. Nothing is pickled (DESIGN.md section 6, Trust nothing that comes in).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import isfinite
from typing import Any, Final

from harmony.symphony.errors import DanglingReferenceError, NotStorableError
from harmony.symphony.registry import Key

MARK: Final = "$entity"
"""The one key of a reference in JSON: `{"$entity": [type, id]}`."""

DEEPEST: Final = 64


@dataclass(frozen=True, slots=True)
class EntityReference:
    """Stands for another entity, until that one has been created too."""

    entity_type: str
    entity_id: str

    @property
    def key(self) -> Key:
        return self.entity_type, self.entity_id


def states_of(entities: Mapping[Key, Any]) -> dict[Key, Any]:
    """The state of every entity as a JSON value, all at one moment.

    Raises NotStorableError, or DanglingReferenceError where one refers to what is not there.
    """
    names = {id(entity): key for key, entity in entities.items()}
    states = {}
    for key, entity in entities.items():
        place = f"{key[0]} {key[1]}"
        states[key] = _plain(_told(entity, place), names, place, 0)
        for reference in references_in(with_references(states[key])):
            if reference.key not in entities:
                raise _dangling(key, reference)
    return states


def with_references(state: Any) -> Any:
    """A JSON value of a checkpoint, with an EntityReference wherever one entity names another."""
    if isinstance(state, dict):
        if set(state) == {MARK}:
            kind, name = state[MARK]
            return EntityReference(kind, name)
        return {key: with_references(value) for key, value in state.items()}
    if isinstance(state, list):
        return [with_references(value) for value in state]
    return state


def references_in(value: Any) -> Iterator[EntityReference]:
    """The references in a state, at any depth."""
    if isinstance(value, EntityReference):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for inner in value:
            yield from references_in(inner)


def refuse_dangling(states: Mapping[Key, Any]) -> None:
    """Raises DanglingReferenceError when a state names an entity that has none."""
    for key, state in states.items():
        for reference in references_in(state):
            if reference.key not in states:
                raise _dangling(key, reference)


def _dangling(key: Key, reference: EntityReference) -> DanglingReferenceError:
    return DanglingReferenceError(
        "symphony.dangling_reference",
        entity=f"{key[0]} {key[1]}",
        missing=f"{reference.entity_type} {reference.entity_id}",
    )


def _told(entity: Any, place: str) -> Any:
    """What an entity says of itself."""
    told = getattr(entity, "to_state", None)
    state = told() if callable(told) else entity
    if isinstance(state, Mapping):
        return dict(state)
    if is_dataclass(state) and not isinstance(state, type):
        return {field.name: getattr(state, field.name) for field in fields(state)}
    raise NotStorableError("symphony.no_state", entity=place, kind=type(state).__name__)


def _plain(value: Any, names: Mapping[int, Key], place: str, depth: int) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not isfinite(value):
            raise NotStorableError("symphony.not_storable", place=place, kind=str(value))
        return value
    if isinstance(value, EntityReference):
        return {MARK: list(value.key)}
    if depth and id(value) in names:
        return {MARK: list(names[id(value)])}
    if depth >= DEEPEST:
        raise NotStorableError("symphony.state_too_deep", place=place, limit=DEEPEST)
    if isinstance(value, Mapping):
        plain = {}
        for key, inner in value.items():
            if not isinstance(key, str) or key == MARK:
                raise NotStorableError("symphony.state_key", place=place, key=repr(key))
            plain[key] = _plain(inner, names, f"{place}.{key}", depth + 1)
        return plain
    if isinstance(value, (list, tuple)):
        return [
            _plain(inner, names, f"{place}[{number}]", depth + 1)
            for number, inner in enumerate(value)
        ]
    raise NotStorableError("symphony.not_storable", place=place, kind=type(value).__name__)
