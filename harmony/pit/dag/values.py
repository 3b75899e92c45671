"""The references that travel between nodes: what a port receives, what a mapped node gives.

Pure, and asked anew each time: a value is kept once, at the node that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from blake3 import blake3

from harmony.pit.artifacts.content import list_content
from harmony.pit.dag.plan import PlannedInput, Source
from harmony.players.ports import item_type, list_of

Reference = dict[str, Any]
ValueOf = Callable[[Source], Reference | None]
"""The value at a source; None when it gave none."""


def received(port: PlannedInput, index: int | None, value_of: ValueOf) -> Reference | None:
    """What a port receives; None when nothing came. `index` is the item of a mapped node."""
    if port.gathers:
        return gathered(port, value_of)
    reference = value_of(port.sources[0]) if port.sources else None
    if reference is None or not port.maps or index is None:
        return reference
    item: Reference = reference["items"][index]
    return item


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


def collected(kinds: dict[str, str], each: Iterable[dict[str, Reference]]) -> dict[str, Reference]:
    """The outputs of a mapped node from those of its items: a list for each port."""
    finished = list(each)
    return {
        name: list_reference(
            list_of(kind),
            [
                outputs[name]
                for outputs in finished
                if name in outputs and not outputs[name].get("nothing")
            ],
        )
        for name, kind in kinds.items()
    }


def list_reference(kind: str, items: list[Reference]) -> Reference:
    """A list made of kept values: it has the hash that it would have as an artifact."""
    content = list_content(items)
    digest = str(blake3(content).hexdigest())
    return {"type": kind, "hash": digest, "size": len(content), "items": items}
