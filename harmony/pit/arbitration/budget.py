"""A run's books: what it may use, what is set aside for its tasks, what is spent.

Money is counted in millionths and tokens one by one, so that the books balance exactly: what was
set aside is given back or spent, and nothing else (a sum of floats drifts).
"""

from __future__ import annotations

from typing import Any, Final

from harmony.pit.arbitration.request import Caps, Request

MILLION: Final = 1_000_000

Refusal = tuple[str, dict[str, Any]]
"""A code and its parameters."""


def millionths(money: float) -> int:
    """An amount of money as an integer."""
    return round(money * MILLION)


class Purse:
    """One budget. `cap` is None where there is no limit; `spent` may pass it, `reserve` may not."""

    __slots__ = ("cap", "reserved", "spent")

    def __init__(self, cap: int | None, spent: int) -> None:
        self.cap = cap
        self.spent = spent
        self.reserved = 0

    def never(self, wanted: int) -> bool:
        """Whether the amount can never be had: what is spent does not come back."""
        return self.cap is not None and wanted > 0 and self.spent + wanted > self.cap

    def lacks(self, wanted: int) -> bool:
        """Whether the amount is not there now: other tasks may give back what they do not use."""
        return (
            self.cap is not None and wanted > 0 and self.spent + self.reserved + wanted > self.cap
        )


class Reservation:
    """What is set aside for one task. What it reports as spent is taken from here first."""

    __slots__ = ("money", "reported", "tokens")

    def __init__(self, tokens: int, money: int) -> None:
        self.tokens = tokens
        self.money = money
        self.reported = False


class Budget:
    """The books of one run."""

    __slots__ = ("limited", "memory_cap", "memory_held", "money", "tokens")

    def __init__(self, caps: Caps, tokens_spent: int, money_spent: float) -> None:
        self.limited = (caps.tokens, caps.money, caps.memory_mb) != (None, None, None)
        self.memory_cap = caps.memory_mb
        self.memory_held = 0
        self.tokens = Purse(caps.tokens, tokens_spent)
        self.money = Purse(
            None if caps.money is None else millionths(caps.money), millionths(money_spent)
        )

    def never(self, request: Request) -> Refusal | None:
        """Why the run can never afford a request; None when it can, now or later."""
        if self.memory_cap is not None and request.memory_mb > self.memory_cap:
            facts = {"wanted": request.memory_mb, "cap": self.memory_cap}
            return "pit.memory_over_limit", facts
        if self.tokens.never(request.tokens):
            cap, spent = self.tokens.cap, self.tokens.spent
            return "pit.tokens_used_up", {"wanted": request.tokens, "cap": cap, "spent": spent}
        if self.money.never(millionths(request.money)):
            amounts = {"cap": (self.money.cap or 0) / MILLION, "spent": self.money.spent / MILLION}
            return "pit.money_used_up", {"wanted": request.money, **amounts}
        return None

    def lacks(self, request: Request) -> str:
        """Which budget is short for a request now; empty when none is."""
        if not self.limited:
            return ""
        if self.tokens.lacks(request.tokens):
            return "tokens"
        if self.money.lacks(millionths(request.money)):
            return "money"
        wanted, cap = request.memory_mb, self.memory_cap
        if wanted and cap is not None and self.memory_held + wanted > cap:
            return "memory limit"
        return ""

    def reserve(self, request: Request) -> Reservation | None:
        """Set aside what a request may use. None where it declares nothing."""
        self.memory_held += request.memory_mb
        if not request.tokens and not request.money:
            return None
        kept = Reservation(request.tokens, millionths(request.money))
        self.tokens.reserved += kept.tokens
        self.money.reserved += kept.money
        return kept

    def spend(self, tokens: int, money: float, kept: Reservation | None) -> None:
        """Enter what was spent; up to what is set aside for the task, it comes from there."""
        amount = millionths(money)
        self.tokens.spent += tokens
        self.money.spent += amount
        if kept is None:
            return
        kept.reported = True
        own_tokens, own_money = min(tokens, kept.tokens), min(amount, kept.money)
        kept.tokens -= own_tokens
        kept.money -= own_money
        self.tokens.reserved -= own_tokens
        self.money.reserved -= own_money

    def settle(self, memory_mb: int, kept: Reservation | None, *, began: bool) -> None:
        """A task is over. A task that began and reported nothing has spent what was set aside."""
        self.memory_held -= memory_mb
        if kept is None:
            return
        if began and not kept.reported:
            self.tokens.spent += kept.tokens
            self.money.spent += kept.money
        self.tokens.reserved -= kept.tokens
        self.money.reserved -= kept.money
