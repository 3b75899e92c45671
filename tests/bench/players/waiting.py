"""A Player that only takes time, so that it can be killed while it does."""

from __future__ import annotations

import time

from harmony.players import Number, operator


@operator("Nap", category="Bench", waits=True)
def nap(*, seconds: float = 1.0) -> Number:
    time.sleep(seconds)
    return Number(seconds)
