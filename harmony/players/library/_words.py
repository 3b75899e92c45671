"""Small sentences that several Players say: did you mean, and lists in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from harmony.players.errors import PlayerError

_LONGEST_LIST = 12


def quote(name: str) -> str:
    """A name in quotation marks."""
    return f"“{name}”"


def listed(names: Iterable[str]) -> str:
    """Names in a row: `stars, text, date`; a long row ends with how many more there are."""
    all_names = list(names)
    shown = ", ".join(all_names[:_LONGEST_LIST])
    rest = len(all_names) - _LONGEST_LIST
    return shown if rest <= 0 else f"{shown} and {rest} more"


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 row`, `2,110 rows`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def closest(name: str, known: Sequence[str]) -> str | None:
    """The known name that is most like this one, whatever its case; None when none is near."""
    by_lower = {candidate.lower(): candidate for candidate in reversed(known)}
    matches = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def unknown_column(name: str, columns: Sequence[str]) -> PlayerError:
    """The error for a column that the table does not have."""
    return PlayerError(f"Column {quote(name)} not found.", hint=column_hint(name, columns))


def column_hint(name: str, columns: Sequence[str]) -> str:
    """What to do about an unknown column: the nearest name, then all there are."""
    near = closest(name, columns)
    meant = f"Did you mean {quote(near)}? " if near is not None else ""
    return f"{meant}The table has {listed(columns)}."


def split_names(text: str) -> list[str]:
    """Names out of a field where they stand on lines of their own or behind commas."""
    return [name.strip() for line in text.splitlines() for name in line.split(",") if name.strip()]
