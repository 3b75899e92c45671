from __future__ import annotations

from fractions import Fraction
from typing import Any

from asking import Desk
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from harmony.pit.arbitration import Limits
from harmony.pit.arbitration.request import thousandths

RUNS = ("a", "b", "c")
TASKS = tuple(f"t{number}" for number in range(6))


class Engine(RuleBasedStateMachine):
    """Asks, withdraws, spends and gives back at random, and keeps books of its own beside it."""

    @initialize(
        cpu=st.integers(1, 3),
        wait=st.integers(1, 3),
        memory=st.sampled_from([None, 100, 300]),
        tokens=st.sampled_from([None, 50, 200]),
        limit=st.sampled_from([None, 80, 250]),
    )
    def begin(
        self, cpu: int, wait: int, memory: int | None, tokens: int | None, limit: int | None
    ) -> None:
        self.slots = {"cpu": cpu, "wait": wait}
        self.memory = memory
        self.limits = {
            "a": Limits(tokens=tokens, memory_mb=limit),
            "b": Limits(money=1.0),
            "c": Limits(),
        }
        self.desk = Desk(cpu, wait, memory)
        for run, weight in zip(RUNS, (1.0, 4.0, 0.5), strict=True):
            self.desk.engine.open_run(run, weight, self.limits[run])
        self.waiting: dict[str, dict[str, Any]] = {}
        self.held: dict[str, dict[str, Any]] = {}
        self.tokens = dict.fromkeys(RUNS, 0)
        self.money = dict.fromkeys(RUNS, Fraction(0))
        self.reported: dict[str, tuple[int, Fraction]] = {}

    def hear(self) -> None:
        """Enter grants and refusals: each is of a task that waited, and comes once."""
        for name in self.desk.granted:
            assert name in self.waiting
            assert name not in self.held
            self.held[name] = self.waiting.pop(name)
        for name, code, _ in self.desk.refused:
            assert code in ("pit.memory_over_machine", "pit.memory_over_limit") or "used_up" in code
            del self.waiting[name]
        self.desk.granted.clear()
        self.desk.refused.clear()

    @rule(
        run=st.sampled_from(RUNS),
        task=st.sampled_from(TASKS),
        kind=st.sampled_from(["cpu", "cpu", "wait"]),
        share=st.sampled_from([1.0, 0.5, 1 / 3, 0.2, 1 / 33]),
        memory_mb=st.sampled_from([0, 0, 10, 90, 120, 400]),
        tokens=st.sampled_from([0, 0, 5, 40]),
        money=st.sampled_from([0.0, 0.0, 0.1, 0.7]),
        priority=st.integers(-1, 1),
        rank=st.integers(1, 3),
    )
    def ask(self, run: str, task: str, **wanted: Any) -> None:
        name = f"{run}/{task}"
        if name not in self.held:
            self.waiting[name] = wanted
            self.desk.ask(name, **wanted)
            self.hear()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.waiting)))
        del self.waiting[name]
        self.desk.engine.withdraw(*name.split("/"))
        self.hear()

    @precondition(lambda self: self.held)
    @rule(data=st.data(), tokens=st.integers(0, 30), cents=st.integers(0, 50))
    def spend(self, data: st.DataObject, tokens: int, cents: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        run, task = name.split("/")
        before = self.reported.get(name, (0, Fraction(0)))
        self.reported[name] = (before[0] + tokens, before[1] + Fraction(cents, 100))
        self.tokens[run] += tokens
        self.money[run] += Fraction(cents, 100)
        self.desk.engine.spent(run, tokens, cents / 100, task=task)
        self.hear()

    @precondition(lambda self: self.held)
    @rule(data=st.data(), began=st.booleans())
    def give_back(self, data: st.DataObject, began: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        wanted, run = self.held.pop(name), name.partition("/")[0]
        if self.reported.pop(name, None) is None and began:
            self.tokens[run] += wanted["tokens"]
            self.money[run] += Fraction(str(wanted["money"]))
        self.desk.give_back(name, began=began)
        self.hear()

    @rule(run=st.sampled_from(RUNS))
    def forget(self, run: str) -> None:
        for name in [name for name in self.waiting if name.startswith(run)]:
            del self.waiting[name]
        for name in [name for name in self.held if name.startswith(run)]:
            wanted = self.held.pop(name)
            if self.reported.pop(name, None) is None:
                self.tokens[run] += wanted["tokens"]
                self.money[run] += Fraction(str(wanted["money"]))
        self.desk.engine.forget(run)
        self.hear()

    @invariant()
    def never_over_capacity(self) -> None:
        for kind, slots in self.slots.items():
            taken = sum(
                thousandths(wanted["share"])
                for wanted in self.held.values()
                if wanted["kind"] == kind
            )
            assert taken <= slots * 1000
            assert round(self.desk.engine.free(kind) * 1000) == slots * 1000 - taken
        if self.memory is not None:
            assert sum(wanted["memory_mb"] for wanted in self.held.values()) <= self.memory

    @invariant()
    def books_of_each_run_balance(self) -> None:
        for run in RUNS:
            budget = self.desk.engine.budget(run)
            assert budget is not None
            own = {name: wanted for name, wanted in self.held.items() if name.startswith(run)}
            assert budget.memory_held == sum(wanted["memory_mb"] for wanted in own.values())
            assert budget.tokens.spent == self.tokens[run]
            assert budget.money.spent == self.money[run] * 1_000_000
            aside_tokens, aside_money = 0, Fraction(0)
            for name, wanted in own.items():
                tokens, money = self.reported.get(name, (0, Fraction(0)))
                aside_tokens += max(0, wanted["tokens"] - tokens)
                aside_money += max(Fraction(0), Fraction(str(wanted["money"])) - money)
            assert budget.tokens.reserved == aside_tokens
            assert budget.money.reserved == aside_money * 1_000_000
            limit = self.limits[run].memory_mb
            assert limit is None or budget.memory_held <= limit

    @invariant()
    def no_grant_is_lost(self) -> None:
        assert self.desk.engine.waiting == len(self.waiting)
        assert self.desk.engine.running("cpu") + self.desk.engine.running("wait") == len(self.held)
        if not self.held:
            assert not self.waiting  # with all resources free, whoever can be met has been

    @invariant()
    def each_task_is_told_why(self) -> None:
        for name in self.waiting:
            assert self.desk.engine.why(*name.split("/"))[-1].what == "waits"
        for name in self.held:
            assert self.desk.engine.why(*name.split("/"))[-1].what == "granted"


Engine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestEngine = Engine.TestCase
