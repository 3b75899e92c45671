"""A message to bytes and back, with limits that are checked before anything is built.

The structure of a frame (depth, number of items) is measured on its bytes, so that neither a bomb
of brackets nor deep nesting ever reaches a JSON parser. Parser and writer are handed in: the parent
uses msgspec, the child `decode_plainly` and `write_plainly`, which need the standard library alone.
During the handshake both sides use `decode_strictly`, which also refuses a key given twice. What
comes later is from a process that proved itself: there the last of two is kept, and each message is
checked field by field (messages.py).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from harmony.wire.errors import CodecError
from harmony.wire.frames import FRAME_LIMIT, frame

DEPTH_LIMIT: Final = 64
ITEM_LIMIT: Final = 200_000
"""The most values that the arrays and objects of a message to the program may hold in all."""
ITEM_LIMIT_TO_CHILD: Final = 2_000_000

JsonDecoder = Callable[[bytes], Any]
"""Turns the bytes of a JSON text into values; raises ValueError when they are none."""

JsonEncoder = Callable[[Any], bytes]
"""Turns values into JSON; raises TypeError, ValueError or RecursionError when they have no form."""

# Possessive, and content with a string that never ends: linear in time on any input.
_STRINGS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS: Final = re.compile(rb"[\[\]{}]")

_read = json.JSONDecoder().raw_decode


def _writer() -> Callable[[Any], str]:
    """What `json` writes with. It makes its encoder anew for each text; here one serves all."""
    made = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    if make is None:  # a Python without the accelerator
        return made.encode
    quote = json.encoder.encode_basestring
    pieces = make(None, made.default, quote, None, ":", ",", False, False, False)
    return lambda value: "".join(pieces(value, 0))


_write = _writer()


def write_plainly(value: Any) -> bytes:
    """Write JSON with the standard library. Raises ValueError and TypeError."""
    return _write(value).encode()


def decode_plainly(payload: bytes) -> Any:
    """Parse JSON with the standard library, as a child does with what its parent sends."""
    text = payload.decode()
    value, end = _read(text)
    if end != len(text):
        raise ValueError(f"something follows after {end} characters")
    return value


def encode(
    message: Mapping[str, Any], limit: int = FRAME_LIMIT, write: JsonEncoder = write_plainly
) -> bytes:
    """The message as a frame. Raises CodecError for a value that JSON has no form for."""
    try:
        payload = write(message)
    except (TypeError, ValueError, RecursionError) as error:
        raise CodecError("wire.not_sendable", reason=str(error)) from error
    return frame(payload, limit)


def decode(payload: bytes, parse: JsonDecoder, items: int = ITEM_LIMIT) -> dict[str, Any]:
    """The JSON object in a frame. Raises CodecError."""
    # So few bytes can neither nest too deep nor hold too much.
    if len(payload) > DEPTH_LIMIT:
        measure(payload, items)
    try:
        message = parse(payload)
    except (ValueError, RecursionError) as error:
        raise CodecError("wire.not_json", reason=str(error)) from error
    if type(message) is not dict:
        raise CodecError("wire.not_an_object", found=type(message).__name__)
    return message


def decode_strictly(payload: bytes) -> Any:
    """Parse JSON with the standard library. ValueError on NaN, a key given twice, bad UTF-8."""
    # Decoded here: `json.loads` would also take UTF-16 and UTF-32.
    return _strict.decode(payload.decode())


def measure(payload: bytes, items: int = ITEM_LIMIT) -> None:
    """Refuse what nests deeper, or holds more values, than is allowed. Raises CodecError."""
    opened = payload.count(b"[") + payload.count(b"{")
    # Upper bounds first, which count what is inside strings as well: they nearly always do.
    if opened <= DEPTH_LIMIT and payload.count(b",") + opened <= items:
        return
    bare = _STRINGS.sub(b"", payload)
    opened = bare.count(b"[") + bare.count(b"{")
    if bare.count(b",") + opened > items:
        raise CodecError("wire.too_many_items", limit=items)
    if opened <= DEPTH_LIMIT:
        return
    depth = 0
    for bracket in _BRACKETS.findall(bare):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH_LIMIT:
            raise CodecError("wire.too_deep", limit=DEPTH_LIMIT)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is given twice")
    return result


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


_strict = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_finite, parse_constant=_no_constant
)
