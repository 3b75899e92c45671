"""`--limit NAME=VALUE`: what one run may use at most, whatever its melody says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from harmony.cli.usage import UsageError
from harmony.melody.model import Limits

_KINDS: Final[dict[str, type]] = {"tokens": int, "money": float, "memory_mb": int}


class LimitError(UsageError):
    """A limit that has no such name, or no such value."""


def limited(limits: Limits, given: Sequence[str]) -> Limits:
    """The limits with what was given, for example `tokens=1000`. Raises LimitError."""
    named: dict[str, Any] = {}
    for text in given:
        name, _, value = text.partition("=")
        kind = _KINDS.get(name)
        if kind is None:
            raise LimitError("cli.limit_unknown", name=name, known=", ".join(_KINDS))
        try:
            named[name] = kind(value)
        except ValueError:
            named[name] = -1
        if not 0 <= named[name] < float("inf"):
            raise LimitError("cli.limit_value", name=name, value=value)
    return replace(limits, **named)
