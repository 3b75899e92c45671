from __future__ import annotations

import pytest
from asking import Desk

from harmony.pit.arbitration import RequestRefusedError
from harmony.pit.arbitration.line import PATIENCE
from harmony.pit.arbitration.request import Request


@pytest.mark.parametrize("ahead", range(33))
def test_as_many_shares_fit_into_a_slot_as_a_player_is_sent_at_once(ahead: int) -> None:
    desk = Desk()
    for number in range(ahead + 3):
        desk.ask(f"r/{number}", share=1 / (1 + ahead))
    assert len(desk.granted) == ahead + 1


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_a_share_that_is_no_part_of_a_slot_is_a_mistake(share: float) -> None:
    with pytest.raises(ValueError, match="share of a slot"):
        Desk().ask("r/a", share=share)


def test_a_task_that_holds_a_slot_cannot_ask_for_another() -> None:
    desk = Desk(cpu_slots=2)
    desk.ask("r/a")
    with pytest.raises(ValueError, match="holds a slot already"):
        desk.ask("r/a")


def test_a_whole_slot_is_not_kept_from_a_task_by_those_that_take_parts_of_it() -> None:
    desk = Desk()
    for number in range(4):
        desk.ask(f"r/part {number}", share=0.25)
    desk.ask("r/whole", rank=9)
    for number in range(4, 100):
        desk.ask(f"r/part {number}", share=0.25)
    running = list(desk.granted)
    for _ in range(PATIENCE + 4):
        desk.give_back(running.pop(0))
        running += desk.granted[-1:] if desk.granted[-1] not in running else []
        if desk.granted[-1] == "r/whole":
            break
    assert desk.granted[-1] == "r/whole"


def test_tasks_together_take_no_more_memory_than_there_is() -> None:
    desk = Desk(cpu_slots=4, memory_mb=1000)
    desk.ask("r/a", memory_mb=600)
    desk.ask("r/b", memory_mb=600)
    desk.ask("r/small", memory_mb=300)
    assert desk.granted == ["r/a", "r/small"]
    desk.give_back("r/a")
    assert desk.granted == ["r/a", "r/small", "r/b"]


def test_memory_is_one_for_tasks_that_compute_and_those_that_wait() -> None:
    desk = Desk(memory_mb=1000)
    desk.ask("r/computes", memory_mb=800)
    desk.ask("r/waits", memory_mb=800, kind="wait")
    assert desk.granted == ["r/computes"]
    desk.give_back("r/computes")
    assert desk.granted == ["r/computes", "r/waits"]


@pytest.mark.parametrize("kind", ["cpu", "wait"])
def test_a_large_task_is_passed_by_small_ones_a_bounded_number_of_times(kind: str) -> None:
    desk = Desk(cpu_slots=2, wait_slots=2, memory_mb=1000)
    desk.ask("s/0", memory_mb=500, kind="cpu")
    desk.ask("s/1", memory_mb=500, kind="cpu")
    desk.ask("r/large", memory_mb=900, kind=kind)
    running = list(desk.granted)
    for number in range(2, 200):
        desk.ask(f"s/{number}", memory_mb=500)
    passed = 0
    while "r/large" not in desk.granted:
        before = len(desk.granted)
        desk.give_back(running.pop(0))
        running += desk.granted[before:]
        passed += len(desk.granted) - before
    assert passed <= PATIENCE + 3


def test_more_memory_than_the_machine_has_is_refused() -> None:
    desk = Desk(memory_mb=1000)
    desk.ask("r/a", memory_mb=1001)
    assert desk.refused == [("r/a", "pit.memory_over_machine", {"wanted": 1001, "size": 1000})]
    assert desk.engine.waiting == 0


def test_a_kind_of_which_there_are_no_slots_is_refused() -> None:
    desk = Desk(wait_slots=0)
    desk.ask("r/a", kind="wait")
    assert desk.refused == [("r/a", "pit.no_slots", {"kind": "wait"})]


def test_a_refusal_that_nobody_listens_to_is_an_error() -> None:
    desk = Desk(memory_mb=10)
    with pytest.raises(RequestRefusedError, match=r"11 MB"):
        desk.engine.request(Request("r", "a", "cpu", 0, 1, lambda: None, memory_mb=11))


def test_a_listener_that_fails_takes_no_grant_from_others() -> None:
    desk = Desk(cpu_slots=2)

    def fail() -> None:
        raise ZeroDivisionError

    desk.ask("r/a")
    desk.ask("r/b")
    desk.engine.request(Request("r", "bad", "cpu", 0, 5, fail))
    desk.ask("r/c")
    with pytest.raises(ZeroDivisionError):
        desk.engine.forget("q") or desk.give_back("r/a")
    desk.give_back("r/b")
    assert desk.granted == ["r/a", "r/b", "r/c"]


def test_what_is_asked_and_given_back_from_within_a_grant_is_done_before_the_call_returns() -> None:
    desk = Desk()
    told: list[int] = []

    def next_one(number: int) -> None:
        told.append(number)
        desk.engine.release("r", str(number))
        if number < 5_000:  # deeper than the stack of a recursion would go
            ask(number + 1)

    def ask(number: int) -> None:
        desk.engine.request(Request("r", str(number), "cpu", 0, 1, lambda: next_one(number)))

    ask(0)
    assert told == list(range(5_001))
    assert desk.engine.running("cpu") == 0
