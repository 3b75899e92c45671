"""What a field of a message may hold: one small test for each form, true or false.

References (docs/architecture.md) differ by direction. The parent names read-only files by their
path; a child names what it staged by a bare file name, so that nothing a child says can point
elsewhere.
"""

from __future__ import annotations

import json
import math
import os
import re
from functools import lru_cache
from typing import Any, Final

INLINE_LIMIT: Final = 64 * 1024
"""The most bytes of JSON that a value inside a message may take."""
SUMMARY_LIMIT: Final = 4 * 1024
SHORT_TEXT: Final = 512
LINE: Final = 2_000
LONG_TEXT: Final = 64 * 1024
LEVELS: Final = ("debug", "info", "warning", "error")

_CODE: Final = re.compile(r"[a-z][a-z0-9_.]{0,79}")
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_PROOF: Final = re.compile(r"[0-9a-f]{64}")
_PORT_TYPE: Final = re.compile(r"[a-z]{1,20}")
_LIST_TYPE: Final = re.compile(r"list\[([a-z]{1,20})\]")


def short_text(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= SHORT_TEXT


def line(value: Any) -> bool:
    return type(value) is str and len(value) <= LINE


def long_text(value: Any) -> bool:
    return type(value) is str and len(value) <= LONG_TEXT


def positive(value: Any) -> bool:
    return type(value) is int and 0 < value < 1 << 53


def natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def fraction(value: Any) -> bool:
    return value is None or (type(value) in (float, int) and 0 <= value <= 1)


def amount(value: Any) -> bool:
    return type(value) in (float, int) and 0 <= value < math.inf


def level(value: Any) -> bool:
    return type(value) is str and value in LEVELS


def nonce(value: Any) -> bool:
    return type(value) is str and _NONCE.fullmatch(value) is not None


def proof(value: Any) -> bool:
    return type(value) is str and _PROOF.fullmatch(value) is not None


def versions(value: Any) -> bool:
    return type(value) is list and 0 < len(value) <= 16 and all(map(positive, value))


def capabilities(value: Any) -> bool:
    return type(value) is list and len(value) <= 64 and all(map(short_text, value))


def player_ids(value: Any) -> bool:
    return type(value) is list and len(value) <= 10_000 and all(map(short_text, value))


def named_values(value: Any) -> bool:
    return type(value) is dict


def secrets(value: Any) -> bool:
    return type(value) is dict and all(map(long_text, value.values()))


def absolute_path(value: Any) -> bool:
    return type(value) is str and len(value) <= 4096 and "\0" not in value and _is_absolute(value)


def _is_absolute(path: str) -> bool:
    # Each task has some of them: building a Path of each to look at its first letter is dear.
    return path.startswith("/") if os.name == "posix" else os.path.isabs(path)  # noqa: PTH117


def error(value: Any) -> bool:
    """A failure as the child describes it. `cancelled` says that it was asked for."""
    return (
        type(value) is dict
        and (value.keys() == _ERROR_FIELDS or _has_code(value))
        and short_text(value["type"])
        and long_text(value["message"])
        and long_text(value["hint"])
        and long_text(value["traceback"])
        and type(value["file"]) is str
        and len(value["file"]) <= 4096
        and (value["line"] is None or natural(value["line"]))
        and type(value["cancelled"]) is bool
    )


def _has_code(value: dict[str, Any]) -> bool:
    """A failure that the program has words of its own for says so by its code."""
    code = value.get("code")
    return value.keys() == _ERROR_FIELDS | {"code"} and type(code) is str and _code(code)


def _code(value: str) -> bool:
    return _CODE.fullmatch(value) is not None


def usage(value: Any) -> bool:
    """What a task used: processor time in seconds, the most memory in megabytes."""
    return (
        type(value) is dict and value.keys() == _USAGE_FIELDS and all(map(amount, value.values()))
    )


def quota(value: Any) -> bool:
    """The limits of one task (`harmony.wire.launch.Quota`); what is not limited is left out."""
    return (
        type(value) is dict
        and value.keys() <= _QUOTA_FIELDS
        and all(amount(limit) and limit > 0 for limit in value.values())
        and all(type(value[name]) is int for name in value.keys() & _WHOLE_QUOTAS)
    )


_USAGE_FIELDS: Final = frozenset({"cpu_seconds", "memory_mb"})
_QUOTA_FIELDS: Final = frozenset({"memory_mb", "cpu_seconds", "open_files", "wall_seconds"})
_WHOLE_QUOTAS: Final = frozenset({"memory_mb", "open_files"})
_ERROR_FIELDS: Final = frozenset(
    {"type", "message", "hint", "traceback", "file", "line", "cancelled"}
)


def references_to_child(value: Any) -> bool:
    return type(value) is dict and all(_reference(item, True) for item in value.values())


def references_to_parent(value: Any) -> bool:
    return type(value) is dict and all(_reference(item, False) for item in value.values())


def reference_to_child(value: Any) -> bool:
    return _reference(value, True)


def reference_to_parent(value: Any) -> bool:
    return _reference(value, False)


def references_fit(value: dict[str, Any]) -> bool:
    """Whether no value and no summary in these references is over its cap."""
    return all(map(reference_fits, value.values()))


def reference_fits(value: dict[str, Any]) -> bool:
    """Whether no value and no summary in this reference is over its cap."""
    return (
        ("value" not in value or _within(value["value"], INLINE_LIMIT))
        and ("summary" not in value or _within(value["summary"], SUMMARY_LIMIT))
        and ("items" not in value or all(map(reference_fits, value["items"])))
    )


def _reference(value: Any, to_child: bool) -> bool:
    if type(value) is not dict:
        return False
    kind = value.get("type")
    if type(kind) is not str or len(kind) > _LONGEST_TYPE:
        return False
    listed = _is_list(kind)
    if listed is None:
        return False
    names = value.keys()
    if "nothing" in names:
        # An output of a way that was not taken: there is no value, and there will be none.
        return len(names) == 2 and value["nothing"] is True
    if listed:
        return (
            "items" in names
            and names <= _LIST_NAMES
            and type(value["items"]) is list
            # An item is never a list itself: port types do not nest.
            and all(_reference(item, to_child) and "items" not in item for item in value["items"])
            and _described(value)
        )
    if "value" in names:
        return len(names) == 2 or (names <= _VALUE_NAMES and _described(value))
    if to_child:
        return names <= _PATH_NAMES and absolute_path(value.get("path")) and _described(value)
    return names <= _STAGED_NAMES and staged_name(value.get("staged")) and _described(value)


@lru_cache(maxsize=256)
def _is_list(kind: str) -> bool | None:
    """Whether a type is that of a list; None when it is no type at all."""
    if _PORT_TYPE.fullmatch(kind) is not None:
        return False
    return True if _LIST_TYPE.fullmatch(kind) is not None else None


_LONGEST_TYPE: Final = 26
_LIST_NAMES: Final = frozenset({"type", "items", "summary", "hash", "size"})
_VALUE_NAMES: Final = frozenset({"type", "value", "summary", "hash", "size"})
_PATH_NAMES: Final = frozenset({"type", "path", "summary", "hash", "size"})
_STAGED_NAMES: Final = frozenset({"type", "staged", "summary"})


def staged_name(value: Any) -> bool:
    """Whether a text names a file in the staging folder itself, and nothing else."""
    return (
        type(value) is str
        and 0 < len(value) <= 255
        and value not in (".", "..")
        and not any(letter in value for letter in "/\\\0:")
    )


def _described(value: dict[str, Any]) -> bool:
    return (
        ("hash" not in value or proof(value["hash"]))
        and ("size" not in value or natural(value["size"]))
        and ("summary" not in value or type(value["summary"]) is dict)
    )


def _within(value: Any, limit: int) -> bool:
    if type(value) is str:
        # UTF-8 takes at most four bytes a character: most texts need no encoding to be judged.
        return len(value) * 4 <= limit or len(value.encode("utf-8", "replace")) <= limit
    if type(value) in (int, float, bool) or value is None:
        return True
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "replace")) <= limit
