"""Grants what tasks ask for: a share of a slot, memory, and part of their run's budgets.

What is first in line gets what comes free; nobody is passed over for good. A request that lacks
what all runs share (room in a slot, memory) is set aside and is next, and a bounded number may pass
it. One that lacks what its own run has set aside for other tasks makes that run wait, and no other.
"""

from __future__ import annotations

from typing import Any

from harmony.foundation.clock import Clock, SystemClock
from harmony.pit.arbitration import why
from harmony.pit.arbitration.budget import Budget, Refusal
from harmony.pit.arbitration.claims import Account, Claim
from harmony.pit.arbitration.line import Line
from harmony.pit.arbitration.request import (
    SLOT,
    UNLIMITED,
    Caps,
    Request,
    SlotKind,
    thousandths,
)


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
        self._all = tuple(self._lines.values())
        self._memory_size = memory_mb
        self._memory_free = memory_mb or 0
        self._clock = clock or SystemClock()
        self._monotonic = self._clock.monotonic
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
        return self._lines[kind].free / SLOT

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
        account = self._accounts.pop(run, None)
        if account is not None:
            account.past.clear()

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
        run, task = request.run, request.task
        account = self._accounts.get(run)
        if account is None:
            account = Account(run, 1.0, Budget(UNLIMITED, 0, 0.0), opened=False)
            self._accounts[run] = account
        if task in account.held:
            raise ValueError(f"{task} of run {run} holds a slot already")
        if task in account.waiting:
            self._withdraw(account, task)
        share = SLOT if request.share == 1.0 else thousandths(request.share)
        self._count += 1
        claim = Claim(request, account, share, self._count, self._monotonic())
        line = self._lines[request.kind]
        if not line.size or request.memory_mb or account.budget.limited:
            refusal = self._never(line, account, request)
            if refusal is not None:
                self._refuse(claim, refusal)
                return
        account.waiting[task] = claim
        line.add(claim)
        if line.free > 0:
            self._serve(line)

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
        account = self._accounts[run]
        line = self._take_back(account, task, began=began)
        if account.budget.limited or self._memory_size is not None:
            self._serve()
        else:
            self._serve(line)

    # ------------------------------------------------------------------ why

    def why(self, run: str, task: str) -> tuple[why.Decision, ...]:
        """What was decided about a task and when, oldest first; () when nothing is known."""
        account = self._accounts.get(run)
        if account is None:
            return ()
        offset = self._clock.wall() - self._monotonic()
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

    def _serve(self, changed: Line | None = None) -> None:
        """Grant all that can be granted: in the line where something changed, or in all.

        Called from within a callback, it leaves that to the outer call.
        """
        if self._serving:
            self._again = True
            return
        self._serving = True
        lines = self._all if changed is None else (changed,)
        try:
            while lines:
                self._again = False
                for line in lines:
                    self._serve_line(line)
                lines = self._all if self._again else ()
        finally:
            self._serving = False
            if lines:
                self._serve()  # a listener failed; what others wait for they get all the same

    def _serve_line(self, line: Line) -> None:
        while line.free > 0:
            claim = line.stuck
            if claim is not None:
                lack = claim.account.budget.lacks(claim.request)
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
            if claim.account.budget.limited and self._wait_for_own(line, claim):
                continue
            if claim.share > line.free or claim.request.memory_mb:
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
        request, account, task = claim.request, claim.account, claim.task
        del account.waiting[task]
        account.held[task] = claim
        claim.granted = self._monotonic()
        line.give(claim)
        if request.memory_mb:
            self._memory_free -= request.memory_mb
            for other in self._all:
                other.patience -= other is not line  # memory is one for both kinds
        if request.memory_mb or request.tokens or request.money:
            claim.kept = account.budget.reserve(request)
        request.granted()

    def _take_back(self, account: Account, task: str, *, began: bool) -> Line:
        claim = account.held.pop(task)
        request = claim.request
        line = self._lines[request.kind]
        line.take_back(claim)
        memory_mb = request.memory_mb
        if memory_mb or claim.kept is not None:
            self._memory_free += memory_mb
            account.budget.settle(memory_mb, claim.kept, began=began)
            self._resume(account)
        claim.end("released", self._monotonic())
        return line

    def _withdraw(self, account: Account, task: str) -> None:
        claim = account.waiting.pop(task)
        line = self._lines[claim.request.kind]
        line.drop(claim)
        claim.end("withdrawn", self._monotonic())
        line.sweep(claim.queue)

    # ------------------------------------------------------------------ what is lacking

    def _never(self, line: Line, account: Account, request: Request) -> Refusal | None:
        """Why a request can never be met; None when it can, now or later."""
        if not line.size:
            return "pit.no_slots", {"kind": request.kind}
        if self._memory_size is not None and request.memory_mb > self._memory_size:
            facts = {"wanted": request.memory_mb, "size": self._memory_size}
            return "pit.memory_over_machine", facts
        return account.budget.never(request) if account.budget.limited else None

    def _wait_for_own(self, line: Line, claim: Claim) -> bool:
        """Whether a claim's own run cannot afford it: then it is refused, or its run waits."""
        budget, request = claim.account.budget, claim.request
        lack = budget.lacks(request)
        if not lack:
            return False
        claim.lacked = lack
        refusal = budget.never(request)
        if refusal is None:
            line.park(claim.queue)
        else:
            del claim.account.waiting[claim.task]
            line.drop(claim)
            self._refuse(claim, refusal)
        return True

    def _refuse(self, claim: Claim, refusal: Refusal) -> None:
        refused = claim.request.refused
        claim.end("refused", self._monotonic(), refusal)
        refused(*refusal)

    def _shared_lack(self, line: Line, claim: Claim) -> str:
        """What a claim lacks of all that the runs share; empty when nothing."""
        if claim.share > line.free:
            return "slot"
        wanted = claim.request.memory_mb
        if not wanted or self._memory_size is None:
            return ""
        if wanted > self._memory_free:
            return "memory"
        for other in self._all:
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
        for kind, queue in account.queues:
            if queue.parked:
                self._lines[kind].unpark(queue)
