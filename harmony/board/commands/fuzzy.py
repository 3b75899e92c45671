"""Finding by a few letters: how well a query fits a text, and where its letters stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def score(query: str, text: str) -> float | None:
    """How well the letters of `query` occur in `text`, in order; None when they do not.

    A run of neighbours counts more than scattered letters, the start of a word more than its
    middle, a short text more than a long one. An empty query fits everything equally.
    """
    wanted, offered = query.casefold().split(), text.casefold()
    total = 0.0
    for word in wanted:
        best = _word_score(word, offered)
        if best is None:
            return None
        total += best
    return total - len(offered) * 0.002


def best(
    query: str, items: Iterable[Item], text_of: Callable[[Item], str], limit: int = 50
) -> list[Item]:
    """The items that fit, best first; equal ones keep their order."""
    found: list[tuple[float, int, Item]] = []
    for index, item in enumerate(items):
        value = score(query, text_of(item))
        if value is not None:
            found.append((-value, index, item))
    found.sort(key=lambda entry: entry[:2])
    return [item for _, _, item in found[:limit]]


def _word_score(word: str, text: str) -> float | None:
    at = text.find(word)
    if at >= 0:
        starts = at == 0 or not text[at - 1].isalnum()
        return 3.0 + (2.0 if starts else 0.0) + (1.0 if at == 0 else 0.0)
    position, total = -1, 0.0
    for letter in word:
        following = text.find(letter, position + 1)
        if following < 0:
            return None
        neighbour = following == position + 1 and position >= 0
        starts = following == 0 or not text[following - 1].isalnum()
        total += 1.0 if neighbour else 0.7 if starts else 0.15
        position = following
    return total / len(word)
