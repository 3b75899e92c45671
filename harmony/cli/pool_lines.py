"""What the pool did for a run, in a line: from the record of its end."""

from __future__ import annotations

from collections.abc import Iterable

from harmony.conductor.core import RUN
from harmony.pit.pool.report import PoolReport
from harmony.polyphony.records import JournalRecord


def pool_report(journal: Iterable[JournalRecord]) -> PoolReport | None:
    """The report of a run's last end; None when it has not ended, or no report was kept."""
    found = None
    for record in journal:
        if record.machine == RUN and "pool" in record.data:
            found = PoolReport.from_json(record.data["pool"])
    return found


def pool_line(report: PoolReport) -> str:
    """The report as a person reads it; empty for a run that asked for no process."""
    rate, precision = report.warm_hit_rate, report.precision
    if rate is None:
        return ""
    warmed = ""
    if precision is not None:
        warmed = f"; {precision:.0%} of what was warmed beforehand was used"
    return (
        f"processes: {rate:.0%} found warm, {report.cold_starts} started for a task that waited "
        f"({report.wait_seconds:.2f} s in all){warmed}; idle "
        f"{report.idle_megabyte_seconds:,.0f} MB·s"
    )
