"""A run as it is told afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plans import melody

from harmony.conductor.detail import detail_of
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

MakeEngine = Callable[..., Any]


def test_every_task_is_told_with_its_attempts_times_inputs_and_outputs(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                words=("say", {"text": "one two"}, {}),
                split=("split", {}, {"text": "words"}),
                upper=("upper", {}, {"text": "split.texts"}),
                flaky=("fail_until", {"path": str(tmp_path / "there")}, {"text": "words"}),
                after=("upper", {}, {"text": "flaky.text"}),
            )
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            told = detail_of(engine.store, runner.run)
            order = ["words", "split", "upper[0]", "upper[1]", "flaky", "after"]
            assert list(told.tasks) == order

            item = told.tasks["upper[1]"]
            assert (item.node, item.index) == ("upper", 1)
            assert item.inputs["text"]["value"] == "two"
            assert item.outputs["text"]["value"] == "TWO"
            [attempt] = item.attempts
            assert attempt.process.startswith("player-")
            assert attempt.pid is not None
            assert attempt.ended is not None
            assert attempt.ended >= attempt.started
            assert attempt.outcome == TaskState.COMPLETED

            flaky = told.tasks["flaky"]
            assert [found.outcome for found in flaky.attempts] == [TaskState.FAILED]
            assert flaky.error == flaky.attempts[0].error
            assert told.tasks["after"].cause == {
                "code": "pit.upstream_failed",
                "node": "flaky",
                "title": "Fail until",
            }
            assert told.tasks["after"].inputs == {}

            await engine.conductor.retry(runner.run).finished
            flaky = detail_of(engine.store, runner.run).tasks["flaky"]
            assert [found.outcome for found in flaky.attempts] == ["Failed", "Completed"]
            assert flaky.error is None

    asyncio.run(story())


def test_a_reused_result_names_the_run_that_it_came_from(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            runners = []
            for _ in range(2):
                runners.append(engine.conductor.start(melody(a=("say", {}, {})), base_folder="/"))
                await runners[-1].finished
            task = detail_of(engine.store, runners[1].run).tasks["a"]
            assert task.reused
            assert task.origin == f"run {runners[0].run}"
            assert task.attempts == []
            assert task.seconds == 0.0

    asyncio.run(story())
