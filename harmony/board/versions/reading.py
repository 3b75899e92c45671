"""The versions of a melody as the window lists them: read and compared in a thread, no Qt here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from harmony.foundation.ids import short_id
from harmony.foundation.words import render
from harmony.melody.difference import Difference, difference
from harmony.melody.difference_words import summary
from harmony.melody.file import loads
from harmony.melody.model import Melody
from harmony.polyphony.store import Store
from harmony.polyphony.versions import Version, versions_of

MOST_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """A version, its melody, what it changed of the one before in words, and what has since."""

    version: Version
    melody: Melody
    changes: str
    since: Difference


def read_versions(store: Store, melody: Melody) -> list[ReadVersion]:
    """The newest versions of a melody, compared with each other and with how it is now."""
    found = store.reading(lambda connection: versions_of(connection, melody.id))[:MOST_ROWS]
    read = [_melody(store, version) for version in found]
    rows = []
    for number, (version, content) in enumerate(zip(found, read, strict=True)):
        words = render("versions.first")
        if number + 1 < len(read):
            words = summary(difference(read[number + 1], content))
        rows.append(ReadVersion(version, content, words, difference(content, melody)))
    return rows


def as_it_is(melody: Melody) -> Melody:
    """The melody as an object of its own, which later edits leave alone."""
    return replace(
        melody,
        nodes=dict(melody.nodes),
        connections=dict(melody.connections),
        notes=dict(melody.notes),
        parts={name: as_it_is(part) for name, part in melody.parts.items()},
    )


def time_of(version: Version) -> str:
    """When a version began, for people."""
    return f"{datetime.fromtimestamp(version.at).astimezone():%Y-%m-%d %H:%M:%S}"


def use_of(version: Version) -> str:
    """How a version was used: saved, and by which runs."""
    words = [render("versions.saved")] if version.saved else []
    if version.runs:
        last = short_id(version.runs[-1])
        code = "versions.run" if len(version.runs) == 1 else "versions.runs"
        words.append(render(code, run=last, count=len(version.runs)))
    return ", ".join(words)


def _melody(store: Store, version: Version) -> Melody:
    content = store.melody_content(version.snapshot)
    assert content is not None  # a version keeps its content
    return loads(content, version.name or version.melody_id)
