"""Moments and spans of time in the words of the time line. Knows no Qt."""

from __future__ import annotations

from datetime import datetime

from harmony.board.status import duration_text


def clock_time(wall: float) -> str:
    """`12:03:41.220`, in the time of this place."""
    moment = datetime.fromtimestamp(wall).astimezone()
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def span_text(seconds: float) -> str:
    """A span exact enough to step by: `0.042 s`, `4.31 s`, `3 min 5 s`."""
    if seconds < 1:
        return f"{seconds:.3f} s"
    return f"{seconds:.2f} s" if seconds < 60 else duration_text(seconds)
