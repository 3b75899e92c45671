from __future__ import annotations

import gc

import pytest

from harmony.pit.arbitration import ArbitrationEngine, Request
from harmony.pit.arbitration.claims import REMEMBERED, Claim


def _request(engine: ArbitrationEngine, granted: list[str], task: str, **changes: object) -> None:
    values = {"run": "r", "kind": "cpu", "priority": 0, "rank": 1, **changes}
    engine.request(Request(task=task, granted=lambda: granted.append(task), **values))  # type: ignore[arg-type]


def test_a_free_slot_is_granted_at_once() -> None:
    engine, granted = ArbitrationEngine(1, 1), []
    _request(engine, granted, "a")
    assert granted == ["a"]
    assert engine.running("cpu") == 1


def test_when_slots_are_short_priority_comes_first_then_the_longest_way_then_the_line() -> None:
    engine, granted = ArbitrationEngine(1, 1), []
    _request(engine, granted, "first")
    _request(engine, granted, "plain")
    _request(engine, granted, "plain too")
    _request(engine, granted, "long way", rank=7)
    _request(engine, granted, "urgent", priority=1)
    for task in ("first", "urgent", "long way", "plain"):
        engine.release("r", task)
    assert granted == ["first", "urgent", "long way", "plain", "plain too"]


def test_a_task_that_waits_for_the_network_takes_no_core() -> None:
    engine, granted = ArbitrationEngine(1, 2), []
    _request(engine, granted, "computes")
    _request(engine, granted, "waits", kind="wait")
    _request(engine, granted, "waits too", kind="wait")
    assert granted == ["computes", "waits", "waits too"]


def test_a_request_taken_back_is_never_granted() -> None:
    engine, granted = ArbitrationEngine(1, 1), []
    _request(engine, granted, "a")
    _request(engine, granted, "b")
    _request(engine, granted, "c")
    engine.withdraw("r", "b")
    engine.release("r", "a")
    assert granted == ["a", "c"]
    assert engine.waiting == 0


def test_what_is_asked_and_taken_back_again_and_again_takes_no_room() -> None:
    engine, granted = ArbitrationEngine(1, 1), []
    _request(engine, granted, "runs")
    _request(engine, granted, "waits")
    for _ in range(5_000):
        _request(engine, granted, "restless")
        engine.withdraw("r", "restless")
    alive = sum(isinstance(thing, Claim) for thing in gc.get_objects())
    assert alive < REMEMBERED + 100


def test_a_run_that_is_forgotten_gives_its_slots_to_others() -> None:
    engine, granted = ArbitrationEngine(1, 1), []
    _request(engine, granted, "a", run="gone")
    _request(engine, granted, "b", run="gone")
    _request(engine, granted, "c", run="other")
    engine.forget("gone")
    assert granted == ["a", "c"]


def test_giving_back_a_slot_that_is_not_held_is_an_error() -> None:
    with pytest.raises(KeyError):
        ArbitrationEngine(1, 1).release("r", "a")
