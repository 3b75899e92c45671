"""A run's account with the Arbitration Engine: what it asks for, is given and spends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from harmony.conductor import commands as do
from harmony.conductor import facts as happened
from harmony.conductor.core import RunCore
from harmony.foundation.failpoints import failpoint
from harmony.foundation.words import render
from harmony.pit.arbitration import ArbitrationEngine, Request, weight_of

Spent = dict[str, Any]
"""Tokens and money that an attempt has used."""


class Account:
    """The account of one run. `feed` takes the facts that follow; `wall` tells the time."""

    __slots__ = ("_core", "_engine", "_feed", "_is_open", "_run", "_spent", "_wall")

    def __init__(
        self,
        engine: ArbitrationEngine,
        run: str,
        core: RunCore,
        wall: Callable[[], float],
        feed: Callable[[happened.Fact], None],
    ) -> None:
        self._engine = engine
        self._run = run
        self._core = core
        self._wall = wall
        self._feed = feed
        self._is_open = False
        self._spent: dict[tuple[str, int], Spent] = {}

    def open(self) -> None:
        """Tell the engine of the run once: its weight and what it may use."""
        if self._is_open:
            return
        self._is_open = True
        plan = self._core.tracker.plan
        tokens, money = self._core.tracker.used()
        self._engine.open_run(
            self._run,
            weight_of(plan.priority),
            plan.limits,
            tokens_spent=tokens,
            money_spent=money,
        )

    def close(self) -> None:
        """The run is over: give all up that it holds or asks for."""
        if self._is_open:
            self._is_open = False
            self._engine.close_run(self._run)

    def request(self, command: do.RequestSlot) -> None:
        """Ask for what a task needs."""
        task = command.task
        self._engine.request(
            Request(
                run=self._run,
                task=task,
                kind="wait" if command.waits else "cpu",
                priority=command.priority,
                rank=command.rank,
                granted=partial(self._granted, task),
                share=1 / (1 + command.prefetch),
                memory_mb=command.memory_mb,
                tokens=command.tokens,
                money=command.money,
                refused=partial(self._refused, task),
            )
        )

    def withdraw(self, command: do.WithdrawRequest) -> None:
        """A task needs nothing any more."""
        self._engine.withdraw(self._run, command.task)

    def release(self, command: do.ReleaseSlot) -> None:
        """Give back what a task was given."""
        self._engine.release(self._run, command.task)

    def spend(self, task: str, attempt: int, tokens: int, money: float) -> None:
        """An attempt said what it used."""
        spent = self._spent.setdefault((task, attempt), {"tokens": 0, "money": 0.0})
        spent["tokens"] += tokens
        spent["money"] += money
        self._engine.spent(self._run, tokens, money, task=task)

    def settle(self, task: str, attempt: int) -> Spent | None:
        """An attempt is over: what it used in all, for its last record; None most of the time."""
        return self._spent.pop((task, attempt), None) if self._spent else None

    def _granted(self, task: str) -> None:
        failpoint("run.slot_granted")
        why = self._engine.why_data(self._run, task)
        self._feed(happened.Granted(self._wall(), task, why))

    def _refused(self, task: str, code: str, parameters: dict[str, Any]) -> None:
        error = {
            "type": "RequestRefused",
            "code": code,
            "message": render(code, **parameters),
            "hint": "",
            "traceback": "",
            **parameters,
        }
        self._feed(happened.Refused(self._wall(), task, error))
