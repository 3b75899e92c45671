"""Whether a parameter's value is one its Player can take: for validation and for forms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from harmony.melody.findings import Finding
from harmony.melody.model import Node
from harmony.players.specs import ParameterSpec, PlayerSpec

SECRET_PREFIX: Final = "secret:"


def parameter_findings(node: Node, spec: PlayerSpec) -> Iterator[Finding]:
    """What is wrong with the parameters of a node, in the order of its form."""
    known = {parameter.name for parameter in spec.parameters}
    for name in node.parameters:
        if name not in known:
            matches = get_close_matches(name, known, n=3)
            facts = {"player": spec.id, "matches": ", ".join(matches)}
            yield Finding("melody.parameter_unknown", "error", node.id, None, name, facts)
    for parameter in spec.parameters:
        finding = parameter_finding(
            node.id, parameter, node.parameters.get(parameter.name, parameter.default)
        )
        if finding is not None:
            yield finding


def parameter_finding(node: str, spec: ParameterSpec, value: Any) -> Finding | None:
    """What is wrong with one value, None when it is good. A value of None means: not set."""
    if value is None or (isinstance(value, str) and not value.strip()):
        if spec.required:
            return _finding("required", node, spec)
        if value is None or spec.kind not in ("number", "integer", "boolean", "choice"):
            return None
    match spec.kind:
        case "number":
            return _number(node, spec, value)
        case "integer":
            if isinstance(value, float) and not value.is_integer():
                return _finding("type", node, spec, value=repr(value), kind=spec.kind)
            return _number(node, spec, value)
        case "boolean":
            if not isinstance(value, bool):
                return _finding("type", node, spec, value=repr(value), kind=spec.kind)
        case "choice":
            if value not in spec.choices:
                choices = ", ".join(spec.choices)
                return _finding("choice", node, spec, value=repr(value), choices=choices)
        case "secret":
            # Plain text here would be written into the file: only a reference may stand in it.
            if not isinstance(value, str) or not value.startswith(SECRET_PREFIX):
                return _finding("secret", node, spec)
        case _:
            if not isinstance(value, str):
                return _finding("type", node, spec, value=repr(value), kind=spec.kind)
    return None


def _number(node: str, spec: ParameterSpec, value: Any) -> Finding | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return _finding("type", node, spec, value=repr(value), kind=spec.kind)
    if spec.minimum is not None and value < spec.minimum:
        return _finding("too_small", node, spec, value=value, minimum=_shown(spec.minimum))
    if spec.maximum is not None and value > spec.maximum:
        return _finding("too_large", node, spec, value=value, maximum=_shown(spec.maximum))
    return None


def _shown(number: float) -> str:
    return f"{number:g}" if abs(number) < 1e6 else f"{number:,}"


def _finding(what: str, node: str, spec: ParameterSpec, **facts: Any) -> Finding:
    facts["label"] = spec.label or spec.name
    return Finding(f"melody.parameter_{what}", "error", node, None, spec.name, facts)
