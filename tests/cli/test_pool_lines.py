"""What `harmony show` says of the processes of a run."""

from __future__ import annotations

from harmony.cli.pool_lines import pool_line, pool_report
from harmony.pit.pool import PoolReport
from harmony.polyphony.records import JournalRecord

REPORT = PoolReport(19, 1, 0.25, 9, 1, 1234.5)


def record(machine: str, data: dict[str, object]) -> JournalRecord:
    return JournalRecord("r", 1, machine, "Executing", "e", "Completed", data=data)


def test_the_report_of_the_last_end_counts() -> None:
    first = record("run", {"pool": PoolReport(1).to_json()})
    last = record("run", {"pool": REPORT.to_json()})
    task = record("task:a", {"pool": {}})
    assert pool_report([first, task, last, record("run", {})]) == REPORT
    assert pool_report([task]) is None


def test_the_line_tells_hits_waits_precision_and_idle_memory() -> None:
    line = pool_line(REPORT)
    for word in ("95%", "1 started", "0.25 s", "90%", "1,234 MB·s"):
        assert word in line
    assert "beforehand" not in pool_line(PoolReport(1))
    assert pool_line(PoolReport()) == ""
