"""`NODE.PARAMETER=VALUE`: parameters given for one run, from a terminal or a script."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from harmony.conductor.errors import ConductorError
from harmony.melody.changes import SetParameter, apply
from harmony.melody.model import Melody
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
            known = ", ".join(f"{name}.…" for name in copy.nodes) or "it has no nodes"
            raise ConductorError("conductor.override_unknown", override=target, known=known)
        apply(copy, SetParameter(node, parameter, value))
    return copy


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
    if node not in melody.nodes:
        return None
    spec = spec_of(melody.nodes[node].player)
    return spec.parameter(parameter) if spec is not None else None
