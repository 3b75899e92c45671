"""One kind of slot and who waits for it: fair between runs, in order of need within a run.

Between runs it is start-time fair queueing (P. Goyal, H. Vin, H. Cheng, "Start-Time Fair Queueing",
IEEE/ACM Transactions on Networking 5 (5), 1997). A run has a *tag*; a grant moves it on by the
share of a slot divided by the run's weight, and the run with the lowest tag goes next. A run that
comes back after a rest starts at the line's present tag: it saves nothing up while it is away.

Turns alone would let a run of long tasks fill all slots, one turn at a time. A run that holds its
part of the slots (by weight, rounded up to whole slots) therefore goes after those that do not.

The bound on waiting, in counts: while a run waits and holds nothing, another run is granted at most
`1 + (its weight / the waiting run's weight) * (the waiting run's last share / its smallest share)`
times, and `PATIENCE` more in all where what is first in line lacks what all runs share.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final

from harmony.pit.arbitration.budget import Budget, Reservation
from harmony.pit.arbitration.request import SLOT, Request

PATIENCE: Final = 16
"""How many may pass a request that is first but lacks room, before the line waits for it."""

_WEIGHT_STEPS: Final = 1024
_FEW: Final = 32


class Claim:
    """A request from when it is made until its slot is given back."""

    __slots__ = (
        "asked",
        "gone",
        "granted",
        "kept",
        "lacked",
        "number",
        "passed_by_others",
        "passed_by_own",
        "queue",
        "request",
        "share",
    )

    def __init__(
        self, request: Request, queue: Queue, share: int, number: int, asked: float
    ) -> None:
        self.request = request
        self.queue = queue
        self.share = share
        self.number = number
        self.asked = asked
        self.granted = 0.0
        self.gone = False
        self.kept: Reservation | None = None
        self.lacked = ""
        self.passed_by_own = 0
        self.passed_by_others = 0


class Queue:
    """A run's place in one line: `live` claims in the heap, `waiting` with what is set aside.

    `held` and a claim's `share` are in thousandths of a slot.
    """

    __slots__ = (
        "budget",
        "granted",
        "heap",
        "held",
        "live",
        "parked",
        "run",
        "tag",
        "waiting",
        "weight",
    )

    def __init__(self, run: str, weight: float, budget: Budget) -> None:
        self.run = run
        self.weight = max(1, round(weight * _WEIGHT_STEPS))
        self.budget = budget
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
        while heap[0][3].gone:
            heappop(heap)
        return heap[0][3]

    def push(self, claim: Claim) -> None:
        """Put a claim in order: the more urgent, then the longer way to an end, then first come."""
        request = claim.request
        heappush(self.heap, (-request.priority, -request.rank, claim.number, claim))
        self.live += 1


class Line:
    """All that wait for one kind of slot, and how much of it is free (thousandths of a slot)."""

    __slots__ = (
        "backlog",
        "free",
        "granted",
        "holders",
        "now",
        "patience",
        "size",
        "stuck",
        "weights",
    )

    def __init__(self, slots: int) -> None:
        self.size = slots * SLOT
        self.free = self.size
        self.now = 0.0
        self.granted = 0
        self.holders = 0
        self.weights = 0  # of all runs that wait for this kind of slot or hold some of it
        self.backlog: dict[str, Queue] = {}
        self.stuck: Claim | None = None
        self.patience = 0

    def add(self, claim: Claim) -> None:
        """A claim joins the line."""
        queue = claim.queue
        claim.passed_by_own = queue.granted
        claim.passed_by_others = self.granted - queue.granted
        if not queue.waiting and not queue.held:
            self.weights += queue.weight
        queue.waiting += 1
        queue.push(claim)
        if queue.live == 1 and not queue.parked:
            self._enter(queue)

    def drop(self, claim: Claim) -> None:
        """A claim leaves the line without a slot."""
        queue = claim.queue
        claim.gone = True
        if claim is self.stuck:
            self.stuck = None
        else:
            self._out_of_heap(queue)
            if len(queue.heap) > _FEW and queue.live * 2 < len(queue.heap):
                queue.heap = [entry for entry in queue.heap if not entry[3].gone]
                heapify(queue.heap)
        self._waits_no_more(queue)

    def first(self) -> Queue | None:
        """The run whose turn it is; None when nobody waits who could be helped."""
        backlog = self.backlog
        if len(backlog) < 2:
            for queue in backlog.values():
                return queue
            return None
        best: Queue | None = None
        best_rank = (True, 0.0)
        for queue in backlog.values():
            rank = (queue.held >= self.part_of(queue), max(queue.tag, self.now))
            if best is None or rank < best_rank:
                best, best_rank = queue, rank
        return best

    def part_of(self, queue: Queue) -> int:
        """A run's part of the slots by its weight, rounded up to whole ones, in thousandths."""
        return -(-self.size * queue.weight // (self.weights * SLOT)) * SLOT

    def turn(self, claim: Claim) -> None:
        """A run has its turn with this claim, its head, which leaves the heap."""
        queue = claim.queue
        heappop(queue.heap)
        if queue.tag > self.now:
            self.now = queue.tag
        queue.tag = self.now + claim.share * _WEIGHT_STEPS / queue.weight
        self._out_of_heap(queue)

    def set_aside(self, claim: Claim) -> None:
        """It is this claim's turn, but there is no room for it: the next that there is goes to it.

        Up to `PATIENCE` others go past it meanwhile.
        """
        self.turn(claim)
        self.stuck = claim
        self.patience = PATIENCE

    def put_back(self, claim: Claim) -> None:
        """A claim that was set aside waits with the others of its run again."""
        queue = claim.queue
        self.stuck = None
        queue.push(claim)
        if queue.live == 1 and not queue.parked:
            self._enter(queue)

    def park(self, queue: Queue) -> None:
        """The run waits for its own tasks: nobody else need wait with it."""
        queue.parked = True
        self.backlog.pop(queue.run, None)

    def unpark(self, queue: Queue) -> None:
        """Something of the run's own has come back."""
        queue.parked = False
        if queue.live:
            self._enter(queue)

    def give(self, claim: Claim) -> None:
        """The claim, out of the heap by its turn, has its slot."""
        queue = claim.queue
        claim.passed_by_others = self.granted - queue.granted - claim.passed_by_others
        claim.passed_by_own = queue.granted - claim.passed_by_own
        self.free -= claim.share
        queue.held += claim.share
        queue.waiting -= 1
        queue.granted += 1
        self.granted += 1
        self.holders += 1

    def take_back(self, claim: Claim) -> None:
        """A slot is free again."""
        queue = claim.queue
        self.free += claim.share
        self.holders -= 1
        queue.held -= claim.share
        if not queue.held and not queue.waiting:
            self.weights -= queue.weight

    def _enter(self, queue: Queue) -> None:
        if queue.tag < self.now:
            queue.tag = self.now
        self.backlog[queue.run] = queue

    def _out_of_heap(self, queue: Queue) -> None:
        queue.live -= 1
        if not queue.live:
            queue.heap.clear()
            self.backlog.pop(queue.run, None)

    def _waits_no_more(self, queue: Queue) -> None:
        queue.waiting -= 1
        if not queue.waiting and not queue.held:
            self.weights -= queue.weight
