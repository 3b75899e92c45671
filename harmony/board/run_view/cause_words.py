"""A cause that the engine gives (a code and its parameters) as a sentence. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harmony.foundation.words import render


def words_of(cause: Mapping[str, Any] | None) -> str:
    """A cause (a code and its parameters) as a sentence; empty for what has no words."""
    if not cause:
        return ""
    code = cause.get("code")
    return render(str(code), **cause) if code else str(cause.get("message", ""))
