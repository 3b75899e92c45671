"""Outputs that together are too large for one message: their inline values become staged files.

Each value inside a reference is small, but a list may have thousands of them. Bulk never travels
the socket (DESIGN.md section 5), whether it is one large value or many small ones.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from harmony.players.scratch import made
from harmony.players.values import canonical_json

LARGEST_MESSAGE: Final = 4 * 1024 * 1024
"""The most bytes of references that travel as they are; half of what a frame may hold."""
_NOT_WORTH_A_FILE: Final = 256
_SUFFIXES: Final = {"text": ".txt", "bytes": ".bin", "image": ".bin"}

Reference = dict[str, Any]


def fit_for_a_message(outputs: dict[str, Reference], staging: str | Path) -> dict[str, Reference]:
    """The same outputs, with values moved to staged files where they are too many."""
    # One value is inside its limit; only a list, or many outputs, can be too much together.
    if len(outputs) == 1 and not any("items" in reference for reference in outputs.values()):
        return outputs
    staging = Path(staging)
    if sum(map(_size, outputs.values())) <= LARGEST_MESSAGE:
        return outputs
    return {name: _moved(reference, staging) for name, reference in outputs.items()}


def _moved(reference: Reference, staging: Path) -> Reference:
    if "items" in reference:
        return {**reference, "items": [_moved(item, staging) for item in reference["items"]]}
    kind = reference["type"]
    if "value" not in reference or kind in ("file", "folder"):
        return reference
    if _size(reference) <= _NOT_WORTH_A_FILE:
        return reference
    moved = {name: what for name, what in reference.items() if name != "value"}
    return {**moved, "staged": _stage(_content(kind, reference["value"]), kind, staging)}


def _content(kind: str, value: Any) -> bytes:
    """What is hashed and kept of a value (docs/architecture.md, References)."""
    if kind == "text":
        return str(value).encode()
    if kind in ("bytes", "image"):
        return base64.b64decode(value)
    return canonical_json(value)


def _stage(content: bytes, kind: str, staging: Path) -> str:
    descriptor, path = tempfile.mkstemp(_SUFFIXES.get(kind, ".json"), "output-", made(staging))
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return Path(path).name


def _size(reference: Reference) -> int:
    if "items" in reference:
        return sum(map(_size, reference["items"]))
    value = reference.get("value")
    return len(value) if isinstance(value, str) else len(json.dumps(value))
