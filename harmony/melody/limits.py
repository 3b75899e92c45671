"""How large a melody may be, and what a name and a value in it may look like.

A Change is held to the same limits as a file, so that whatever can be drawn can be saved, and
whatever was saved can be read (DESIGN.md section 6, "Trust nothing that comes in").
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

MAXIMUM_FILE_BYTES: Final = 64 * 1024 * 1024
MAXIMUM_DEPTH: Final = 64
MAXIMUM_NODES: Final = 100_000
MAXIMUM_CONNECTIONS: Final = 1_000_000
MAXIMUM_NOTES: Final = 10_000
MAXIMUM_RETRIES: Final = 100
MAXIMUM_PRIORITY: Final = 1_000
MAXIMUM_PARTS: Final = 1_000
MAXIMUM_EXPOSED: Final = 1_000
MAXIMUM_RETRY_ERRORS: Final = 100
MAXIMUM_COORDINATE: Final = 10_000_000.0

# What the rules of a policy allow (`policy_rules.py`); a file may say more, and has findings then.
LONGEST_SECONDS: Final = 30 * 24 * 3600.0
SHORTEST_DEADLINE: Final = 0.01
MAXIMUM_PARALLEL: Final = 10_000
MAXIMUM_QUORUM: Final = 10
MAXIMUM_ROUNDS: Final = 1_000

# Depth that is left for a parameter's value inside `$.nodes[0].parameters`. The same inside a part:
# a node that is folded into one takes its values along.
MAXIMUM_VALUE_DEPTH: Final = MAXIMUM_DEPTH - 4

# No dot and no bracket: `NODE.PARAMETER` and `node[0]` must be clear without quotes.
ID_PATTERN: Final = r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}"
_ID: Final = re.compile(ID_PATTERN)
_LARGEST_INTEGER: Final = 2**63 - 1


def is_identifier(text: object) -> bool:
    """Whether `text` may name a node or a note."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def is_coordinate(value: object) -> bool:
    """Whether `value` is a finite number that may stand for a place on the canvas."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and -MAXIMUM_COORDINATE <= value <= MAXIMUM_COORDINATE
    )


def is_text(value: object) -> bool:
    """Whether `value` is text that UTF-8 can hold (half of a surrogate pair cannot)."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def flaw_of_value(value: Any) -> tuple[str, tuple[str | int, ...]] | None:
    """What keeps `value` from standing in a file as JSON: a word for it, and the way to the place.

    None when there is nothing: text, finite numbers, booleans, null, and lists and text-keyed
    dictionaries of those, nested at most `MAXIMUM_VALUE_DEPTH` deep. The words are `number`,
    `text`, `depth` and `kind`.
    """
    if value is None or isinstance(value, bool):
        return None
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while waiting:
        item, place = waiting.pop()
        if item is None or isinstance(item, bool):
            continue
        if isinstance(item, str):
            if not item.isascii() and not is_text(item):
                return "text", place
        elif isinstance(item, int):
            if abs(item) > _LARGEST_INTEGER:
                return "number", place
        elif isinstance(item, float):
            if not math.isfinite(item):
                return "number", place
        elif len(place) >= MAXIMUM_VALUE_DEPTH:
            return "depth", place
        elif isinstance(item, dict):
            for key in item:
                if not is_text(key):
                    return "text", place
            waiting.extend((inner, (*place, key)) for key, inner in reversed(item.items()))
        elif isinstance(item, list):
            numbered = range(len(item) - 1, -1, -1)
            waiting.extend((item[index], (*place, index)) for index in numbered)
        else:
            return "kind", place
    return None
