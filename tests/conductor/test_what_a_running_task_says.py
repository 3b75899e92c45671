"""What a running task says besides its result, and what becomes of one that says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from plans import melody

from harmony.conductor.deadlines import adaptive_deadline
from harmony.conductor.detail import detail_of
from harmony.conductor.events import ProblemNoticed
from harmony.conductor.past import past_seconds
from harmony.melody.model import Limits, Policy
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskEvent

MakeEngine = Callable[..., Any]


def lines(tally: Path) -> list[str]:
    return tally.read_text(encoding="utf-8").splitlines() if tally.exists() else []


def test_a_task_that_was_killed_goes_on_from_the_state_that_it_saved(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(count=("count_and_save", {"to": 5, "tally": str(tally)}, {}))
            drawn.nodes["count"] = replace(drawn.nodes["count"], retries=1)
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            assert engine.text(runner, "count") == "from 4 to 5"
            assert engine.store.verify_run(runner.run) == []

    asyncio.run(story())
    assert lines(tally) == ["0", "1", "2", "3", "4"]


def test_a_state_survives_the_program(make_engine: MakeEngine, tmp_path: Path) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        drawn = melody(count=("count_and_save", {"to": 5, "tally": str(tally)}, {}))
        async with make_engine() as engine:
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
        async with make_engine() as engine:
            again = engine.conductor.retry(runner.run)
            assert await again.finished == RunState.COMPLETED
            assert engine.text(again, "count") == "from 4 to 5"

    asyncio.run(story())


def run_to_failure(make_engine: MakeEngine, policy: Policy, **parameters: Any) -> dict[str, Any]:
    """The error of a run of one sleeping node, and what was told beside it."""
    found: dict[str, Any] = {}

    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(nap=("sleep", parameters, {}))
            drawn.nodes["nap"] = replace(drawn.nodes["nap"], policy=policy)
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            found.update(detail_of(engine.store, runner.run).tasks["nap"].error or {})
            found["told"] = [e.message for e in engine.events if isinstance(e, ProblemNoticed)]
            await engine.pool_is(lambda: not engine.pool.processes)

    asyncio.run(story())
    return found


def test_a_task_over_its_time_limit_is_ended_with_its_process(make_engine: MakeEngine) -> None:
    error = run_to_failure(make_engine, Policy(timeout=0.3), seconds=60.0)
    assert error["code"] == "conductor.task_timed_out"
    assert error["seconds"] == 0.3


def test_a_task_without_a_sign_of_progress_is_ended(make_engine: MakeEngine) -> None:
    error = run_to_failure(make_engine, Policy(heartbeat=0.3, notify=True), seconds=60.0)
    assert error["code"] == "conductor.task_without_progress"
    assert error["told"] == ["Sleep failed: It showed no sign of progress for 0.3 s."]


def test_a_task_that_shows_progress_may_take_longer_than_the_limit_between_two_signs(
    make_engine: MakeEngine,
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(nap=("sleep", {"seconds": 1.5, "beats": 30}, {}))
            drawn.nodes["nap"] = replace(drawn.nodes["nap"], policy=Policy(heartbeat=0.9))
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED

    asyncio.run(story())


def test_a_deadline_follows_from_past_times_once_there_are_enough() -> None:
    assert adaptive_deadline([1.0, 2.0]) is None
    assert adaptive_deadline([1.0, 2.0, 1.0]) == 10.0, "short tasks get room"
    assert adaptive_deadline([100.0, 50.0, 60.0]) == 300.0


def test_a_run_may_use_so_many_tokens_and_what_asks_for_more_is_told_so(
    make_engine: MakeEngine,
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                say=("say", {"text": "a"}, {}),
                one=("spend", {"tokens": 150}, {"text": "say"}),
                two=("spend", {}, {"text": "one"}),
            )
            drawn.limits = Limits(tokens=200)
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            tasks = detail_of(engine.store, runner.run).tasks
            assert tasks["one"].outputs
            error = tasks["two"].error
            assert error is not None
            assert "150" in error["message"], error
            assert runner.core.tracker.used() == (150, 0.0)

    asyncio.run(story())


def test_the_journal_says_what_a_task_waited_for(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine(cpu_slots=1) as engine:
            drawn = melody(
                one=("sleep", {"seconds": 0.05}, {}),
                two=("sleep", {"seconds": 0.05}, {}),
            )
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            granted = {
                record.machine: record.data.get("why")
                for record in engine.store.journal(runner.run)
                if record.event == TaskEvent.ALLOCATE_PLAYER
            }
            assert not granted["task:one"]
            assert granted["task:two"]["waited"] > 0, granted

    asyncio.run(story())


def test_how_long_a_node_took_is_known_from_past_runs_of_its_melody(
    make_engine: MakeEngine,
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                nap=("sleep", {"seconds": 0.01}, {}), other=("sleep", {"seconds": 0}, {})
            )
            for _ in range(3):
                runner = engine.conductor.start(drawn, base_folder="/")
                assert await runner.finished == RunState.COMPLETED
            another = melody(nap=("sleep", {"seconds": 0.3}, {}))
            another.id = "another melody"
            await engine.conductor.start(another, base_folder="/").finished
            past = past_seconds(engine.store, runner.run, "nap")
            assert len(past) == 3
            assert 0.01 <= min(past) <= max(past) < 0.3

    asyncio.run(story())
