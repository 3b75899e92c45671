"""What a task asks for, and what a run may use in all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, NoReturn, Protocol

from harmony.foundation.errors import HarmonyError

SlotKind = Literal["cpu", "wait"]

SLOT: Final = 1000
"""A whole slot. Shares are counted in thousandths, so that nothing is lost by rounding."""

_STEEPEST: Final = 4


class RequestRefusedError(HarmonyError):
    """A request can never be met, and whoever asked gave no `refused` to be told by."""


def refuse(code: str, parameters: dict[str, Any]) -> NoReturn:
    """Stands in for `Request.refused` where nobody listens."""
    raise RequestRefusedError(code, **parameters)


class Request(NamedTuple):
    """A task that could run now.

    `granted` is called when it may, `refused` (with a code and its parameters) when it never can;
    both on the caller's thread, at the latest before the engine's outermost call returns.

    `priority` and `rank` (the way to an end of the melody) order the tasks of one run. `share` is
    the part of a slot it takes: a Player that is sent tasks ahead has `1 + prefetch` of them at one
    slot. `memory_mb`, `tokens` and `money` are what it may use at most.

    A tuple, since one is made for each task: a frozen dataclass takes four times as long.
    """

    run: str
    task: str
    kind: SlotKind
    priority: int
    rank: int
    granted: Callable[[], None]
    share: float = 1.0
    memory_mb: int = 0
    tokens: int = 0
    money: float = 0.0
    refused: Callable[[str, dict[str, Any]], None] = refuse


class Caps(Protocol):
    """What a run may use in all; None is no limit. A melody's own limits have this shape."""

    @property
    def tokens(self) -> int | None: ...

    @property
    def money(self) -> float | None: ...

    @property
    def memory_mb(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use in all: memory at any one time, tokens and money from start to end."""

    tokens: int | None = None
    money: float | None = None
    memory_mb: int | None = None


UNLIMITED: Final = Limits()


def thousandths(share: float) -> int:
    """A share of a slot as an integer. `1/n` is rounded so that n of them fit into one slot."""
    if not 0.0 < share <= 1.0:
        raise ValueError(f"a share of a slot lies above 0 and is at most 1, not {share}")
    return max(1, int(share * SLOT + 1e-6))


def weight_of(priority: int) -> float:
    """A run's weight by its priority: each step doubles its share, over four steps each way."""
    return float(2.0 ** max(-_STEEPEST, min(_STEEPEST, priority)))
