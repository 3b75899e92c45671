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

from harmony.pit.arbitration.claims import WEIGHT_STEPS, Claim, Queue
from harmony.pit.arbitration.request import SLOT

PATIENCE: Final = 16
"""How many may pass a request that is first but lacks room, before the line waits for it."""

_FEW: Final = 32


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
        request = claim.request
        heappush(queue.heap, (-request.priority, -request.rank, claim.number, claim))
        queue.live += 1
        if queue.live == 1 and not queue.parked:
            self.backlog[queue.run] = queue

    def drop(self, claim: Claim) -> None:
        """A claim leaves the line without a slot. Its outcome is to be set before the next look."""
        queue = claim.queue
        if claim is self.stuck:
            self.stuck = None
        else:
            self._out_of_heap(queue)
        queue.waiting -= 1
        if not queue.waiting and not queue.held:
            self.weights -= queue.weight

    def sweep(self, queue: Queue) -> None:
        """Take what was dropped out of a heap that consists mostly of it."""
        if len(queue.heap) > _FEW and queue.live * 2 < len(queue.heap):
            queue.heap = [entry for entry in queue.heap if not entry[3].outcome]
            heapify(queue.heap)

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
            rank = (queue.held >= self.part_of(queue), queue.tag)
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
        tag = queue.tag
        if tag < self.now:
            tag = self.now
        else:
            self.now = tag
        queue.tag = tag + claim.share * WEIGHT_STEPS / queue.weight
        queue.live -= 1
        if not queue.live:
            queue.heap.clear()
            self.backlog.pop(queue.run, None)

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
            self.backlog[queue.run] = queue

    def park(self, queue: Queue) -> None:
        """The run waits for its own tasks: nobody else need wait with it."""
        queue.parked = True
        self.backlog.pop(queue.run, None)

    def unpark(self, queue: Queue) -> None:
        """Something of the run's own has come back."""
        queue.parked = False
        if queue.live:
            self.backlog[queue.run] = queue

    def give(self, claim: Claim) -> None:
        """The claim, out of the heap by its turn, has its slot."""
        queue, share = claim.queue, claim.share
        granted, own = self.granted, queue.granted
        claim.passed_by_others = granted - own - claim.passed_by_others
        claim.passed_by_own = own - claim.passed_by_own
        self.granted = granted + 1
        queue.granted = own + 1
        self.free -= share
        queue.held += share
        queue.waiting -= 1
        self.holders += 1

    def take_back(self, claim: Claim) -> None:
        """A slot is free again."""
        queue = claim.queue
        self.free += claim.share
        self.holders -= 1
        queue.held -= claim.share
        if not queue.held and not queue.waiting:
            self.weights -= queue.weight

    def _out_of_heap(self, queue: Queue) -> None:
        queue.live -= 1
        if not queue.live:
            queue.heap.clear()
            self.backlog.pop(queue.run, None)
