"""A workflow's context: JSON values under names, and how it changed from one record to the next.

Values are copied when they come in and when they go out, so that nobody changes a context behind
the machine's back. What is no JSON is refused, not repaired (DESIGN.md section 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harmony.workflow.errors import ContextError

DEEPEST: Final = 64
LARGEST_VALUE: Final = 1_048_576
"""About as many characters of JSON as one value may have."""
MOST_KEYS: Final = 10_000
LONGEST_KEY: Final = 200
_LARGEST_INTEGER: Final = 2**63 - 1

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delta:
    """What was set and what was removed, key by key."""

    changed: Context = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)

    def to_json(self) -> dict[str, Any]:
        """`{"set": {...}, "removed": [...]}`, without what is empty."""
        written: dict[str, Any] = {}
        if self.changed:
            written["set"] = dict(self.changed)
        if self.removed:
            written["removed"] = list(self.removed)
        return written

    @classmethod
    def from_json(cls, value: Any) -> Delta:
        """The delta that `to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(value, dict) or not value.keys() <= {"set", "removed"}:
            raise ValueError("a change of the context has the keys `set` and `removed`")
        changed, removed = value.get("set", {}), value.get("removed", [])
        if not isinstance(changed, dict) or not isinstance(removed, list):
            raise ValueError("`set` is an object and `removed` a list")
        if not all(isinstance(key, str) for key in removed):
            raise ValueError("`removed` lists names")
        return cls(changed, tuple(removed))


NOTHING: Final = Delta()


def applied(context: Context, delta: Delta) -> Context:
    """The context after a change; the very same object where nothing changes."""
    if not delta:
        return context
    after = {**context, **delta.changed}
    for key in delta.removed:
        after.pop(key, None)
    return after


def merged(first: Delta, then: Delta) -> Delta:
    """One change that does what two do, one after the other."""
    if not first:
        return then
    changed = {key: value for key, value in first.changed.items() if key not in then.removed}
    changed.update(then.changed)
    removed = dict.fromkeys((*first.removed, *then.removed))
    return Delta(changed, tuple(key for key in removed if key not in changed))


def difference(before: Context, after: Context) -> Delta:
    """The change that leads from one context to another."""
    return Delta(
        {
            key: value
            for key, value in after.items()
            if key not in before or not same(before[key], value)
        },
        tuple(key for key in before if key not in after),
    )


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are alike; Python takes `True` for 1, and 1 for 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def checked_key(key: Any) -> str:
    """A key of a context. Raises ContextError."""
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY or not _is_text(key):
        raise ContextError("workflow.context_key", key=repr(key)[:80], limit=LONGEST_KEY)
    return key


def checked_context(value: Any) -> dict[str, Any]:
    """A whole context, copied. Raises ContextError."""
    if not isinstance(value, dict) or len(value) > MOST_KEYS:
        raise ContextError("workflow.context_form", limit=MOST_KEYS)
    return {checked_key(key): checked_value(item, key) for key, item in value.items()}


def checked_value(value: Any, key: str = "data") -> Any:
    """A copy of a JSON value. Raises ContextError, naming the key, for all that is none."""
    room = [LARGEST_VALUE]
    try:
        return _copied(value, 0, room)
    except ValueError as error:
        raise ContextError("workflow.context_value", key=key, reason=str(error)) from error


def copied(value: Any) -> Any:
    """A copy of a value that was checked before."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def _copied(value: Any, depth: int, room: list[int]) -> Any:
    kind = type(value)
    room[0] -= len(value) + 2 if kind is str else 2
    if room[0] < 0:
        raise ValueError(f"it is larger than {LARGEST_VALUE:,} characters of JSON")
    if kind is str:
        if not _is_text(value):
            raise ValueError("it has half a character in it")
        return value
    if value is None or kind is bool:
        return value
    if kind is int:
        if abs(value) > _LARGEST_INTEGER:
            raise ValueError("a whole number in it has more than 63 bits")
        return value
    if kind is float:
        if value - value != 0:
            raise ValueError("a number in it is infinite or not a number")
        return value
    if depth >= DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    if kind is list:
        return [_copied(item, depth + 1, room) for item in value]
    if kind is dict:
        for name in value:
            if type(name) is not str:
                raise ValueError(f"the key {name!r} in it is no text")
        return {
            _copied(name, depth, room): _copied(item, depth + 1, room)
            for name, item in value.items()
        }
    raise ValueError(f"{kind.__name__} has no form in JSON")


def _is_text(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
