"""Outputs as a run keeps them: a few bytes, unpacked by whoever asks.

The reference to a short value is three dictionaries and three texts, some 600 bytes that the
garbage collector walks over; packed it is one object of 150 bytes, which the collector never sees.
A list is kept item by item, so that one can be had without the others, and the list that a mapped
node gives shares the outputs of its tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from harmony.pit.dag.values import Reference, list_head
from harmony.players.ports import list_of

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode

_NO_SHORT_FORM: Final = (OverflowError, ValueError)
"""A number of more than 64 bits, a text with half a letter: they stay as they are."""


@dataclass(slots=True)
class PackedList:
    """A list: its reference without the items, and each of these packed.

    With a `port` the items are the outputs of tasks, and those of this port are meant.
    """

    head: Reference
    items: list[Any]
    port: str | None = None


Packed = bytes | dict[str, Any]
"""All outputs of a task or node: bytes, or packed port by port where one is a list."""

NOTHING: Final[Packed] = _encode({})
"""Of whoever gave nothing."""


def pack(outputs: Mapping[str, Reference]) -> Packed:
    """Outputs, packed. Nobody changes them afterwards."""
    for reference in outputs.values():
        if "items" in reference:
            return {port: _pack_reference(each) for port, each in outputs.items()}
    try:  # not in a function of its own: it is done once a task
        return _encode(outputs)
    except _NO_SHORT_FORM:
        return dict(outputs)


def unpack(packed: Packed) -> dict[str, Reference]:
    """All outputs, made anew."""
    if isinstance(packed, bytes):
        outputs: dict[str, Reference] = _decode(packed)
        return outputs
    return {port: _unpack_reference(each) for port, each in packed.items()}


def reference_at(packed: Packed, port: str) -> Reference | None:
    """What came out of a port; None where nothing did, be it that a branch was not taken."""
    if isinstance(packed, bytes):
        reference: Reference | None = _decode(packed).get(port)
    else:
        reference = _unpack_reference(packed[port]) if port in packed else None
    return None if reference is None or reference.get("nothing") else reference


def item_at(packed: Packed, port: str, index: int) -> Reference:
    """One item of the list that came out of a port."""
    found = packed[port] if isinstance(packed, dict) else None
    if isinstance(found, PackedList):
        return _item(found.items[index], found.port)
    reference = reference_at(packed, port)
    assert reference is not None
    item: Reference = reference["items"][index]
    return item


def length_at(packed: Packed, port: str) -> int | None:
    """How many items the list has that came out of a port; None where nothing came."""
    found = packed.get(port) if isinstance(packed, dict) else None
    if isinstance(found, PackedList):
        return len(found.items)
    reference = reference_at(packed, port)
    return None if reference is None else len(reference["items"])


def collected(kinds: Mapping[str, str], each: Iterable[Packed]) -> Packed:
    """The outputs of a mapped node from those of its items: a list for each port."""
    tasks = list(each)
    lists: dict[str, Any] = {}
    for port, kind in kinds.items():
        given = [(packed, found) for packed in tasks if (found := reference_at(packed, port))]
        head = list_head(list_of(kind), [reference for _, reference in given])
        lists[port] = PackedList(head, [packed for packed, _ in given], port)
    return lists


def _pack_reference(reference: Reference) -> Any:
    if "items" not in reference:
        try:
            return _encode(reference)
        except _NO_SHORT_FORM:
            return reference
    head = {name: value for name, value in reference.items() if name != "items"}
    return PackedList(head, [_pack_reference(item) for item in reference["items"]])


def _unpack_reference(packed: Any) -> Reference:
    if isinstance(packed, PackedList):
        return {**packed.head, "items": [_item(item, packed.port) for item in packed.items]}
    reference: Reference = _decode(packed) if isinstance(packed, bytes) else packed
    return reference


def _item(packed: Any, port: str | None) -> Reference:
    if port is None:
        return _unpack_reference(packed)
    reference = reference_at(packed, port)
    assert reference is not None
    return reference
