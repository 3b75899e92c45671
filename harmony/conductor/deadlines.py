"""Attempts that take too long, or show no sign of progress, are ended (`Policy`).

Three limits, each of a node: from start to end; between two signs of progress; and one that follows
from how long past runs took. That a process is alive at all is watched elsewhere (`ipc/`): a Player
that hangs can go on answering pings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from harmony.conductor.attempt import engine_error
from harmony.melody.model import Policy

MINIMUM_SAMPLES: Final = 3
"""So many past times of a node are needed before a deadline is made of them."""

ADAPTIVE_FACTOR: Final = 3.0
ADAPTIVE_MINIMUM: Final = 10.0
"""An adaptive deadline is three times the longest of the past times, and never under 10 seconds:
short tasks vary by more than their length when the machine is busy."""


class Expirable(Protocol):
    """A running attempt, as far as a deadline knows it."""

    def expire(self, error: dict[str, Any]) -> None:
        """End it as failed, with its process."""


def adaptive_deadline(past: Sequence[float]) -> float | None:
    """Seconds that an attempt may take, from those of past ones; None when they are too few."""
    if len(past) < MINIMUM_SAMPLES:
        return None
    return max(ADAPTIVE_MINIMUM, ADAPTIVE_FACTOR * max(past))


class Deadlines:
    """The deadlines of one run. `monotonic` tells seconds; `later` calls after some.

    `usual` gets a node and a function that is called with its past times, now or later.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        later: Callable[[float, Callable[[], None]], None],
        usual: Callable[[str, Callable[[Sequence[float]], None]], None],
    ) -> None:
        self._monotonic = monotonic
        self._later = later
        self._usual = usual
        self._last_sign: dict[Expirable, float] = {}

    def begin(self, attempt: Expirable, node: str, policy: Policy) -> None:
        """An attempt starts now."""
        self._last_sign[attempt] = self._monotonic()
        if policy.timeout is not None:
            self._end_after(attempt, policy.timeout, "conductor.task_timed_out", policy.timeout)
        if policy.heartbeat is not None:
            self._watch(attempt, policy.heartbeat, policy.heartbeat)
        if policy.adaptive:
            began = self._monotonic()
            self._usual(node, lambda past: self._adapt(attempt, began, past))

    def progress(self, attempt: Expirable) -> None:
        """The attempt showed a sign of progress."""
        if attempt in self._last_sign:
            self._last_sign[attempt] = self._monotonic()

    def end(self, attempt: Expirable) -> None:
        """The attempt is over."""
        self._last_sign.pop(attempt, None)

    def _adapt(self, attempt: Expirable, began: float, past: Sequence[float]) -> None:
        deadline = adaptive_deadline(past)
        if deadline is not None:
            left = max(0.0, began + deadline - self._monotonic())
            self._end_after(attempt, left, "conductor.task_took_unusually_long", deadline)

    def _end_after(self, attempt: Expirable, seconds: float, code: str, limit: float) -> None:
        def due() -> None:
            if self._last_sign.pop(attempt, None) is not None:
                attempt.expire(engine_error(code, kind="TimeoutError", seconds=round(limit, 3)))

        self._later(seconds, due)

    def _watch(self, attempt: Expirable, limit: float, seconds: float) -> None:
        def due() -> None:
            last = self._last_sign.get(attempt)
            if last is None:
                return
            left = last + limit - self._monotonic()
            if left > 0:
                self._watch(attempt, limit, left)
                return
            del self._last_sign[attempt]
            code = "conductor.task_without_progress"
            attempt.expire(engine_error(code, kind="TimeoutError", seconds=limit))

        self._later(seconds, due)
