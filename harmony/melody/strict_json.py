"""JSON from outside, read without mercy: what the standard library would let pass is refused.

Not a number, numbers beyond any size, a key that stands twice, half characters, deep nesting, other
encodings: each becomes a MelodyFileError with its place (FACTS.md: `json` accepts NaN and duplicate
keys, and raises RecursionError on depth).
"""

from __future__ import annotations

import json
from json import JSONDecodeError
from typing import Any, Final

from harmony.melody.errors import MelodyFileError
from harmony.melody.limits import MAXIMUM_DEPTH, MAXIMUM_FILE_BYTES, is_text
from harmony.melody.places import Way, line_of, place_of

_LARGEST_INTEGER: Final = 2**63 - 1
_SHOWN: Final = 40


class _Flaw:
    """Stands where a value was that must not pass, until the walk finds its place."""

    __slots__ = ("code", "facts")

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts


def read(data: bytes, name: str) -> tuple[Any, str]:
    """The JSON value in `data`, and its text. Raises MelodyFileError naming file and place.

    Depth is bounded by what the parser can take (some hundred levels); whoever lets free values
    pass holds them to `MAXIMUM_DEPTH`.
    """
    if len(data) > MAXIMUM_FILE_BYTES:
        raise MelodyFileError("melody.file_too_large", name, limit=f"{MAXIMUM_FILE_BYTES:,}")
    text = _decoded(data, name)
    if not text.strip():
        raise MelodyFileError("melody.file_empty", name)
    return _parsed(text, name), text


def flaw_at(name: str, text: str, way: Way, code: str, **facts: Any) -> MelodyFileError:
    """The error for a place in the text, its line looked up."""
    return MelodyFileError(code, name, place_of(way), line_of(text, way), **facts)


def shown(value: Any) -> str:
    """A value in few words, for a sentence."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"),
        (b"\xff\xfe", "UTF-16 or UTF-32"),
        (b"\xfe\xff", "UTF-16"),
    ):
        if data.startswith(mark):
            raise MelodyFileError("melody.file_encoding", name, line=1, reason=encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"byte {error.start}: {error.reason}"
        raise MelodyFileError("melody.file_encoding", name, line=line, reason=reason) from error
    zero = text.find("\0")
    if zero >= 0:
        line = text.count("\n", 0, zero) + 1
        raise MelodyFileError("melody.file_encoding", name, line=line, reason="a zero byte")
    return text


def _parsed(text: str, name: str) -> Any:
    flaws: list[_Flaw] = []

    def flaw(code: str, **facts: Any) -> _Flaw:
        flaws.append(_Flaw(code, **facts))
        return flaws[-1]

    def integer(digits: str) -> Any:
        if len(digits) > 20 or abs(int(digits)) > _LARGEST_INTEGER:
            return flaw("melody.file_number", value=_short(digits))
        return int(digits)

    def fraction(digits: str) -> Any:
        number = float(digits)
        if number - number != 0:  # infinity
            return flaw("melody.file_number", value=_short(digits))
        return number

    def table(pairs: list[tuple[str, Any]]) -> Any:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    made[key] = flaw("melody.file_duplicate_key", key=key)
                seen.add(key)
        return made

    try:
        value = json.loads(
            text,
            parse_int=integer,
            parse_float=fraction,
            parse_constant=lambda word: flaw("melody.file_number", value=word),
            object_pairs_hook=table,
        )
    except JSONDecodeError as error:
        raise _syntax(text, error, name) from error
    except RecursionError as error:
        raise MelodyFileError("melody.file_too_deep", name, limit=MAXIMUM_DEPTH) from error
    escaped = "\\ud" in text or "\\uD" in text
    if flaws or escaped:
        _walk(value, text, name, escaped)
        assert not flaws, "a flaw stands in the value, or under a key that stands twice"
    return value


def _walk(value: Any, text: str, name: str, escaped: bool) -> None:
    """Find the place of the first flaw in the document's order, if there is any."""
    waiting: list[tuple[Any, Way]] = [(value, ())]
    while waiting:
        item, way = waiting.pop()
        if isinstance(item, _Flaw):
            raise flaw_at(name, text, way, item.code, **item.facts)
        if isinstance(item, str):
            if escaped and not is_text(item):
                raise flaw_at(name, text, way, "melody.file_text")
        elif isinstance(item, (dict, list)):
            if isinstance(item, list):
                numbers = range(len(item) - 1, -1, -1)
                waiting.extend((item[at], (*way, at)) for at in numbers)
                continue
            if escaped and not all(is_text(key) for key in item):
                raise flaw_at(name, text, way, "melody.file_text")
            waiting.extend((inner, (*way, key)) for key, inner in reversed(item.items()))


def _syntax(text: str, error: JSONDecodeError, name: str) -> MelodyFileError:
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return MelodyFileError("melody.file_truncated", name, line=error.lineno)
    return MelodyFileError(
        "melody.file_syntax", name, line=error.lineno, reason=error.msg, column=error.colno
    )


def _short(digits: str) -> str:
    return digits if len(digits) <= 24 else f"{digits[:20]}… ({len(digits)} characters)"
