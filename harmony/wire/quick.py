"""The messages of every task, recognised in one look; whatever else comes takes the long way.

`check` (messages.py) judges field by field and can say what is wrong. Nearly all messages are of a
few kinds and plain forms, and there is nothing wrong with them: these are let through here, in a
tenth of the time. This look may only ever be the stricter one: what it does not know, it passes on
to the long way, and a test holds the two against each other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from harmony.wire.fields import SHORT_TEXT, SUMMARY_LIMIT

Message = Mapping[str, Any]

_NUMBER_LIMIT: Final = 1 << 53
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_PLAIN_TYPES: Final = frozenset(
    {"text", "number", "boolean", "json", "bytes", "file", "folder", "table", "image", "vector"}
)
_INFINITY: Final = float("inf")


def _task_alone(message: Message, names: int = 3) -> bool:
    return (
        len(message) == names
        and type(task := message.get("task")) is str
        and 0 < len(task) <= SHORT_TEXT
        and type(attempt := message.get("attempt")) is int
        and 0 < attempt < _NUMBER_LIMIT
    )


def _number_alone(message: Message) -> bool:
    return (
        len(message) == 2
        and type(number := message.get("number")) is int
        and 0 <= number < _NUMBER_LIMIT
    )


def _result(message: Message) -> bool:
    return (
        _task_alone(message, 6)
        and type(seconds := message.get("seconds")) is float
        and 0.0 <= seconds < _INFINITY
        and type(usage := message.get("usage")) is dict
        and len(usage) == 2
        and type(processor := usage.get("cpu_seconds")) is float
        and 0.0 <= processor < _INFINITY
        and type(memory := usage.get("memory_mb")) is float
        and 0.0 <= memory < _INFINITY
        and type(outputs := message.get("outputs")) is dict
        and all(map(_is_value, outputs.values()))
    )


def _run(message: Message) -> bool:
    return (
        _task_alone(message, 9)
        and type(player := message.get("player")) is str
        and 0 < len(player) <= SHORT_TEXT
        and message.get("secrets") == {}
        and type(message.get("parameters")) is dict
        and _is_path(message.get("scratch"))
        and _is_path(message.get("staging"))
        and type(inputs := message.get("inputs")) is dict
        and all(map(_is_input, inputs.values()))
    )


def _is_value(value: Any) -> bool:
    """A reference that is a value, perhaps with a summary. Small: no cap can be exceeded."""
    return (
        type(value) is dict
        and "value" in value
        and type(kind := value.get("type")) is str
        and kind in _PLAIN_TYPES
        and (len(value) == 2 or (len(value) == 3 and type(value.get("summary")) is dict))
    )


def _is_input(value: Any) -> bool:
    """A reference to what is kept: a value or a path, with its hash and size."""
    if type(value) is not dict or type(kind := value.get("type")) is not str:
        return False
    if kind not in _PLAIN_TYPES:
        return False
    known = 2 if "value" in value or _is_path(value.get("path")) else 0
    if "hash" in value:
        if type(digest := value["hash"]) is not str or _HASH.fullmatch(digest) is None:
            return False
        known += 1
    if "size" in value:
        if type(size := value["size"]) is not int or not 0 <= size < _NUMBER_LIMIT:
            return False
        known += 1
    return 2 <= known == len(value)


def _is_path(value: Any) -> bool:
    return (
        type(value) is str
        and value.startswith("/")
        and len(value) <= 4096
        and "\0" not in value
        and os.name == "posix"
    )


_LOOKS: Final[dict[str, dict[str, Callable[[Message], bool]]]] = {
    "to_child": {"run": _run, "ping": _number_alone},
    "to_parent": {
        "started": _task_alone,
        "heartbeat": _task_alone,
        "result": _result,
        "pong": _number_alone,
    },
}


def is_plainly_right(message: Message, direction: str, size: int) -> bool:
    """Whether a message of so many bytes may pass without a closer look."""
    kind = message.get("kind")
    look = _LOOKS[direction].get(kind) if type(kind) is str else None
    return look is not None and size <= SUMMARY_LIMIT and look(message)
