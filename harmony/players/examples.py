"""Example outputs: what a Player with effects answers where it must not be called (a preview)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

from harmony.players.ports import item_type


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


_KINDS: Final[dict[str, Callable[[object], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "json": _is_json,
}


def example_flaw(value: object, port_type: str) -> str:
    """Why a value is no example for a port, in words; empty when it is one."""
    item = item_type(port_type)
    if item is not None:
        if not isinstance(value, list):
            return f"{value!r} is no list"
        return next((flaw for flaw in (example_flaw(each, item) for each in value) if flaw), "")
    fits = _KINDS.get(port_type)
    if fits is None:
        return f"there are no examples of the type {port_type}, only of {', '.join(_KINDS)}"
    return "" if fits(value) else f"{value!r} is no {port_type}"


def example_reference(value: Any, port_type: str) -> dict[str, Any]:
    """An example as a reference, as a child would give it for this output."""
    item = item_type(port_type)
    if item is not None:
        return {"type": port_type, "items": [example_reference(each, item) for each in value]}
    return {"type": port_type, "value": value}
