"""Keywords of a text, found with no model and no network."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Annotated, Final, NamedTuple

from harmony.players.declare import instrument
from harmony.players.library._stop_words import ENGLISH
from harmony.players.library._words import split_names
from harmony.players.types import Help, Label, Multiline, Range, Table, Text

# Words, or what ends a phrase: anything but a space between two words.
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]|\d+|\n\s*\n")


class Keywords(NamedTuple):
    """The keywords of a text, the most telling first."""

    table: Annotated[Table, Help("name, keyword, score, occurrences")]
    text: Annotated[Text, Help("the keywords, separated by commas")]


@instrument("Keywords", category="Text", icon="keywords", deterministic=True, prefetch=4)
def keywords(
    text: Text,
    name: Text | None = None,
    *,
    count: Annotated[int, Label("How many"), Range(1, 200)] = 10,
    longest: Annotated[int, Label("Words in a keyword, at most"), Range(1, 5)] = 3,
    also_ignore: Multiline = "",
) -> Keywords:
    """the telling words, offline

    Finds the words and phrases that tell most about an English text, with no model and no network.

    A phrase is a run of words with no filler word (“the”, “of”, …) and no punctuation in it. A word
    weighs more the longer the phrases are that it stands in; a phrase scores the weight of its
    words times the number of its occurrences.

    text: the text to look at
    name: what to call it in the table, such as the name of its file
    count: how many keywords to give
    longest: the most words that one keyword has
    also_ignore: further filler words, separated by commas
    """
    ignored = _filler() | {word.lower() for word in split_names(also_ignore)}
    phrases = _phrases(text, ignored, longest)
    degree: dict[str, int] = defaultdict(int)
    frequency: dict[str, int] = defaultdict(int)
    occurrences: dict[tuple[str, ...], int] = defaultdict(int)
    for phrase in phrases:
        occurrences[phrase] += 1
        for word in phrase:
            frequency[word] += 1
            degree[word] += len(phrase)
    scores = {
        phrase: round(times * sum(degree[word] / frequency[word] for word in phrase), 4)
        for phrase, times in occurrences.items()
    }
    best = sorted(scores, key=lambda phrase: (-scores[phrase], -occurrences[phrase], phrase))
    rows = [
        (name or "", " ".join(phrase), scores[phrase], occurrences[phrase])
        for phrase in best[:count]
    ]
    columns = {
        "name": "VARCHAR",
        "keyword": "VARCHAR",
        "score": "DOUBLE",
        "occurrences": "BIGINT",
    }
    return Keywords(Table.from_rows(rows, columns), ", ".join(row[1] for row in rows))


@cache
def _filler() -> frozenset[str]:
    return frozenset(ENGLISH.split())


def _phrases(text: str, ignored: frozenset[str] | set[str], longest: int) -> list[tuple[str, ...]]:
    """Runs of words between filler words and punctuation, cut where they grow too long."""
    found: list[tuple[str, ...]] = []
    run: list[str] = []
    for token in [*_TOKEN.findall(text), "."]:
        word = token.lower().replace("’", "'")
        if len(word) > 1 and word[0].isalpha() and word not in ignored:
            run.append(word)
            if len(run) < longest:
                continue
        if run:
            found.append(tuple(run))
            run = []
    return found
