"""Where in a JSON text a value stands: the JSON path for people, and the line.

`json` forgets positions as it parses. When something is wrong the text is gone through once more,
token by token, along the way to the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

Way = tuple[str | int, ...]
"""From the root to a value: keys of objects and indexes of lists."""

# Beyond this the second reading would take seconds; the path alone must do.
_LONGEST_TEXT: Final = 8 * 1024 * 1024

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}:,]|[^\s"\][{}:,]+')
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def place_of(way: Way) -> str:
    """The JSON path: `$.nodes[3].parameters["file name"]`."""
    parts = ["$"]
    for step in way:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            parts.append(f".{step}")
        else:
            parts.append(f"[{json.dumps(step)}]")
    return "".join(parts)


def line_of(text: str, way: Way) -> int | None:
    """The line, from 1, on which the value begins; of a key that stands twice the last one.

    None when the way leads nowhere, or the text is too long to be read again.
    """
    if len(text) > _LONGEST_TEXT:
        return None
    offset = _offset_of(text, way)
    return None if offset is None else text.count("\n", 0, offset) + 1


def _offset_of(text: str, way: Way) -> int | None:
    """The offset at which the value at the end of the way begins."""
    found: int | None = None
    # One entry for each open bracket: the key or index we are at, and whether it is on our way.
    here: list[str | int] = []
    matching = 0  # how many entries of `here`, from the root, agree with the way
    expecting_key = False
    pending_key: str | None = None
    for offset, mark in _tokens(text):
        if mark in "}]" and here:
            here.pop()
            matching = min(matching, len(here))
            expecting_key = False
            continue
        if mark == ",":
            if here and isinstance(here[-1], int):
                here[-1] += 1
                matching = _matching(here, way, matching)
            else:
                expecting_key = True
            continue
        if mark == ":":
            continue
        if expecting_key and mark.startswith('"'):
            pending_key = json.loads(mark, strict=False)
            here[-1] = pending_key
            matching = _matching(here, way, matching)
            expecting_key = False
            continue
        if len(here) == len(way) and matching == len(way):
            found = offset
        if mark == "{":
            here.append("")
            matching = min(matching, len(here) - 1)
            expecting_key = True
        elif mark == "[":
            here.append(0)
            matching = _matching(here, way, matching)
    return found


def _matching(here: list[str | int], way: Way, matching: int) -> int:
    """How far `here` agrees with the way, given that all but its last entry was known."""
    known = min(matching, len(here) - 1)
    if known < len(here) - 1 or len(here) > len(way):
        return known
    return known + 1 if _same(here[-1], way[known]) else known


def _same(one: str | int, other: str | int) -> bool:
    return type(one) is type(other) and one == other


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    for match in _TOKEN.finditer(text):
        yield match.start(), match.group()
