"""A process keeps to what its Player declared, and says clearly when it was too little."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from harmony.wire.launch import Quota

PLAYERS = """
import collections, itertools, mmap, os, sys, time
from harmony.players import Json, Number, Table, Text, operator

print("imported under", __import__("resource").getrlimit(__import__("resource").RLIMIT_DATA)[0])
kept = []

@operator("Work", category="Test")
def work() -> Text:
    return "done"

@operator("Hoard", category="Test")
def hoard(*, megabytes: int) -> Number:
    return len(bytearray(megabytes << 20)) >> 20

@operator("Hoard in small pieces until there is no room for a single object", category="Test")
def hoard_all() -> None:
    while True:
        kept.append([None] * 50)

@operator("Share", category="Test")
def share(*, megabytes: int) -> None:
    kept.append(mmap.mmap(-1, megabytes << 20))

@operator("Open", category="Test")
def open_files(*, number: int) -> None:
    files = [open(os.devnull) for _ in range(number)]

@operator("Spin", category="Test")
def spin() -> None:
    while True:
        try:
            while True:
                pass
        except Exception:
            pass

@operator("Spin for a while", category="Test")
def spin_for(*, seconds: float) -> Text:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"

@operator("Spin in C, where no Python code runs", category="Test")
def spin_in_c() -> None:
    collections.deque(itertools.repeat(None), maxlen=0)

@operator("Sleep", category="Test")
def sleep(*, seconds: float) -> Text:
    time.sleep(seconds)
    return "done"

@operator("Insist", category="Test")
def insist() -> None:
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

@operator("Table", category="Test")
def read_setting() -> Text:
    from harmony.players.database import own_connection
    table = Table.from_rows([{"n": n} for n in range(1000)])
    assert table.query("SELECT sum(n) AS total FROM this").row_count == 1
    with own_connection() as connection:
        return connection.execute("SELECT current_setting('memory_limit')").fetchone()[0]

@operator("Limits", category="Test")
def limits() -> Json:
    import resource
    names = ("RLIMIT_CORE", "RLIMIT_DATA", "RLIMIT_NOFILE", "RLIMIT_CPU")
    return {name: resource.getrlimit(getattr(resource, name))[0] for name in names}
