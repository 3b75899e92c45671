"""Secrets are taken out before anything is stored, shown or chained (DESIGN.md section 5).

Two nets: the secrets that are known, wherever they stand; and what looks like one (an Authorization
header, `api_key=…`, a token of a known form), since a program's output may hold secrets of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "••••"
SHORTEST_IN_TEXT: Final = 4

# The group `keep` stays, so that the reader sees what was masked. Values end at white space, quotes
# and separators. Every repeat is bounded or runs over one class of characters: no text is slow.
_LOOK_ALIKES: Final = (
    re.compile(
        r"(?i)(?P<keep>\bauthorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:[a-z]+\s{1,4})?)"
        r"[^\s\"',;&]+"
    ),
    re.compile(r"(?i)(?P<keep>\b(?:bearer|basic)\s{1,4})[a-z0-9._~+/=-]{8,}"),
    re.compile(
        r"(?i)(?P<keep>\b(?:[a-z0-9]{1,32}[_-]){0,4}"
        r"(?:api[_-]?key|access[_-]?key|secret(?:[_-]?key)?|access[_-]?token|auth[_-]?token"
        r"|refresh[_-]?token|client[_-]?secret|password|passwd|token)"
        r"[\"']?\s{0,4}[:=]\s{0,4}[\"']?)"
        r"(?!secret:)[^\s\"',;&]{4,}"
    ),
    re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)"),
    re.compile(r"(?P<keep>)\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}"),
    re.compile(
        r"(?P<keep>)\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abprs])[_-][A-Za-z0-9_-]{16,}"
    ),
    re.compile(r"(?P<keep>)\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"(?P<keep>)\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
)


class Redactor:
    """Masks known secrets and what looks like one.

    A known secret shorter than four characters is masked only where it is a whole value of its own:
    in running text it would blacken half of the words.
    """

    __slots__ = ("_exact", "_known")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._exact = frozenset(secret for secret in secrets if secret)
        in_text = (secret for secret in self._exact if len(secret) >= SHORTEST_IN_TEXT)
        # Longest first: a secret that begins with another one must not leave its tail readable.
        ordered = sorted(in_text, key=lambda secret: (-len(secret), secret))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """The text with every secret masked."""
        if text in self._exact:
            return MASK
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern in _LOOK_ALIKES:
            text = pattern.sub(_keep_name, text)
        return text

    def bytes(self, data: bytes) -> bytes:
        """The same for bytes in UTF-8; bytes that are no UTF-8 pass through as they are."""
        shown = data.decode("utf-8", errors="surrogateescape")
        return self.text(shown).encode("utf-8", errors="surrogateescape")

    def value(self, value: object) -> object:
        """The same through a JSON-like value: its keys and texts at every depth; types are kept."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.bytes(value)
        if isinstance(value, dict):
            return {self.value(key): self._field(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.value(item) for item in value)
        return value

    def _field(self, key: object, value: object) -> object:
        # {"api_key": "abc…"}: the name is in the key, so the value alone would look harmless.
        if isinstance(key, str) and isinstance(value, str) and value:
            named = f"{key}={value}"
            if " " not in value and self.text(named) == f"{key}={MASK}":
                return MASK
        return self.value(value)


def _keep_name(match: re.Match[str]) -> str:
    return match["keep"] + MASK
