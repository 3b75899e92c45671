"""Secrets are taken out before anything is stored, shown or chained (DESIGN.md section 5).

Two nets: the secrets that are known, wherever they stand; and what looks like one (an Authorization
header, `api_key=…`, a token of a known form), since a program's output may hold secrets of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final

MASK: Final = "••••"
SHORTEST_IN_TEXT: Final = 4

# Names whose value is a secret. `token` alone is not among them: it is also a word of a text.
_NAME: Final = (
    r"(?:api[_-]?key|access[_-]?key|private[_-]?key|secret(?:[_-]?key)?|password|passwd|passphrase"
    r"|(?:access|api|auth|bearer|client|id|refresh|session)[_-]?(?:token|secret))"
)
_SECRET_KEY: Final = re.compile(rf"(?i)(?:proxy-)?authorization|(?:.{{0,64}}[_-])?{_NAME}")
_VALUE: Final = r"[^\s\"',;&]"
_IS: Final = r"[\"']?\s{0,4}[:=]\s{0,4}[\"']?"

# What looks like a secret, each with words of which the text must hold one: looking for them is a
# hundred times faster than the pattern. The group `keep` stays, so that the reader sees what was
# masked. Whatever is looked at before a match is certain is bounded, so that no text is slow.
# `secret:NAME` is a reference to a secret and holds none, so it stays.
_LOOK_ALIKES: Final = (
    (
        ("authorization",),
        re.compile(rf"(?i)(?P<keep>\bauthorization{_IS}(?:[a-z]+\s{{1,4}})?){_VALUE}+"),
    ),
    (
        ("bearer", "basic"),
        re.compile(
            r"(?i)(?P<keep>\b(?:bearer|basic)\s{1,4})"
            r"(?=[a-z0-9._~+/=-]{0,200}\d)[a-z0-9._~+/=-]{8,}"
        ),
    ),
    (
        ("key", "secret", "passw", "passphrase", "token"),
        re.compile(
            r"(?i)(?P<keep>(?<![a-z0-9])(?!(?<![a-z0-9_-])secret:\S)"
            rf"{_NAME}{_IS})(?!secret:){_VALUE}{{4,}}"
        ),
    ),
    (
        ("token",),
        re.compile(rf"(?i)(?P<keep>\btoken{_IS})(?={_VALUE}{{0,200}}\d){_VALUE}{{8,}}"),
    ),
    (
        ("://",),
        re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)"),
    ),
    (("sk-", "pk-", "rk-"), re.compile(r"(?P<keep>)\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}")),
    (
        ("gh", "glpat", "xox"),
        re.compile(
            r"(?P<keep>)\b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abprs])"
            r"[_-][A-Za-z0-9_-]{16,}"
        ),
    ),
    (("akia",), re.compile(r"(?P<keep>)\bAKIA[0-9A-Z]{16}\b")),
    (
        ("eyj",),
        re.compile(r"(?P<keep>)\beyJ[A-Za-z0-9_-]{8,999}\.[A-Za-z0-9_-]{8,999}\.[A-Za-z0-9_-]{8,}"),
    ),
)
_SIGNS: Final = tuple(dict.fromkeys(sign for signs, _ in _LOOK_ALIKES for sign in signs))
_MOST_KEYS: Final = 1000
_SHORTEST: Final = 8  # a text that is shorter can hold none of them: "ab://:x@"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")  # what a journal holds most, and none of the signs


class Redactor:
    """Masks known secrets and what looks like one.

    A known secret shorter than four characters is masked only where it is a whole value of its own:
    in running text it would blacken half of the words.
    """

    __slots__ = ("_exact", "_keys", "_known", "_spared_names")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._exact = frozenset(secret for secret in secrets if secret)
        in_text = (secret for secret in self._exact if len(secret) >= SHORTEST_IN_TEXT)
        # Longest first: a secret that begins with another one must not leave its tail readable.
        ordered = sorted(in_text, key=lambda secret: (-len(secret), secret))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._keys: dict[str, tuple[str, bool]] = {}
        # The names of objects that were looked at: few kinds of objects come again and again.
        self._spared_names: set[tuple[Any, ...]] = set()

    def text(self, text: str) -> str:
        """The text with every secret masked."""
        if text in self._exact:
            return MASK
        if self._known is not None:
            text = self._known.sub(MASK, text)
        if len(text) < _SHORTEST:
            return text
        lowered = text.lower()
        for sign in _SIGNS:
            if sign in lowered:
                return _masked(text, lowered)
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
            return dict(self._field(key, item) for key, item in value.items())
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.value(item) for item in value)
        return value

    def spares(self, value: Any) -> bool:
        """Whether `value` would leave a JSON value as it is, and make nothing anew to find out.

        False also for what has no form in JSON (NaN, a set, bytes) and when only a closer look can
        tell. Nearly everything that is stored is spared, so that looking is all it costs.
        """
        kind = type(value)
        if kind is dict:
            return self._spares_fields(value)
        if kind is str:
            return self._spares_text(value)
        if kind is list or kind is tuple:
            return all(map(self.spares, value))
        if kind is float:
            return isfinite(value)
        return kind is int or kind is bool or value is None

    def _spares_fields(self, fields: dict[Any, Any]) -> bool:
        names = tuple(fields)
        if names not in self._spared_names and not self._spares_names(names):
            return False
        for value in fields.values():
            kind = type(value)
            if kind is str:
                # A digest holds no sign; it is a known secret only when there are such.
                harmless = len(value) < _SHORTEST or _DIGEST.fullmatch(value)
                if (self._exact or not harmless) and not self._spares_text(value):
                    return False
            elif kind is dict:
                if not self._spares_fields(value):
                    return False
            elif kind is not int and not self.spares(value):
                return False
        return True

    def _spares_names(self, names: tuple[Any, ...]) -> bool:
        for name in names:
            if type(name) is not str:
                return False
            shown, named = self._keys.get(name) or self._look_at_key(name)
            if named or shown != name:
                return False
        if len(self._spared_names) < _MOST_KEYS:
            self._spared_names.add(names)
        return True

    def _spares_text(self, text: str) -> bool:
        if self._exact and (
            text in self._exact or (self._known is not None and self._known.search(text))
        ):
            return False
        if len(text) < _SHORTEST:
            return True
        lowered = text.lower()
        for sign in _SIGNS:
            if sign in lowered:
                return self.text(text) == text
        return True

    def _field(self, key: object, value: object) -> tuple[object, object]:
        if not isinstance(key, str):
            return self.value(key), self.value(value)
        shown, named = self._keys.get(key) or self._look_at_key(key)
        # {"api_key": "abc…"}: the name is in the key, so the value alone would look harmless.
        if named and isinstance(value, str) and value and not value.startswith("secret:"):
            return shown, MASK
        if value is None or isinstance(value, (bool, int, float)):
            return shown, value
        return shown, self.value(value)

    def _look_at_key(self, key: str) -> tuple[str, bool]:
        """The key as it is shown, and whether it names a secret. Keys come again and again."""
        found = self.text(key), _SECRET_KEY.fullmatch(key) is not None
        if len(self._keys) < _MOST_KEYS:
            self._keys[key] = found
        return found


def _masked(text: str, lowered: str) -> str:
    for signs, pattern in _LOOK_ALIKES:
        if any(sign in lowered for sign in signs):
            text = pattern.sub(_keep_name, text)
    return text


def _keep_name(match: re.Match[str]) -> str:
    return match["keep"] + MASK
