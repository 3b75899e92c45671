"""The references that travel between nodes: what a port receives, what a list is made of.

Pure, and asked anew each time: a value is kept once, at the node that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from blake3 import blake3

from harmony.pit.artifacts.content import list_content
from harmony.pit.dag.plan import PlannedInput, Source
from harmony.players.ports import item_type

Reference = dict[str, Any]
ValueOf = Callable[[Source], Reference | None]
"""The value at a source; None when it gave none."""
ItemOf = Callable[[Source, int], Reference | None]
"""One item of the list at a source."""


def received(
    port: PlannedInput, index: int | None, value_of: ValueOf, item_of: ItemOf
) -> Reference | None:
    """What a port receives; None when nothing came. `index` is the item of a mapped node."""
    if port.gathers:
        return gathered(port, value_of)
    if not port.sources:
        return None
    if port.maps and index is not None:
        return item_of(port.sources[0], index)
    return value_of(port.sources[0])


def gathered(port: PlannedInput, value_of: ValueOf) -> Reference | None:
    """What a list port receives from all its sources together."""
    present = [value for source in port.sources if (value := value_of(source)) is not None]
    if not present:
        return None
    if len(port.sources) == 1 and item_type(present[0]["type"]) is not None:
        return present[0]
    items: list[Reference] = []
    for value in present:
        items.extend(value["items"] if item_type(value["type"]) is not None else [value])
    return list_reference(port.type, items)


def list_reference(kind: str, items: list[Reference]) -> Reference:
    """A list made of kept values: it has the hash that it would have as an artifact."""
    return {**list_head(kind, items), "items": items}


def list_head(kind: str, items: Iterable[Reference]) -> Reference:
    """The reference to such a list, without the items."""
    content = list_content(items)
    return {"type": kind, "hash": str(blake3(content).hexdigest()), "size": len(content)}
