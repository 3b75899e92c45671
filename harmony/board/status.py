"""What a run says about one node, as the canvas shows it: plain data, without Qt.

The window folds the run's events into these; the canvas only paints them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NodeState = Literal[
    "idle", "waiting", "running", "done", "reused", "failed", "skipped", "cancelled"
]


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """The state of a node in the run on show.

    `fraction` is the share of the work that is done (0 to 1; None when it is not known). `done` of
    `total` counts the tasks of a mapped node; `total` 0 means there is nothing to count. `started`
    is a reading of the monotonic clock, so that a running node can show its seconds; `seconds` is
    how long a finished one took. `foot` is a short line that replaces the count. `error` is why it
    failed, `reason` why it was skipped or stopped, each in one sentence. `bottleneck` says that no
    other node made the run take longer, `damaged` that what it made was found damaged since; both
    are empty for all others. `stale`: what is shown was made before the node was last edited.
    """

    state: NodeState = "idle"
    fraction: float | None = None
    done: int = 0
    total: int = 0
    started: float | None = None
    seconds: float | None = None
    foot: str = ""
    error: str = ""
    reason: str = ""
    bottleneck: str = ""
    damaged: str = ""
    stale: bool = False

    def elapsed(self, now: float) -> float | None:
        """Seconds of work so far, or in all; None when it has not started. `now` is monotonic."""
        if self.seconds is not None:
            return self.seconds
        if self.state == "running" and self.started is not None:
            return max(0.0, now - self.started)
        return None

    def share(self) -> float | None:
        """How far the work is (0 to 1), from `fraction` or else from the count."""
        if self.fraction is not None:
            return min(1.0, max(0.0, self.fraction))
        return self.done / self.total if self.total > 0 else None


IDLE: Final = NodeStatus()


def duration_text(seconds: float) -> str:
    """A duration as people read it: `0.4 s`, `12.4 s`, `3 min 5 s`, `2 h 7 min`."""
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
