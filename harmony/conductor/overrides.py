"""`NODE.PARAMETER=VALUE`: parameters given for one run, from a terminal or a script.

A node of a part is named by the way to it, as its tasks are: `clean/filter`. What is given there
holds where that node is placed, not where the same part is placed once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from harmony.conductor.errors import ConductorError
from harmony.melody.changes import SetParameter, apply
from harmony.melody.model import PART_PREFIX, Melody, Node
from harmony.melody.naming import fresh_id
from harmony.melody.parts import MAXIMUM_PART_DEPTH, WAY
from harmony.players.specs import ParameterSpec, PlayerSpec

_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def with_overrides(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], overrides: Mapping[str, Any]
) -> Melody:
    """A copy of the melody with the given parameters set. Raises ConductorError."""
    copy = deepcopy(melody)
    for target, value in overrides.items():
        node, _, parameter = target.rpartition(".")
        field = _field(copy, spec_of, node, parameter)
        if field is None:
            known = ", ".join(f"{name}.…" for name, _ in nodes_by_way(copy)) or "it has no nodes"
            raise ConductorError("conductor.override_unknown", override=target, known=known)
        *outer, inner = node.split(WAY)
        apply(_own_place(copy, outer), SetParameter(inner, parameter, value))
    return copy


def nodes_by_way(melody: Melody) -> Iterator[tuple[str, Node]]:
    """Every node with the way to it, those inside of parts after the ones that place them.

    A part that contains itself is not gone into further than parts may lie in each other.
    """
    yield from _nodes_inside(melody, melody.parts, "", MAXIMUM_PART_DEPTH)


def _nodes_inside(
    place: Melody, parts: Mapping[str, Melody], way: str, depth: int
) -> Iterator[tuple[str, Node]]:
    for node in place.nodes.values():
        yield way + node.id, node
        part = parts.get(node.part or "")
        if part is not None and depth:
            yield from _nodes_inside(part, parts, way + node.id + WAY, depth - 1)


def _node_at(melody: Melody, way: str) -> Node | None:
    place: Melody | None = melody
    *outer, inner = way.split(WAY)
    for name in outer:
        node = place.nodes.get(name) if place is not None else None
        place = melody.parts.get(node.part or "") if node is not None else None
    return place.nodes.get(inner) if place is not None else None


def _own_place(melody: Melody, outer: list[str]) -> Melody:
    """What lies at the end of a way, after giving each node on it a part of its own."""
    place = melody
    for name in outer:
        node = place.nodes[name]
        shared = node.part or ""
        own = fresh_id(shared, melody.parts.__contains__)
        melody.parts[own] = deepcopy(melody.parts[shared])
        place.nodes[name] = replace(node, player=PART_PREFIX + own)
        place = melody.parts[own]
    return place


def override_value(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], target: str, text: str
) -> Any:
    """The value of a parameter, read from text as its kind asks for. Raises ConductorError."""
    node, _, parameter = target.rpartition(".")
    field = _field(melody, spec_of, node, parameter)
    kind = field.kind if field is not None else "text"
    try:
        if kind == "boolean":
            return _BOOLEANS[text.lower()]
        if kind == "integer":
            return int(text)
        if kind == "number":
            return _number(text)
    except (ValueError, KeyError):
        raise ConductorError(
            "conductor.override_value", override=target, value=text, kind=kind
        ) from None
    return text


def _number(text: str) -> int | float:
    """A whole number stays one. Raises ValueError, also for what is not finite."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _field(
    melody: Melody, spec_of: Callable[[str], PlayerSpec | None], node: str, parameter: str
) -> ParameterSpec | None:
    found = _node_at(melody, node)
    spec = spec_of(found.player) if found is not None else None
    return spec.parameter(parameter) if spec is not None else None
