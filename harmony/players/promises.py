"""What an author promises beside the signature: how a Player behaves, and how much it may take.

The Pit plans with these (slots, reuse, budgets) and the Player's own process keeps to the quotas
(seeds/004, resource quotas). Each number has bounds, checked where a Player is described and where
a manifest is read, so that nobody else has to ask whether one makes sense.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypedDict


class Promises(TypedDict, total=False):
    """The keyword arguments of the decorators; `PlayerSpec` says what each means."""

    deterministic: bool
    reads: tuple[str, ...]
    effects: bool
    waits: bool
    extra: str
    prefetch: int
    memory_mb: int
    cpu_seconds: float
    open_files: int
    wall_seconds: float
    tokens: int
    money: float
    example: dict[str, Any] | None


class Bound(NamedTuple):
    """What a number may be: 0 for none, or from `least` to `most`."""

    least: float
    most: float
    whole: bool = False

    def allows(self, value: object) -> bool:
        """Whether the value is a number within the bound."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if (self.whole and not isinstance(value, int)) or not math.isfinite(value):
            return False
        return value == 0 or self.least <= value <= self.most

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"0 for none, or {kind} from {self.least:,g} to {self.most:,}"


BOUNDS: Final[dict[str, Bound]] = {
    "prefetch": Bound(1, 32, whole=True),
    # Less than this, and the interpreter itself has no room to tell what went wrong.
    "memory_mb": Bound(32, 1024 * 1024, whole=True),
    "cpu_seconds": Bound(0.01, 30 * 86_400),
    # A process has some files of its own open: pipes, the socket, the module it imports.
    "open_files": Bound(32, 1024 * 1024, whole=True),
    "wall_seconds": Bound(0.01, 30 * 86_400),
    "tokens": Bound(1, 10**12, whole=True),
    "money": Bound(1e-6, 10**9),
}


class BrokenBound(NamedTuple):
    """A promise that is out of bounds, in words."""

    name: str
    found: str
    expected: str


def broken_bounds(promises: Any) -> Iterator[BrokenBound]:
    """Each number of a declaration or spec that is none, or is out of its bounds."""
    for name, bound in BOUNDS.items():
        value = getattr(promises, name)
        if not bound.allows(value):
            yield BrokenBound(name, repr(value), str(bound))
