"""Fills the index of words from artifacts that hold text, a little at a time, off the main thread.

Of a long text the first part is indexed: names, headings and the first rows are what people look
for, and an index as large as the content would help nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from harmony.foundation.clock import Clock
from harmony.pit.artifacts.store import ArtifactStore
from harmony.polyphony import artifact_search
from harmony.polyphony.artifact_search import FoundArtifact, Words
from harmony.polyphony.records import ArtifactRow
from harmony.polyphony.store import Store

LARGEST: Final = 256 << 10
"""Bytes of an artifact that are looked at."""

_TOGETHER: Final = 512 << 10  # bytes in one transaction: a run that commits waits no longer for it
_MANY: Final = 500
_READABLE: Final = frozenset({"", ".txt", ".md", ".csv", ".tsv", ".json", ".log", ".html", ".xml"})
_AROUND: Final = 50


class TextIndex:
    """The words of the artifacts of one data folder."""

    def __init__(self, store: Store, artifacts: ArtifactStore, clock: Clock) -> None:
        self._store = store
        self._artifacts = artifacts
        self._clock = clock

    def fill(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Index what is not indexed yet, until all is or `stopping` says so; how many.

        Not on the main thread. What cannot be read as text is remembered as holding none.
        """
        count = 0
        while not stopping():
            names = self._store.reading(lambda c: artifact_search.not_indexed(c, _MANY))
            if not names:
                break
            waiting: list[Words] = []
            size = 0
            for row in self._store.artifacts(names).values():
                text, whole = self._text(row)
                waiting.append(Words(row.hash, text, whole))
                size += len(text)
                if size >= _TOGETHER:
                    count += self._add(waiting)
                    waiting, size = [], 0
                    if stopping():
                        return count
            count += self._add(waiting)
        return count

    def search(self, words: str, limit: int = 20) -> list[FoundArtifact]:
        """Artifacts in which all of these words stand, the best match first.

        Words are whole ones, but the last may be a beginning; accents and case do not matter.
        """
        return self._store.reading(lambda c: artifact_search.search(c, words, limit))

    def excerpt(self, digest: str, words: str) -> str:
        """The surroundings of the first of these words in an artifact; empty when it is away."""
        row = self._store.artifact(digest)
        if row is None:
            return ""
        text = self._text(row)[0]
        pattern = "|".join(re.escape(word) for word in words.split())
        found = re.search(rf"\b(?:{pattern})", text, re.IGNORECASE) if pattern else None
        if found is None:
            return ""
        start, end = max(0, found.start() - _AROUND), found.end() + _AROUND
        shown = " ".join(text[start:end].split())
        return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"

    def _add(self, entries: list[Words]) -> int:
        at = self._clock.wall()
        self._store.in_transaction(lambda c: artifact_search.add_words(c, entries, at))
        return len(entries)

    def _text(self, row: ArtifactRow) -> tuple[str, bool]:
        """The beginning of an artifact's text, and whether it is all; empty when it holds none."""
        if row.inline is not None:
            return _decoded(row.inline[:LARGEST]), row.size <= LARGEST
        if row.type == "file" and row.suffix not in _READABLE:
            return "", True
        path = self._artifacts.locate(row.hash, row.suffix, row.tier)
        if path is None:
            return "", True
        with path.open("rb") as file:
            return _decoded(file.read(LARGEST)), row.size <= LARGEST


def _decoded(content: bytes) -> str:
    """Bytes as text; a letter that was cut through at the end is left out."""
    return "" if b"\0" in content else content.decode("utf-8", "ignore")
