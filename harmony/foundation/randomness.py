"""Chance, behind one seam, so that a run can be repeated from a seed; and the retry delay."""

from __future__ import annotations

import random
from collections.abc import MutableSequence, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


class Randomness:
    """A stream of random numbers. The same seed gives the same stream; no seed, the system's own.

    Not for secrets: use the standard module `secrets` for those.
    """

    __slots__ = ("_random",)

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - for jitter and ids, not for secrets

    def uniform(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return self._random.uniform(low, high)

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def bits(self, count: int) -> int:
        """A whole number of `count` random bits."""
        return self._random.getrandbits(count)

    def choice(self, items: Sequence[_Item]) -> _Item:
        """One of the items."""
        return self._random.choice(items)

    def shuffle(self, items: MutableSequence[_Item]) -> None:
        """Put the items in a random order, in place."""
        self._random.shuffle(items)

    def fork(self) -> Randomness:
        """A new stream determined by this one; what is drawn from it does not change this one."""
        return Randomness(self._random.getrandbits(64))


def backoff_delay(attempt: int, base: float, cap: float, randomness: Randomness) -> float:
    """Seconds to wait before retry number `attempt` (the first is 1): exponential, full jitter.

    The delay is drawn evenly between 0 and `base * 2 ** (attempt - 1)`, never above `cap`, so that
    many that failed together do not come back together. Raises ValueError on a bad argument.
    """
    if attempt < 1 or base < 0 or cap < 0:
        raise ValueError("attempts count from 1; base and cap are not negative")
    # Beyond 2**63 any cap is reached, and a float would overflow not far above.
    return randomness.uniform(0.0, min(cap, base * 2.0 ** min(attempt - 1, 63)))
