"""`harmony versions` and `harmony diff`: how a melody was, and what two of them differ in."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from harmony.cli.columns import in_columns
from harmony.cli.run_list import opened, print_json
from harmony.cli.times import when
from harmony.cli.usage import UsageError
from harmony.foundation.errors import HarmonyError
from harmony.foundation.ids import short_id
from harmony.melody.difference import difference
from harmony.melody.difference_json import difference_to_json
from harmony.melody.difference_words import lines, summary
from harmony.melody.file import load, loads
from harmony.melody.model import Melody
from harmony.polyphony.store import Store
from harmony.polyphony.versions import Version, version_numbered, versions_of

SAME: Final = 0
DIFFERENT: Final = 1
TROUBLE: Final = 2

_COLORS: Final = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m"}
_PLAIN: Final = "\x1b[0m"


def list_versions(given: Namespace) -> int:
    """The versions of a melody, the newest first, each with what it changed of the one before."""
    path = Path(given.melody)
    melody_id = load(path).id if path.is_file() else given.melody
    with opened(given.home) as store:
        found = store.reading(lambda connection: versions_of(connection, melody_id))
        told = list(zip(found, _changes(store, found), strict=True))
    if given.as_json:
        print_json([{**asdict(version), "changes": words} for version, words in told])
        return 0
    if not told:
        sys.stdout.write(f"No version of {given.melody} was saved or run yet.\n")
        return 0
    rows = [("version", "since", "saved", "runs", "what changed")]
    rows += [
        (
            str(version.number),
            when(version.at),
            "yes" if version.saved else "no",
            _runs(version),
            words,
        )
        for version, words in told
    ]
    sys.stdout.write(in_columns(rows, sys.stdout.isatty()))
    return 0


def diff(given: Namespace) -> int:
    """What two melodies differ in. Exit status 0: nothing, 1: something, 2: cannot be told."""
    try:
        with_store = any(_is_number(name) for name in (given.old, given.new))
        if with_store:
            with opened(given.home) as store:
                old, new = _melody(given.old, store), _melody(given.new, store)
        else:
            old, new = _melody(given.old, None), _melody(given.new, None)
    except HarmonyError as error:
        if given.as_json:
            sys.stdout.write(json.dumps({"event": "error", **error.to_json()}) + "\n")
        sys.stderr.write(f"harmony: {error}\n")
        return TROUBLE
    found = difference(old, new)
    if given.as_json:
        print_json({"same": found.is_empty, **difference_to_json(found)})
    else:
        colored = sys.stdout.isatty()
        for line in lines(found):
            text = "".join(letter for letter in line.text if letter.isprintable())
            words = f"{line.mark} {text}"
            sys.stdout.write(f"{_COLORS[line.mark]}{words}{_PLAIN}\n" if colored else f"{words}\n")
        if found.is_empty:
            sys.stdout.write(summary(found).capitalize() + ".\n")
    return SAME if found.is_empty else DIFFERENT


def _melody(name: str, store: Store | None) -> Melody:
    """The melody of a file, or of a version in the store."""
    if store is None or not _is_number(name):
        return load(name)
    version = store.reading(lambda connection: version_numbered(connection, int(name)))
    if version is None:
        raise UsageError("cli.no_such_version", version=name)
    return _content(store, version)


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 16 and not Path(name).exists()


def _content(store: Store, version: Version) -> Melody:
    content = store.melody_content(version.snapshot)
    assert content is not None  # a version keeps its content
    return loads(content, version.name or version.melody_id)


def _changes(store: Store, versions: list[Version]) -> list[str]:
    """What each changed of the one before it in time, which stands after it."""
    melodies = [_content(store, version) for version in versions]
    told: list[str] = []
    for number, melody in enumerate(melodies):
        last = number + 1 == len(melodies)
        told.append("" if last else summary(difference(melodies[number + 1], melody)))
    return told


def _runs(version: Version) -> str:
    shown: Any = [short_id(run) for run in version.runs[-3:]]
    more = len(version.runs) - len(shown)
    return " ".join([*shown, f"+{more}"] if more else shown)
