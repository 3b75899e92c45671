"""What is in the engine's books: claims of tasks, the queue of a run in each line, its account."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Final, Literal

from harmony.pit.arbitration.budget import Budget, Refusal, Reservation
from harmony.pit.arbitration.request import Request, SlotKind

REMEMBERED: Final = 1000
"""How many claims that are over `why` still knows of, a run."""

WEIGHT_STEPS: Final = 1024
"""Weights are counted in these parts of 1, so that sums of them are exact."""

NEVER: Final = -1.0
"""The time at which a claim that still waits was granted."""

Outcome = Literal["", "refused", "withdrawn", "released"]


def _nothing() -> None:
    """Stands where a claim that is over held the callback of its task."""


_OVER: Final = Request("", "", "cpu", 0, 0, _nothing)


class Claim:
    """A request from when it is made until its slot is given back, and then what `why` tells of it.

    Times are monotonic seconds; `granted` is `NEVER` until it is. `passed_by_…` count grants: those
    the line had made when it was asked, and once it is granted those that went before it.
    """

    __slots__ = (
        "account",
        "asked",
        "ended",
        "granted",
        "kept",
        "lacked",
        "number",
        "outcome",
        "passed_by_others",
        "passed_by_own",
        "queue",
        "refusal",
        "request",
        "share",
        "task",
    )

    ended: float
    refusal: Refusal | None

    def __init__(
        self, request: Request, account: Account, share: int, number: int, asked: float
    ) -> None:
        self.request = request
        self.account = account
        self.task = request.task
        self.queue = account.cpu if request.kind == "cpu" else account.wait
        self.share = share
        self.number = number
        self.asked = asked
        self.granted = NEVER
        self.outcome: Outcome = ""
        self.lacked = ""
        self.kept: Reservation | None = None
        self.passed_by_own = 0
        self.passed_by_others = 0

    def end(self, outcome: Outcome, now: float, refusal: Refusal | None = None) -> None:
        """It is over: what it held on to is let go, the rest is remembered for `why`."""
        self.outcome = outcome
        self.ended = now
        self.refusal = refusal
        self.request = _OVER
        self.kept = None
        self.account.past.append(self)


class Queue:
    """A run's place in one line: `live` claims in the heap, `waiting` with what is set aside.

    `held` is in thousandths of a slot, `weight` in parts of `WEIGHT_STEPS`.
    """

    __slots__ = ("granted", "heap", "held", "live", "parked", "run", "tag", "waiting", "weight")

    def __init__(self, run: str, weight: float) -> None:
        self.run = run
        self.weight = max(1, round(weight * WEIGHT_STEPS))
        self.heap: list[tuple[int, int, int, Claim]] = []
        self.live = 0
        self.waiting = 0
        self.held = 0
        self.tag = 0.0
        self.granted = 0
        self.parked = False

    def head(self) -> Claim:
        """The claim that goes first. There must be one."""
        heap = self.heap
        claim = heap[0][3]
        while claim.outcome:
            heappop(heap)
            claim = heap[0][3]
        return claim

    def push(self, claim: Claim) -> None:
        """Put a claim in order: the more urgent, then the longer way to an end, then first come."""
        request = claim.request
        heappush(self.heap, (-request.priority, -request.rank, claim.number, claim))
        self.live += 1


class Account:
    """What one run waits for, holds and may use."""

    __slots__ = ("budget", "cpu", "held", "opened", "past", "wait", "waiting", "weight")

    def __init__(self, run: str, weight: float, budget: Budget, *, opened: bool) -> None:
        self.weight = weight
        self.budget = budget
        self.opened = opened
        self.cpu = Queue(run, weight)
        self.wait = Queue(run, weight)
        self.waiting: dict[str, Claim] = {}
        self.held: dict[str, Claim] = {}
        self.past: deque[Claim] = deque(maxlen=REMEMBERED)

    @property
    def queues(self) -> tuple[tuple[SlotKind, Queue], ...]:
        """The run's place in each line."""
        return ("cpu", self.cpu), ("wait", self.wait)
