"""What a task said, kept in a file that cannot grow without end."""

from __future__ import annotations

import re

import pytest

from harmony.foundation.paths import DataFolder
from harmony.polyphony.logs import (
    HEAD,
    LONGEST_TEXT,
    TAIL,
    LogError,
    LogWriter,
    log_path,
    read_log,
    safe_name,
)

LINE = "x" * 1000


def files(folder: DataFolder) -> list[int]:
    return [path.stat().st_size for path in log_path(folder, "r", "a", 1).parent.iterdir()]


def test_what_is_written_is_read_after_a_flush(folder: DataFolder) -> None:
    log = LogWriter(folder, "r", "node[3]", 2)
    log.write(1.5, "info", "ü\nsecond line")
    assert read_log(folder, "r", "node[3]", 2) == []
    log.flush()
    log.write(2.5, "stderr", "later")
    assert read_log(folder, "r", "node[3]", 2) == [
        {"at": 1.5, "level": "info", "text": "ü\nsecond line"}
    ]
    log.close()
    assert [entry["level"] for entry in read_log(folder, "r", "node[3]", 2)] == ["info", "stderr"]
    assert read_log(folder, "r", "node[3]", 1) == []


def test_a_silent_attempt_leaves_no_file(folder: DataFolder) -> None:
    log = LogWriter(folder, "r", "a", 1)
    log.flush()
    log.close()
    assert not log_path(folder, "r", "a", 1).parent.exists()


def test_a_log_up_to_the_limit_is_kept_whole(folder: DataFolder) -> None:
    log = LogWriter(folder, "r", "a", 1)
    count = (HEAD + TAIL) // 1050
    for number in range(count):
        log.write(float(number), "stdout", LINE)
        log.flush()
    log.close()
    assert [entry["at"] for entry in read_log(folder, "r", "a", 1)] == list(
        map(float, range(count))
    )


@pytest.mark.parametrize("flush_every", [1, 7, 10_000])
def test_of_a_huge_log_head_and_tail_stay_and_the_gap_is_told(
    folder: DataFolder, flush_every: int
) -> None:
    log = LogWriter(folder, "r", "a", 1)
    for number in range(3000):
        log.write(float(number), "stdout", f"{number} {LINE}")
        if number % flush_every == 0:
            log.flush()
            assert sum(files(folder)) <= HEAD + 2 * TAIL + 4096
    log.flush()
    while_running = read_log(folder, "r", "a", 1)
    assert while_running[-1]["at"] == 2999.0
    log.close()
    assert len(files(folder)) == 1
    entries = read_log(folder, "r", "a", 1)
    gaps = [place for place, entry in enumerate(entries) if "left out" in entry["text"]]
    assert len(gaps) == 1
    head, tail = entries[: gaps[0]], entries[gaps[0] + 1 :]
    assert [entry["at"] for entry in head] == list(map(float, range(len(head))))
    assert [entry["at"] for entry in tail] == list(map(float, range(3000 - len(tail), 3000)))
    for part, limit in ((head, HEAD), (tail, TAIL)):
        assert limit * 0.9 < sum(len(entry["text"]) + 45 for entry in part) <= limit
    # The number it gives is the bytes of the lines that are missing.
    said = re.search(r"([\d,]+) bytes", entries[gaps[0]]["text"])
    assert said
    missing = 3000 - len(head) - len(tail)
    assert abs(int(said[1].replace(",", "")) - missing * 1050) < missing * 10


def test_a_killed_writer_leaves_a_log_that_can_be_read(folder: DataFolder) -> None:
    log = LogWriter(folder, "r", "a", 1)
    for number in range(1500):
        log.write(float(number), "stdout", LINE)
        log.flush()
    path = log_path(folder, "r", "a", 1)
    newest = max(path.parent.glob("*.part*"), key=lambda part: int(part.name.rpartition("t")[2]))
    content = newest.read_bytes()
    newest.write_bytes(content[:-20])  # cut in the middle of its last line
    entries = read_log(folder, "r", "a", 1)
    assert entries[-1]["at"] == 1498.0
    assert any("left out" in entry["text"] for entry in entries)


def test_the_same_attempt_begun_again_begins_its_log_again(folder: DataFolder) -> None:
    first = LogWriter(folder, "r", "a", 1)
    for number in range(1500):
        first.write(float(number), "stdout", LINE)
    first.flush()
    second = LogWriter(folder, "r", "a", 1)
    second.write(9.0, "info", "again")
    second.close()
    assert read_log(folder, "r", "a", 1) == [{"at": 9.0, "level": "info", "text": "again"}]
    assert len(files(folder)) == 1


def test_a_task_that_prints_without_end_does_not_fill_the_memory(folder: DataFolder) -> None:
    log = LogWriter(folder, "r", "a", 1)
    for number in range(5000):
        log.write(float(number), "stdout", LINE)
    assert sum(map(len, log._waiting)) <= HEAD + TAIL + 2000


def test_an_enormous_line_is_cut_and_says_so(folder: DataFolder) -> None:
    log = LogWriter(folder, "r", "a", 1)
    log.write(1.0, "stdout", "y" * (LONGEST_TEXT + 123))
    log.close()
    (entry,) = read_log(folder, "r", "a", 1)
    assert entry["text"].endswith("… (123 characters left out)")


def test_a_log_that_cannot_be_read_is_a_named_error(folder: DataFolder) -> None:
    log_path(folder, "r", "a", 1).mkdir(parents=True)
    with pytest.raises(LogError):
        read_log(folder, "r", "a", 1)


@pytest.mark.parametrize(
    "name", ["../../etc", "a/b", "..", ".", "", "node[3]", "ü" * 200, "a b", "NUL\0", "\ud800"]
)
def test_every_task_id_becomes_one_plain_file_name(name: str) -> None:
    safe = safe_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_~-]{1,140}", safe)


def test_different_task_ids_become_different_file_names() -> None:
    names = ["a", "A", "a~5b", "a[", "a~", "", "~", "x" * 200, "x" * 201, "a.1", "a_1", "a-1"]
    assert len({safe_name(name) for name in names}) == len(names)
