"""Arbitration Engine: which ready task goes first, and whether it may go at all.

Running slots, memory, and a run's budgets in tokens and money are resources that a task declares
and a run may cap. Several runs at once share the slots fairly (DESIGN.md section 5, Processes).
"""

from __future__ import annotations

from harmony.pit.arbitration.engine import ArbitrationEngine
from harmony.pit.arbitration.request import (
    Caps,
    Limits,
    Request,
    RequestRefusedError,
    SlotKind,
    weight_of,
)
from harmony.pit.arbitration.why import Decision, tell

__all__ = [
    "ArbitrationEngine",
    "Caps",
    "Decision",
    "Limits",
    "Request",
    "RequestRefusedError",
    "SlotKind",
    "tell",
    "weight_of",
]
