"""The Stale Manager: artifacts through the storage tiers, and out of them (chart 5)."""

from __future__ import annotations

from harmony.pit.stale.manager import StaleManager
from harmony.pit.stale.plan import Budget, Move, Report, Rules, plan_moves

__all__ = ["Budget", "Move", "Report", "Rules", "StaleManager", "plan_moves"]
