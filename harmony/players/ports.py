"""Port types, and the one place that says what fits what (DESIGN.md section 6)."""

from __future__ import annotations

from typing import Literal

SCALAR_TYPES: tuple[str, ...] = (
    "text",
    "number",
    "boolean",
    "json",
    "bytes",
    "file",
    "folder",
    "table",
    "image",
    "vector",
    "view",
    "any",
)

Fit = Literal["direct", "map", "gather"]

# A value of the type on the left is, as it stands, a value of the types on the right.
_ALSO: dict[str, frozenset[str]] = {
    "text": frozenset({"json"}),
    "number": frozenset({"json"}),
    "boolean": frozenset({"json"}),
    "vector": frozenset({"json"}),
    "image": frozenset({"bytes"}),
}


def is_port_type(name: str) -> bool:
    """Whether `name` is a scalar port type or a list of one."""
    return name in SCALAR_TYPES or item_type(name) in SCALAR_TYPES


def item_type(name: str) -> str | None:
    """The `T` of `list[T]`; None for a scalar type."""
    if name.startswith("list[") and name.endswith("]"):
        return name[5:-1]
    return None


def list_of(name: str) -> str:
    """The port type of a list whose items have the scalar type `name`."""
    return f"list[{name}]"


def natural_name(type_name: str) -> str:
    """What an unnamed output is called: `table`, `text`, `files` for a list; else `result`."""
    item = item_type(type_name)
    scalar = item or type_name
    if scalar in ("any", "json"):
        return "results" if item else "result"
    plural = {"boolean": "booleans", "bytes": "bytes", "vector": "vectors"}
    return plural.get(scalar, f"{scalar}s") if item else scalar


def fit(source: str, target: str) -> Fit | None:
    """How a value of type `source` enters a port of type `target`; None when it does not.

    `direct`: as it stands. `map`: a list enters a scalar port, one task an item.
    `gather`: a scalar enters a list port as one of its items.
    """
    if _same(source, target):
        return "direct"
    source_item, target_item = item_type(source), item_type(target)
    if source_item is not None and target_item is not None:
        return "direct" if _same(source_item, target_item) else None
    if source_item is not None:
        return "map" if _same(source_item, target) else None
    if target_item is not None:
        return "gather" if _same(source, target_item) else None
    return None


def _same(source: str, target: str) -> bool:
    return source == target or "any" in (source, target) or target in _ALSO.get(source, ())
