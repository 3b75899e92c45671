"""What all benchmarks share: taking the best of some rounds, and the form of a row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def seconds(call: Callable[[], object], rounds: int = 5) -> float:
    """The shortest time that a call took: what else the machine did is left out."""
    return min(_once(call) for _ in range(rounds))


def cpu_seconds(call: Callable[[], object], rounds: int = 5) -> float:
    """The least processor time that a call took: what others took meanwhile is left out.

    For what neither waits nor starts a process.
    """
    return min(_once_by_cpu(call) for _ in range(rounds))


def _once_by_cpu(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def _once(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def row(bench: str, case: str, value: float, unit: str, floor: float) -> dict[str, Any]:
    """One measurement beside its floor, which was measured in the same run."""
    return {
        "bench": bench,
        "case": case,
        "value": value,
        "unit": unit,
        "floor": floor,
        "ratio": value / floor,
    }
