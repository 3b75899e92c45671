"""The books of the pool: what it did for each run, and what all its processes cost so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from harmony.pit.pool.process import PooledProcess
from harmony.pit.pool.report import PoolReport


@dataclass(slots=True)
class _Account:
    """A run's figures while it goes on; the pool's own as they stood when it began."""

    pool_before: PoolReport
    warm_hits: int = 0
    cold_starts: int = 0
    wait_seconds: float = 0.0


class Books:
    """Accounts by run. The pool's own figures are those of the processes that are gone, and those
    that the living ones tell when they are asked for."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._gone = PoolReport()

    def is_open(self, run: str) -> bool:
        """Whether a run has an account."""
        return run in self._accounts

    def open(self, run: str, living: Iterable[PooledProcess], now: float) -> None:
        """Open an account for a run whose first task asks for a process. `now` is monotonic."""
        self._accounts[run] = _Account(self._so_far(living, now))

    def hit(self, run: str) -> None:
        """A task found a process of its package in memory."""
        self._accounts[run].warm_hits += 1

    def cold(self, run: str, seconds: float) -> None:
        """A task waited so long until a process was up."""
        account = self._accounts[run]
        account.cold_starts += 1
        account.wait_seconds += seconds

    def gone(self, process: PooledProcess, now: float) -> None:
        """A process has ended."""
        report = _with(self._gone, process, now)
        if process.foreseen and process.came_up and not process.used:
            report = replace(report, warmed_unused=report.warmed_unused + 1)
        self._gone = report

    def close(self, run: str, living: Iterable[PooledProcess], now: float) -> PoolReport:
        """A run's report; its account is closed."""
        account = self._accounts.pop(run, None)
        if account is None:
            return PoolReport()
        before, after = account.pool_before, self._so_far(living, now)
        return PoolReport(
            account.warm_hits,
            account.cold_starts,
            account.wait_seconds,
            after.warmed_used - before.warmed_used,
            after.warmed_unused - before.warmed_unused,
            after.idle_megabyte_seconds - before.idle_megabyte_seconds,
        )

    def _so_far(self, living: Iterable[PooledProcess], now: float) -> PoolReport:
        report = self._gone
        for process in living:
            report = _with(report, process, now)
        return report


def _with(report: PoolReport, process: PooledProcess, now: float) -> PoolReport:
    """The report with what a process has cost and whether it was warmed for good reason."""
    return replace(
        report,
        warmed_used=report.warmed_used + (process.foreseen and process.used),
        idle_megabyte_seconds=report.idle_megabyte_seconds + process.idle_cost(now),
    )
