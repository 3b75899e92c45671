"""Grants what tasks ask for: a share of a slot, memory, and part of their run's budgets.

What is first in line gets what comes free; nobody is passed over for good. A request that lacks
what all runs share (room in a slot, memory) is set aside and is next, and a bounded number may pass
it. One that lacks what its own run has set aside for other tasks makes that run wait, and no other.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from harmony.foundation.clock import Clock, SystemClock
from harmony.pit.arbitration import why
from harmony.pit.arbitration.budget import Budget, Refusal
from harmony.pit.arbitration.line import Claim, Line, Queue
from harmony.pit.arbitration.request import UNLIMITED, Caps, Request, SlotKind, thousandths

REMEMBERED: Final = 1000
"""How many tasks that are done with `why` still knows of, a run."""


class Account:
    """What one run waits for, holds and may use."""

    __slots__ = ("budget", "held", "opened", "past", "queues", "waiting", "weight")

    def __init__(self, run: str, weight: float, budget: Budget, *, opened: bool) -> None:
        self.weight = weight
        self.budget = budget
        self.opened = opened
        self.queues: dict[SlotKind, Queue] = {
            "cpu": Queue(run, weight, budget),
            "wait": Queue(run, weight, budget),
        }
        self.waiting: dict[str, Claim] = {}
        self.held: dict[str, Claim] = {}
        self.past: deque[why.Past] = deque(maxlen=REMEMBERED)


class ArbitrationEngine:
    """Grants slots. A request that can be met is met before the outermost call returns.

    `memory_mb` is what all tasks together may declare, None for no limit.
    """

    def __init__(
        self,
        cpu_slots: int,
        wait_slots: int,
        memory_mb: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._lines: dict[SlotKind, Line] = {"cpu": Line(cpu_slots), "wait": Line(wait_slots)}
        self._memory_size = memory_mb
        self._memory_free = memory_mb or 0
        self._clock = clock or SystemClock()
        self._accounts: dict[str, Account] = {}
        self._count = 0
        self._serving = False
        self._again = False

    # ------------------------------------------------------------------ what there is

    @property
    def waiting(self) -> int:
        """How many requests stand in line."""
        return sum(len(account.waiting) for account in self._accounts.values())

    def running(self, kind: SlotKind) -> int:
        """How many tasks hold a slot of a kind, or a share of one."""
        return self._lines[kind].holders

    def free(self, kind: SlotKind) -> float:
        """How much of a kind of slot nobody holds, in slots."""
        return self._lines[kind].free / 1000

    def budget(self, run: str) -> Budget | None:
        """The books of a run, to be read; None for one that is not known."""
        account = self._accounts.get(run)
        return None if account is None else account.budget

    # ------------------------------------------------------------------ runs

    def open_run(
        self,
        run: str,
        weight: float = 1.0,
        limits: Caps = UNLIMITED,
        *,
        tokens_spent: int = 0,
        money_spent: float = 0.0,
    ) -> None:
        """A run begins, or goes on having spent something already.

        `weight` is its part of the slots beside other runs (`weight_of` a priority). A run that
        asks without being opened has weight 1 and no limits. Raises ValueError for a second
        opening, or a weight that is not above 0.
        """
        if run in self._accounts:
            raise ValueError(f"run {run} is open already")
        if not weight > 0:
            raise ValueError(f"a weight is above 0, not {weight}")
        budget = Budget(limits, tokens_spent, money_spent)
        self._accounts[run] = Account(run, weight, budget, opened=True)

    def spent(self, run: str, tokens: int = 0, money: float = 0.0, *, task: str = "") -> None:
        """A task used up part of its run's budget. Nothing when the run is not open any more.

        It comes out of what is set aside for `task` first.
        """
        account = self._accounts.get(run)
        if account is None:
            return
        claim = account.held.get(task)
        account.budget.spend(tokens, money, None if claim is None else claim.kept)
        self._resume(account)
        self._serve()

    def close_run(self, run: str) -> None:
        """The run has ended: all it asked for, holds and was told goes."""
        self.forget(run)
        self._accounts.pop(run, None)

    def forget(self, run: str) -> None:
        """Drop all that a run asked for or holds."""
        account = self._accounts.get(run)
        if account is None:
            return
        for task in list(account.waiting):
            self._withdraw(account, task)
        for task in list(account.held):
            self._take_back(account, task, began=True)
        if not account.opened:
            del self._accounts[run]
        self._serve()

    # ------------------------------------------------------------------ tasks

    def request(self, request: Request) -> None:
        """Ask. A second request of the same task replaces the first.

        Raises ValueError when the task holds a slot already, or asks for no part of one.
        """
        account = self._accounts.get(request.run)
        if account is None:
            budget = Budget(UNLIMITED, 0, 0.0)
            account = Account(request.run, 1.0, budget, opened=False)
            self._accounts[request.run] = account
        task = request.task
        if task in account.held:
            raise ValueError(f"{task} of run {request.run} holds a slot already")
        if task in account.waiting:
            self._withdraw(account, task)
        share = thousandths(request.share)
        self._count += 1
        claim = Claim(
            request,
            account.queues[request.kind],
            share,
            self._count,
            self._clock.monotonic(),
        )
        refusal = self._never(account, request)
        if refusal is not None:
            self._tell_refused(account, claim, refusal)
            return
        account.waiting[task] = claim
        self._lines[request.kind].add(claim)
        self._serve()

    def withdraw(self, run: str, task: str) -> None:
        """Take a request back; nothing when there is none."""
        account = self._accounts.get(run)
        if account is not None and task in account.waiting:
            self._withdraw(account, task)
            self._serve()

    def release(self, run: str, task: str, *, began: bool = True) -> None:
        """Give a slot back. Raises KeyError when the task holds none.

        What the task declared of the budgets and did not report as `spent` counts as spent where
        it reported nothing; `began=False` says that it never ran, and gives all of it back.
        """
        self._take_back(self._accounts[run], task, began=began)
        self._serve()

    # ------------------------------------------------------------------ why

    def why(self, run: str, task: str) -> tuple[why.Decision, ...]:
        """What was decided about a task and when, oldest first; () when nothing is known."""
        account = self._accounts.get(run)
        if account is None:
            return ()
        offset = self._clock.wall() - self._clock.monotonic()
        decisions = why.past_decisions(account.past, task, offset)
        claim = account.waiting.get(task) or account.held.get(task)
        if claim is not None:
            line = self._lines[claim.request.kind]
            decisions += why.present_decisions(claim, line, offset)
        return tuple(decisions)

    def why_data(self, run: str, task: str) -> dict[str, Any]:
        """Why a task that holds a slot got it now: small JSON for the journal, told by `tell`.

        Defaults are left out; {} is a task that went at once. Raises KeyError when it holds none.
        """
        account = self._accounts[run]
        return why.data_of(account.held[task], account.weight)

    # ------------------------------------------------------------------ granting

    def _serve(self) -> None:
        """Grant all that can be granted. Called from within, it leaves that to the outer call."""
        if self._serving:
            self._again = True
            return
        self._serving = True
        whole = False
        try:
            self._again = True
            while self._again:
                self._again = False
                for line in self._lines.values():
                    self._serve_line(line)
            whole = True
        finally:
            self._serving = False
            if not whole:
                self._serve()  # one listener failed; what others wait for they get all the same

    def _serve_line(self, line: Line) -> None:
        while line.free > 0:
            claim = line.stuck
            if claim is not None:
                lack = claim.queue.budget.lacks(claim.request)
                if lack:
                    claim.lacked = lack
                    line.put_back(claim)
                    continue
                if not self._shared_lack(line, claim):
                    line.stuck = None
                    self._give(line, claim)
                    continue
                if line.patience <= 0:
                    return
            queue = line.first()
            if queue is None:
                return
            claim = queue.head()
            if self._wait_for_own(line, claim):
                continue
            lack = self._shared_lack(line, claim)
            if lack:
                claim.lacked = lack
                if line.stuck is not None:
                    return
                line.set_aside(claim)
                continue
            line.turn(claim)
            line.patience -= 1
            self._give(line, claim)

    def _give(self, line: Line, claim: Claim) -> None:
        request = claim.request
        account = self._accounts[request.run]
        del account.waiting[request.task]
        account.held[request.task] = claim
        claim.granted = self._clock.monotonic()
        line.give(claim)
        if request.memory_mb:
            self._memory_free -= request.memory_mb
            for other in self._lines.values():
                other.patience -= other is not line  # memory is one for both kinds
        claim.kept = account.budget.reserve(request)
        request.granted()

    def _take_back(self, account: Account, task: str, *, began: bool) -> None:
        claim = account.held.pop(task)
        request = claim.request
        self._lines[request.kind].take_back(claim)
        if request.memory_mb:
            self._memory_free += request.memory_mb
        account.budget.settle(request.memory_mb, claim.kept, began=began)
        self._resume(account)
        account.past.append(why.past_of(claim, "released", self._clock.monotonic()))

    def _withdraw(self, account: Account, task: str) -> None:
        claim = account.waiting.pop(task)
        self._lines[claim.request.kind].drop(claim)
        account.past.append(why.past_of(claim, "withdrawn", self._clock.monotonic()))

    # ------------------------------------------------------------------ what is lacking

    def _never(self, account: Account, request: Request) -> Refusal | None:
        """Why a request can never be met; None when it can, now or later."""
        if not self._lines[request.kind].size:
            return "pit.no_slots", {"kind": request.kind}
        if self._memory_size is not None and request.memory_mb > self._memory_size:
            facts = {"wanted": request.memory_mb, "size": self._memory_size}
            return "pit.memory_over_machine", facts
        return account.budget.never(request)

    def _wait_for_own(self, line: Line, claim: Claim) -> bool:
        """Whether a claim's own run cannot afford it: then it is refused, or its run waits."""
        request, queue = claim.request, claim.queue
        lack = queue.budget.lacks(request)
        if not lack:
            return False
        claim.lacked = lack
        refusal = queue.budget.never(request)
        if refusal is None:
            line.park(queue)
        else:
            account = self._accounts[request.run]
            del account.waiting[request.task]
            line.drop(claim)
            self._tell_refused(account, claim, refusal)
        return True

    def _tell_refused(self, account: Account, claim: Claim, refusal: Refusal) -> None:
        past = why.past_of(claim, "refused", self._clock.monotonic(), *refusal)
        account.past.append(past)
        claim.request.refused(*refusal)

    def _shared_lack(self, line: Line, claim: Claim) -> str:
        """What a claim lacks of all that the runs share; empty when nothing."""
        if claim.share > line.free:
            return "slot"
        wanted = claim.request.memory_mb
        if not wanted or self._memory_size is None:
            return ""
        if wanted > self._memory_free:
            return "memory"
        for other in self._lines.values():
            ahead = other.stuck
            if (
                other is not line
                and ahead is not None
                and ahead.request.memory_mb
                and other.patience <= 0
                and (claim is not line.stuck or ahead.number < claim.number)
            ):
                return "memory"  # what is free is kept for one that has been patient long enough
        return ""

    def _resume(self, account: Account) -> None:
        for kind, queue in account.queues.items():
            if queue.parked:
                self._lines[kind].unpark(queue)
