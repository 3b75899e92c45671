"""Artifacts in the terminal: found by their words, told, held, pinned and judged."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from harmony.bootstrap.tiers import tiers_of
from harmony.foundation.clock import SystemClock
from harmony.foundation.errors import HarmonyError
from harmony.foundation.paths import data_folder
from harmony.foundation.settings import load
from harmony.pit.artifacts import ArtifactError, ArtifactStore
from harmony.polyphony import artifact_moves, artifact_search, holds
from harmony.polyphony.errors import UnknownArtifactError
from harmony.polyphony.quarantined import quarantined
from harmony.polyphony.records import Commit, Pin
from harmony.polyphony.store import Store, open_store

SCORES = {"good": 1, "neither": 0, "bad": -1}


@contextmanager
def opened_store(home: str | None) -> Iterator[Store]:
    """The store of a data folder; what was found wrong with it goes to standard error."""
    folder = data_folder(home).ensure()
    with open_store(folder, SystemClock()) as store:
        for problem in store.problems:
            sys.stderr.write(f"harmony: {problem}\n")
        yield store


def find(home: str | None, words: list[str], limit: int, *, as_json: bool) -> int:
    """`harmony find`. Exit status 0 when something was found, else 1."""
    from harmony.pit.artifacts.text_index import TextIndex

    wanted = " ".join(words)
    with opened_store(home) as store:
        index = TextIndex(store, _artifacts(home, store), SystemClock())
        index.fill()
        found = index.search(wanted, limit)
        excerpts = {each.hash: index.excerpt(each.hash, wanted) for each in found}
    if as_json:
        _print_json([{**asdict(each), "excerpt": excerpts[each.hash]} for each in found])
        return 0 if found else 1
    from rich.markup import escape

    from harmony.cli.screen import console, table

    rows = table("artifact", "type", "size", "made by", "melody", "text")
    for each in found:
        made_by = f"{each.task} of {each.run[-8:]}" if each.run else ""
        rows.add_row(
            each.hash[:10],
            each.type,
            size_text(each.size),
            escape(made_by),
            escape(each.melody),
            escape(excerpts[each.hash]),
        )
    console().print(rows if found else "No artifact has all of these words.")
    return 0 if found else 1


def show_artifact(
    home: str | None, artifact: str, rating: str | None, note: str, *, as_json: bool
) -> int:
    """`harmony artifact`. Exit status 0, or 1 when its content cannot be had."""
    with opened_store(home) as store:
        digest = store.reading(lambda c: artifact_search.resolve(c, artifact))
        if rating is not None:
            score, at = SCORES[rating], SystemClock().wall()
            store.in_transaction(lambda c: holds.rate(c, digest, score, note, at))
        told = _told(home, store, digest)
    if as_json:
        _print_json(told)
    else:
        from harmony.cli.artifact_page import print_artifact

        print_artifact(told)
    return 0 if told["quality"] is not None else 1


def hold(
    home: str | None, subject: str | None, name: str, reason: str, *, lift: bool, as_json: bool
) -> int:
    """`harmony hold`: list, place or lift. Exit status 1 when there was nothing to do."""
    at, changed = SystemClock().wall(), True
    with opened_store(home) as store:
        if subject is not None:
            kind, whole = _subject(store, subject)
            if lift:
                changed = store.in_transaction(lambda c: holds.lift(c, kind, whole, name, at))
            else:
                changed = store.in_transaction(
                    lambda c: holds.place(c, kind, whole, name, reason, at)
                )
        known = store.reading(holds.holds)
    if as_json:
        _print_json([asdict(each) for each in known])
        return 0 if changed else 1
    from rich.markup import escape

    from harmony.cli.screen import console, table
    from harmony.cli.times import when

    rows = table("on hold", "what", "name", "reason", "since", "lifted")
    for each in known:
        rows.add_row(
            each.subject[:26],
            each.kind,
            escape(each.name),
            escape(each.reason),
            when(each.at),
            when(each.lifted),
        )
    console().print(rows if known else "Nothing is on hold.")
    if not changed:
        console().print("It is not on hold under this name." if lift else "It already was.")
    return 0 if changed else 1


def pin(home: str | None, artifact: str, *, remove: bool) -> int:
    """`harmony pin`: keep an artifact from expiring, or no longer."""
    with opened_store(home) as store:
        digest = store.reading(lambda c: artifact_search.resolve(c, artifact))
        wish = Pin(digest, at=SystemClock().wall(), pinned=not remove)
        store.commit_and_wait(Commit(pins=[wish]))
    sys.stdout.write(f"{digest} is {'no longer pinned' if remove else 'pinned'}.\n")
    return 0


def maker_of(store: Store, artifact: str) -> tuple[str, str]:
    """The newest run that names an artifact, and its task; empty texts when there is none."""
    return store.reading(lambda c: artifact_search.maker_of(c, artifact))


def size_text(size: float) -> str:
    """Bytes for people."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _artifacts(home: str | None, store: Store) -> ArtifactStore:
    folder = data_folder(home)
    settings = load(folder.settings_file)
    return tiers_of(settings, folder, store, SystemClock(), os.environ).artifacts


def _subject(store: Store, text: str) -> tuple[str, str]:
    """A run or an artifact, by its id or hash or the beginning of it. Raises StoreError."""
    try:
        return holds.ARTIFACT, store.reading(lambda c: artifact_search.resolve(c, text))
    except UnknownArtifactError:
        return holds.RUN, store.run(text).id


def _told(home: str | None, store: Store, digest: str) -> dict[str, Any]:
    """All that is known about an artifact, as JSON."""
    from harmony.conductor.lineage import ancestors, lineage_of
    from harmony.pit.artifacts.quality import quality_of

    artifacts = _artifacts(home, store)
    quality, problems = None, []
    lineage: dict[str, Any] = {"artifact": digest, "made_by": [], "used_by": []}
    way: list[dict[str, Any]] = []
    try:
        quality = asdict(quality_of(store, artifacts, digest))
    except ArtifactError as error:
        problems.append(str(error))
    try:
        lineage = asdict(lineage_of(store, digest))
        way = [asdict(step) for step in ancestors(store, digest)]
    except HarmonyError as error:  # a run of a newer version, or a damaged journal
        problems.append(str(error))
    row = store.artifact(digest)
    assert row is not None  # it was resolved from the store's own hashes
    aside = [q for q in store.reading(quarantined) if q.hash == digest]
    return {
        "hash": digest,
        "type": row.type,
        "size": row.size,
        "tier": row.tier,
        "at": row.at,
        "accessed": row.accessed,
        "quality": quality,
        "problems": problems,
        "quarantined": [asdict(each) for each in aside],
        "lineage": lineage,
        "way": way,
        "moves": [asdict(m) for m in store.reading(lambda c: artifact_moves.moves_of(c, digest))],
        "holds": [asdict(each) for each in store.reading(lambda c: holds.holds(c, digest))],
        "pins": store.reading(lambda c: holds.pins_of(c, digest)),
        "feedback": [asdict(each) for each in store.reading(lambda c: holds.feedback(c, digest))],
    }


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
