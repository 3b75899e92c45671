from __future__ import annotations

import pytest
from asking import Desk

from harmony.foundation.words import render
from harmony.pit.arbitration import Limits


def test_what_tasks_may_spend_is_set_aside_until_they_are_done() -> None:
    desk = Desk(cpu_slots=4)
    desk.engine.open_run("r", 1.0, Limits(tokens=1000))
    desk.ask("r/a", tokens=600)
    desk.ask("r/b", tokens=600)
    assert desk.granted == ["r/a"]
    desk.engine.spent("r", 100, task="a")
    desk.give_back("r/a")
    assert desk.granted == ["r/a", "r/b"]
    budget = desk.engine.budget("r")
    assert budget is not None
    assert (budget.tokens.spent, budget.tokens.reserved) == (100, 600)


def test_a_run_that_waits_for_its_own_budget_keeps_nobody_else_waiting() -> None:
    desk = Desk(cpu_slots=2)
    desk.engine.open_run("r", 1.0, Limits(money=1.0))
    desk.ask("r/a", money=0.8)
    desk.ask("r/b", money=0.8)
    desk.ask("other/a")
    assert desk.granted == ["r/a", "other/a"]


def test_a_budget_that_is_used_up_refuses_and_says_what_to_do() -> None:
    desk = Desk()
    desk.engine.open_run("r", 1.0, Limits(tokens=1000), tokens_spent=900)
    desk.ask("r/a", tokens=200)
    ((_, code, facts),) = desk.refused
    assert (code, facts) == ("pit.tokens_used_up", {"spent": 900, "cap": 1000, "wanted": 200})
    assert "900 of 1000" in render(code, **facts)
    assert "Raise the token limit" in render(code, **facts)


def test_a_task_that_waited_is_refused_once_others_have_used_the_budget_up() -> None:
    desk = Desk()
    desk.engine.open_run("r", 1.0, Limits(money=1.0))
    desk.ask("r/a", money=0.7)
    desk.ask("r/b", money=0.7)
    desk.engine.spent("r", money=0.6, task="a")
    assert not desk.refused
    desk.give_back("r/a")
    assert [(name, code) for name, code, _ in desk.refused] == [("r/b", "pit.money_used_up")]
    assert desk.engine.running("cpu") == 0


def test_a_task_that_reports_nothing_has_spent_what_it_declared() -> None:
    desk = Desk()
    desk.engine.open_run("r", 1.0, Limits(tokens=1000))
    desk.ask("r/a", tokens=400)
    desk.give_back("r/a")
    desk.ask("r/b", tokens=400)
    desk.give_back("r/b", began=False)
    budget = desk.engine.budget("r")
    assert budget is not None
    assert (budget.tokens.spent, budget.tokens.reserved) == (400, 0)


def test_a_task_that_spends_more_than_it_declared_is_counted_in_full() -> None:
    desk = Desk(cpu_slots=2)
    desk.engine.open_run("r", 1.0, Limits(tokens=1000))
    desk.ask("r/a", tokens=100)
    desk.engine.spent("r", 950, task="a")
    desk.ask("r/b", tokens=100)
    assert [code for _, code, _ in desk.refused] == ["pit.tokens_used_up"]


def test_tasks_that_declare_nothing_run_when_the_budget_is_used_up() -> None:
    desk = Desk()
    desk.engine.open_run("r", 1.0, Limits(tokens=10, money=1.0), tokens_spent=20, money_spent=2.0)
    desk.ask("r/a")
    assert desk.granted == ["r/a"]


def test_a_run_holds_no_more_memory_than_its_own_limit() -> None:
    desk = Desk(cpu_slots=4, memory_mb=10_000)
    desk.engine.open_run("r", 1.0, Limits(memory_mb=1000))
    for task in "abc":
        desk.ask(f"r/{task}", memory_mb=500)
    desk.ask("other/a", memory_mb=5000)
    assert desk.granted == ["r/a", "r/b", "other/a"]
    desk.ask("r/large", memory_mb=1001)
    assert [code for _, code, _ in desk.refused] == ["pit.memory_over_limit"]


def test_small_amounts_of_money_add_up_exactly() -> None:
    desk = Desk()
    desk.engine.open_run("r", 1.0, Limits(money=0.3))
    for task in ("a", "b", "c"):
        desk.ask(f"r/{task}", money=0.1)
        desk.give_back(f"r/{task}")
    assert desk.granted == ["r/a", "r/b", "r/c"]
    desk.ask("r/d", money=0.000001)
    assert [code for _, code, _ in desk.refused] == ["pit.money_used_up"]


def test_nothing_stays_of_a_run_that_was_closed() -> None:
    desk = Desk(memory_mb=100)
    desk.engine.open_run("r")
    desk.ask("r/a", memory_mb=100)
    desk.ask("r/b", memory_mb=100)
    desk.ask("other/a", memory_mb=100)
    desk.engine.close_run("r")
    assert desk.granted == ["r/a", "other/a"]
    assert desk.engine.budget("r") is None
    assert desk.engine.why("r", "a") == ()
    desk.engine.spent("r", 5)  # the last word of a task may come late
    desk.engine.open_run("r")


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_a_weight_that_is_not_above_zero_is_a_mistake(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        Desk().engine.open_run("r", weight)


def test_a_run_is_opened_once() -> None:
    desk = Desk()
    desk.engine.open_run("r")
    with pytest.raises(ValueError, match="open already"):
        desk.engine.open_run("r")
