"""An engine with a clock that is moved by hand, and a short way to ask it."""

from __future__ import annotations

from typing import Any

from harmony.foundation.clock import ManualClock
from harmony.pit.arbitration import ArbitrationEngine, Request


class Desk:
    """Asks for tasks, and writes down what it is told: grants as `run/task`, refusals by code."""

    def __init__(
        self, cpu_slots: int = 1, wait_slots: int = 1, memory_mb: int | None = None
    ) -> None:
        self.clock = ManualClock(wall=1_000.0)
        self.engine = ArbitrationEngine(cpu_slots, wait_slots, memory_mb, self.clock)
        self.granted: list[str] = []
        self.refused: list[tuple[str, str, dict[str, Any]]] = []

    def ask(self, name: str, **changes: Any) -> None:
        """Ask for `run/task`."""
        run, _, task = name.partition("/")
        values = {"kind": "cpu", "priority": 0, "rank": 1, **changes}
        self.engine.request(
            Request(
                run=run,
                task=task,
                granted=lambda: self.granted.append(name),
                refused=lambda code, facts: self.refused.append((name, code, facts)),
                **values,
            )
        )

    def give_back(self, name: str, *, began: bool = True) -> None:
        """Release `run/task`."""
        run, _, task = name.partition("/")
        self.engine.release(run, task, began=began)
