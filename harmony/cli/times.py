"""Times as the pages of the terminal write them."""

from __future__ import annotations

from datetime import datetime

from harmony.polyphony.records import RunSummary


def when(at: float | None) -> str:
    """A time for people; empty for none."""
    return "" if at is None else f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def seconds_of(run: RunSummary) -> str:
    """How long a run took; a dash while it goes on."""
    if run.started is None or run.finished is None:
        return "–"
    return f"{run.finished - run.started:.1f}"
