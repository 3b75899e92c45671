"""Find a Player by what a person types: whole words first, then beginnings, then what is alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from harmony.players.specs import PlayerSpec

_WORD: Final = re.compile(r"\w+")
_ALIKE: Final = 0.75
# How much a hit counts: the title says most, then the category, what it does, its ports and id.
_WEIGHTS: Final = (("title", 12.0), ("category", 5.0), ("summary", 4.0), ("other", 2.0))


def search(players: Iterable[PlayerSpec], text: str) -> list[PlayerSpec]:
    """The Players that fit every word of the text, best first; all of them for an empty text."""
    wanted = _WORD.findall(text.lower())
    if not wanted:
        return list(players)
    ranked: list[tuple[float, str, str, PlayerSpec]] = []
    for player in players:
        scores = [_score(player, word) for word in wanted]
        if all(scores):
            total = sum(scores) + _whole_title(player, text)
            ranked.append((-total, player.title.lower(), player.id, player))
    return [player for *_, player in sorted(ranked, key=lambda entry: entry[:3])]


def _whole_title(player: PlayerSpec, text: str) -> float:
    title, typed = player.title.lower(), " ".join(text.lower().split())
    return 40.0 if title == typed else 20.0 if title.startswith(typed) else 0.0


def _score(player: PlayerSpec, word: str) -> float:
    ports = " ".join(port.name for port in (*player.inputs, *player.outputs))
    fields = {
        "title": player.title,
        "category": f"{player.category} {player.kind}",
        "summary": player.summary,
        "other": f"{player.id} {ports}",
    }
    return max(weight * _likeness(word, fields[name].lower()) for name, weight in _WEIGHTS)


def _likeness(word: str, text: str) -> float:
    """1 for a word of the text, less for the beginning of one, a part, or something alike; or 0."""
    words = _WORD.findall(text.replace("_", " "))
    if word in words:
        return 1.0
    if any(candidate.startswith(word) for candidate in words):
        return 0.8
    if len(word) > 1 and word in text:
        return 0.5
    if len(word) < 4:
        return 0.0
    alike = max((SequenceMatcher(None, word, other).ratio() for other in words), default=0.0)
    return alike * 0.4 if alike >= _ALIKE else 0.0
