"""The quality of an artifact: valid by type, of a usual size, liked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.quality import is_readable, judge, quality_of, size_fit
from harmony.polyphony import holds
from harmony.polyphony.artifact_search import Past
from harmony.polyphony.holds import Feedback
from harmony.polyphony.records import ArtifactRow, Commit, JournalRecord, RunRow
from harmony.polyphony.store import Store

Keep = Callable[[dict[str, Any], Path], dict[str, Any]]


def row(size: int = 100, kind: str = "text", columns: object = None) -> ArtifactRow:
    summary = None if columns is None else {"columns": columns}
    return ArtifactRow("h", kind, size, summary=summary)


def past(*sizes: int) -> list[Past]:
    return [Past(str(size), size, '{"columns": [["a", "number"]]}') for size in sizes]


def test_without_a_past_or_an_opinion_what_is_valid_is_perfect() -> None:
    assert judge(row(), True, [], []).score == 100
    assert judge(row(), True, past(1, 1), []).score == 100  # two are no past


def test_what_cannot_be_read_is_worth_nothing_and_says_so() -> None:
    quality = judge(row(), False, [], [Feedback(1, "", 0)])
    assert quality.score == 0
    assert "cannot be read as text" in quality.reasons[0]


def test_a_size_far_from_the_usual_costs_and_says_so() -> None:
    usual = past(90, 100, 110)
    assert judge(row(190), True, usual, []).score == 100
    odd = judge(row(1000), True, usual, [])
    assert 30 < odd.score < 100
    assert "100 are usual" in odd.reasons[0]
    assert judge(row(5000), True, usual, []).score == 30
    assert judge(row(0), True, usual, []).score < 50
    assert size_fit(100, 100) == 1 > size_fit(1000, 100) > size_fit(2000, 100)


def test_other_columns_than_the_last_time_halve_it() -> None:
    assert judge(row(kind="table", columns=[["a", "number"]]), True, past(100), []).score == 100
    other = judge(row(kind="table", columns=[["b", "number"]]), True, past(100), [])
    assert (other.score, other.validity) == (50, 0.5)


def test_what_people_say_counts_for_three_tenths() -> None:
    said = [Feedback(-1, "", 0)]
    assert judge(row(), True, [], said).score == 70
    assert judge(row(), True, [], [*said, Feedback(1, "", 0)]).score == 85
    assert judge(row(), True, [], [Feedback(1, "", 0)]).score == 100


@pytest.mark.parametrize(
    ("kind", "content", "readable"),
    [
        ("text", b"plain", True),
        ("text", b"\xff\xfe", False),
        ("json", b'{"a": 1}', True),
        ("json", b"{", False),
        ("number", b"3.5", True),
        ("number", b"true", False),
        ("boolean", b"true", True),
        ("boolean", b"1", False),
        ("vector", b"[1, 2.5]", True),
        ("vector", b'["a"]', False),
        ("view", b'{"kind": "text"}', True),
        ("view", b"[]", False),
        ("list[text]", b"[]", True),
        ("list[text]", b"{}", False),
        ("table", b"PAR1....PAR1", True),
        ("table", b"PAR1........", False),
        ("image", b"\x89PNG\r\n\x1a\n...", True),
        ("image", b"GIF89a", False),
        ("bytes", b"\xff", True),
    ],
)
def test_content_is_read_as_its_type_says(
    kind: str, content: bytes, readable: bool, tmp_path: Path
) -> None:
    assert is_readable(kind, content) is readable
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_readable(kind, path) is readable


def test_the_past_of_an_artifact_is_what_its_node_made_in_earlier_runs(
    store: Store, artifacts: ArtifactStore, keep: Keep, staging: Path
) -> None:
    def made(number: int, task: str, value: str, melody: str = "m") -> str:
        reference = keep({"type": "text", "value": value}, staging)
        run = RunRow(f"run{number}", "n", melody, "h", b"{}", created=number)
        record = JournalRecord(run.id, 1, f"task:{task}", "a", "b", "c", data={"o": reference})
        store.commit_and_wait(Commit(runs=[run], records=[record]))
        return str(reference["hash"])

    for number in (1, 2, 3):
        made(number, f"load[{number}]", f"usual {number}")
    for number in (4, 5, 6):
        made(number, "other", "x" * 100 * number)
        made(number + 10, "load[1]", "y" * 100 * number, melody="another")
    odd = made(20, "load[0]", "z" * 500)
    quality = quality_of(store, artifacts, odd)
    assert quality.size < 1
    assert "500 bytes; 7 are usual" in quality.reasons[0]
    store.in_transaction(lambda c: holds.rate(c, odd, -5, "no", 1))
    assert quality_of(store, artifacts, odd).feedback == 0
