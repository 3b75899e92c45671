"""Between a value in a reference and the bytes that are hashed (docs/architecture.md, References).

Text is its UTF-8; `bytes` and `image` are the raw bytes behind the base64; everything else is its
canonical JSON; a list is the canonical JSON of its items' `{"hash", "size", "type"}`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from harmony.pit.artifacts.errors import OutputRefusedError
from harmony.players.ports import fit, is_port_type, item_type

Reference = dict[str, Any]

LARGEST_INLINE: Final = 64 * 1024
LARGEST_SHOWN: Final = 1024  # a value up to this length stays readable in the reference itself
LARGEST_SUMMARY: Final = 16 * 1024
_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
)
_BINARY: Final = frozenset({"bytes", "image"})


def canonical(value: object) -> bytes:
    """One sequence of bytes for one JSON value: sorted keys, no spaces, UTF-8.

    Raises OutputRefusedError for NaN, infinities and what is no JSON value.
    """
    try:
        return _ENCODER.encode(value).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise OutputRefusedError("pit.output_not_json", reason=str(error)) from error


def content_of(kind: str, value: Any) -> bytes:
    """The bytes that an inline value of a port type is stored as. Raises OutputRefusedError."""
    if kind == "text":
        if not isinstance(value, str):
            raise OutputRefusedError("pit.output_value", type=kind, found=type(value).__name__)
        try:
            content = value.encode()
        except UnicodeEncodeError as error:
            raise OutputRefusedError("pit.output_not_json", reason=str(error)) from error
    elif kind in _BINARY:
        try:
            content = base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise OutputRefusedError("pit.output_not_base64", type=kind) from error
    else:
        content = canonical(value)
    if len(content) > LARGEST_INLINE:
        raise OutputRefusedError(
            "pit.output_too_large", type=kind, size=len(content), limit=LARGEST_INLINE
        )
    return content


def value_of(kind: str, content: bytes) -> Any:
    """The inline value that stored bytes stand for: the inverse of `content_of`."""
    if kind == "text":
        return content.decode()
    if kind in _BINARY:
        return base64.b64encode(content).decode()
    return json.loads(content)


def list_content(items: Iterable[Mapping[str, Any]]) -> bytes:
    """The bytes that a list of kept references is stored as."""
    return canonical(
        [{"hash": item["hash"], "size": item["size"], "type": item["type"]} for item in items]
    )


def checked_summary(reference: Mapping[str, Any]) -> dict[str, Any] | None:
    """The summary beside an output, None when it has none. Raises OutputRefusedError."""
    summary = reference.get("summary")
    if summary is None:
        return None
    if not isinstance(summary, dict) or len(canonical(summary)) > LARGEST_SUMMARY:
        raise OutputRefusedError("pit.output_summary", limit=LARGEST_SUMMARY)
    return summary


def checked_type(reference: Mapping[str, Any]) -> str:
    """The type that a reference names; its form must fit. Raises OutputRefusedError."""
    kind = reference.get("type")
    if not isinstance(kind, str) or not is_port_type(kind):
        raise OutputRefusedError("pit.output_type", type=repr(kind))
    forms = [form for form in ("value", "staged", "items", "nothing") if form in reference]
    if forms == ["nothing"] and is_nothing(reference):
        return kind
    is_list = item_type(kind) is not None
    if len(forms) != 1 or forms == ["nothing"] or is_list != (forms == ["items"]):
        raise OutputRefusedError("pit.output_form", type=kind, found=", ".join(forms) or "no value")
    if forms == ["items"]:
        wanted = item_type(kind)
        items = reference["items"]
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise OutputRefusedError("pit.output_form", type=kind, found="items of another form")
        for item in items:
            if fit(str(item.get("type")), str(wanted)) != "direct" or "nothing" in item:
                raise OutputRefusedError("pit.output_item_type", type=kind, item=item.get("type"))
    return kind


def parts_of(reference: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A kept reference and, for a list, its items: everything whose content must be there."""
    if is_nothing(reference):
        return []
    return [reference, *(part for item in reference.get("items", ()) for part in parts_of(item))]


def is_nothing(reference: Mapping[str, Any]) -> bool:
    """Whether this is the output of a branch that was not taken: there is no content to keep."""
    return reference.get("nothing") is True