"""


@pytest.fixture
def begin(start: Any, folder: Path) -> Any:
    """Start a child of these Players under a quota; it is ready when this returns."""
    (folder / "own" / "hungry.py").write_text(PLAYERS)

    def begin(**quota: Any) -> Any:
        parent = start(quota=Quota(**quota))
        parent.begin()
        return parent

    return begin


def test_the_limits_are_there_before_the_authors_code_is(begin: Any) -> None:
    child = begin(memory_mb=100)
    child.run("own/work")
    child.say(kind="shutdown")
    assert child.ended()[1] == f"imported under {100 << 20}\n"


def test_a_process_without_quotas_has_no_limits_and_leaves_no_core(begin: Any) -> None:
    found = begin().run("own/limits")["outputs"]["result"]["value"]
    assert found["RLIMIT_CORE"] == 0
    assert found["RLIMIT_DATA"] == found["RLIMIT_CPU"] == -1


def test_memory_over_the_quota_fails_the_task_and_says_how_much_was_allowed(begin: Any) -> None:
    child = begin(memory_mb=100)
    error = child.error("own/hoard", megabytes=150)
    assert (error["code"], error["type"]) == ("quota_memory", "MemoryError")
    assert "100 MB" in error["message"]
    assert "memory_mb" in error["hint"]
    assert "hungry.py" in error["file"]
    assert child.run("own/hoard", megabytes=50)["outputs"]["number"]["value"] == 50


def test_a_process_that_is_full_for_good_says_so_and_ends_before_the_next_task(begin: Any) -> None:
    child = begin(memory_mb=64)
    child.send_together(("own/hoard_all", "t"), ("own/work", "next"))
    failure = child.hear("failure")
    assert (failure["task"], failure["error"]["code"]) == ("t", "quota_memory")
    status, _, said = child.ended()
    assert (status, said) == (0, "")
    assert child.waiting == []


def test_tables_are_worked_on_within_the_quota_and_on_disk_beyond_it(begin: Any) -> None:
    result = begin(memory_mb=400).run("own/read_setting")
    assert result["outputs"]["text"]["value"].startswith("228.")  # MiB of 240 MB


def test_shared_memory_meets_a_fence_too(begin: Any) -> None:
    assert begin(memory_mb=64).error("own/share", megabytes=4096)["code"] == "quota_memory"


def test_files_over_the_quota_fail_the_task(begin: Any) -> None:
    child = begin(open_files=64)
    error = child.error("own/open_files", number=100)
    assert (error["code"], "64" in error["message"]) == ("quota_files", True)
    assert child.run("own/open_files", number=20)["kind"] == "result"


def test_a_loop_is_stopped_at_its_processor_time_though_it_catches_exceptions(begin: Any) -> None:
    child = begin(cpu_seconds=0.2)
    error = child.error("own/spin")
    assert (error["code"], "0.2 seconds" in error["message"]) == ("quota_cpu", True)
    assert "hungry.py" in error["traceback"]


def test_processor_time_is_counted_for_each_task_anew(begin: Any) -> None:
    child = begin(cpu_seconds=0.4)
    for _ in range(3):
        result = child.run("own/spin_for", seconds=0.25)
        assert result["outputs"]["text"]["value"] == "done"


def test_usage_tells_the_processor_time_of_each_task(begin: Any) -> None:
    child = begin()
    for seconds in (0.2, 0.0, 0.2):
        child.send("own/spin_for", task=f"for {seconds}", parameters={"seconds": seconds})
    used = [child.hear("result")["usage"]["cpu_seconds"] for _ in range(3)]
    assert 0.15 < used[0] < 1
    assert used[1] < 0.15
    assert 0.15 < used[2] < 1


def test_a_loop_that_no_error_reaches_is_ended_by_the_kernel(begin: Any) -> None:
    child = begin(cpu_seconds=0.2)
    child.send("own/spin_in_c")
    assert child.ended()[0] == -signal.SIGXCPU


def test_a_sleep_is_stopped_at_its_wall_time(begin: Any) -> None:
    child = begin(wall_seconds=0.2)
    error = child.error("own/sleep", seconds=3600)
    assert (error["code"], "0.2 seconds" in error["message"]) == ("quota_wall", True)
    assert child.run("own/sleep", seconds=0)["kind"] == "result"


def test_a_player_that_will_not_stop_ends_with_its_process_which_says_where_it_stood(
    begin: Any,
) -> None:
    child = begin(wall_seconds=0.2)
    child.send("own/insist")
    status, _, said = child.ended()
    assert status == 1
    assert "Timeout" in said
    assert "hungry.py" in said


def test_a_task_may_have_limits_of_its_own_and_the_next_one_has_those_of_the_process(
    begin: Any,
) -> None:
    child = begin(memory_mb=200)
    child.send("own/limits", quota={"memory_mb": 100, "open_files": 77, "cpu_seconds": 5})
    found = child.hear("result")["outputs"]["result"]["value"]
    assert (found["RLIMIT_DATA"], found["RLIMIT_NOFILE"]) == (100 << 20, 77)
    assert 5 <= found["RLIMIT_CPU"] < 60
    after = child.run("own/limits")["outputs"]["result"]["value"]
    assert after["RLIMIT_DATA"] == 200 << 20
    assert after["RLIMIT_CPU"] == -1
    assert after["RLIMIT_NOFILE"] != 77


def test_usage_is_that_of_the_task_and_not_of_the_one_before(begin: Any) -> None:
    child = begin()
    large = child.run("own/hoard", megabytes=200)["usage"]["memory_mb"]
    small = child.run("own/work")["usage"]["memory_mb"]
    assert large > 200
    assert 0 < small < 150
