"""Artifacts are found by the words in them, and no longer when they are deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.foundation.clock import ManualClock
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.text_index import LARGEST, TextIndex
from harmony.polyphony.records import Commit, JournalRecord, RunRow, TierChange
from harmony.polyphony.store import Store

Keep = Callable[[dict[str, Any], Path], dict[str, Any]]


@pytest.fixture
def index(store: Store, artifacts: ArtifactStore, clock: ManualClock) -> TextIndex:
    return TextIndex(store, artifacts, clock)


def text(keep: Keep, staging: Path, value: str) -> str:
    return str(keep({"type": "text", "value": value}, staging)["hash"])


def file(keep: Keep, staging: Path, name: str, content: bytes) -> str:
    staging.mkdir(exist_ok=True, parents=True)
    (staging / name).write_bytes(content)
    kind = "text" if name.endswith(".txt") else "file"
    return str(keep({"type": kind, "staged": name}, staging)["hash"])


def names(index: TextIndex, words: str) -> list[str]:
    return [found.hash for found in index.search(words)]


def test_texts_are_found_by_all_of_their_words_without_regard_to_case_and_accents(
    index: TextIndex, keep: Keep, staging: Path
) -> None:
    first = text(keep, staging, "The café at the harbour")
    second = text(keep, staging, "A harbour without one")
    assert index.fill() == 2
    assert set(names(index, "Harbour")) == {first, second}
    assert names(index, "CAFE harbour") == [first]
    assert names(index, "harb") == names(index, "harbour")
    assert names(index, "arbour") == []
    assert names(index, "") == []


@pytest.mark.parametrize("words", ['"', "a AND", "NEAR(", "col:x", "*", "-harbour", "har\0bour"])
def test_what_a_person_types_is_never_taken_for_a_query_language(
    index: TextIndex, keep: Keep, staging: Path, words: str
) -> None:
    text(keep, staging, "harbour")
    index.fill()
    assert isinstance(index.search(words), list)


def test_large_texts_are_found_by_their_beginning_and_files_by_their_text(
    index: TextIndex, keep: Keep, staging: Path
) -> None:
    long = ("needle " + "x" * LARGEST + " haystack").encode()
    first = file(keep, staging, "a.txt", long)
    second = file(keep, staging, "b.csv", b"name,place\nneedle,here\n")
    file(keep, staging, "c.bin", b"needle")
    index.fill()
    assert set(names(index, "needle")) == {first, second}
    assert names(index, "haystack") == []


def test_what_is_no_text_is_looked_at_once(index: TextIndex, keep: Keep, staging: Path) -> None:
    file(keep, staging, "a.csv", b"needle\0needle")
    keep({"type": "number", "value": 3}, staging)
    assert index.fill() == 1
    assert index.fill() == 0
    assert names(index, "needle") == []


def test_a_deleted_artifact_is_not_found_and_one_made_again_is(
    index: TextIndex, store: Store, keep: Keep, staging: Path
) -> None:
    digest = text(keep, staging, "needle")
    index.fill()
    store.commit_and_wait(Commit(tier_changes=[TierChange(digest, "Deleted")]))
    assert names(index, "needle") == []
    assert index.fill() == 0
    text(keep, staging, "needle")
    assert index.fill() == 1
    assert names(index, "needle") == [digest]


def test_who_made_it_and_where_the_word_stands_are_told(
    index: TextIndex, store: Store, keep: Keep, staging: Path
) -> None:
    reference = keep({"type": "text", "value": "before " * 30 + "Needle" + " after" * 30}, staging)
    for number in (1, 2):
        run = f"run{number}"
        row = RunRow(run, "Search", "m", "h", b"{}", created=number)
        record = JournalRecord(run, 1, "task:load", "a", "b", "c", data={"out": reference})
        store.commit_and_wait(Commit(runs=[row], records=[record]))
    index.fill()
    (found,) = index.search("needle")
    assert (found.run, found.task, found.melody) == ("run2", "load", "Search")
    excerpt = index.excerpt(found.hash, "needle")
    assert "before Needle after" in excerpt
    assert excerpt.startswith("…")
    assert len(excerpt) < 130


def test_filling_stops_when_it_is_told_to(index: TextIndex, keep: Keep, staging: Path) -> None:
    text(keep, staging, "needle")
    assert index.fill(lambda: True) == 0
    assert index.fill() == 1
