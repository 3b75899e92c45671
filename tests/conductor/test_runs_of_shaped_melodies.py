"""Loops, votes, dependencies and policies in whole runs, with real processes and a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plans import melody

from harmony.conductor.critical_path import critical_path
from harmony.conductor.detail import detail_of
from harmony.conductor.errors import ConductorError
from harmony.melody.model import Connection, Exposed, Melody, Policy, Repeat
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState

MakeEngine = Callable[..., Any]


def lines(tally: Path) -> list[str]:
    return tally.read_text(encoding="utf-8").splitlines() if tally.exists() else []


def with_policy(drawn: Melody, node: str, **policy: Any) -> Melody:
    drawn.nodes[node] = replace(drawn.nodes[node], policy=Policy(**policy))
    return drawn


def looping(at_most: int = 10, **parameters: Any) -> Melody:
    """`say` feeds a loop that lengthens a text until it is long enough."""
    body = melody(grow=("lengthen", parameters, {}))
    body.id = "growing"
    body.inputs = (Exposed("text", "grow", "text"),)
    body.outputs = (Exposed("text", "grow", "text"), Exposed("enough", "grow", "enough"))
    drawn = melody(say=("say", {"text": "a"}, {}), loop=("lengthen", {}, {"text": "say"}))
    drawn.parts["growing"] = body
    drawn.nodes["loop"] = replace(
        drawn.nodes["loop"],
        player="melody:growing",
        parameters={},
        repeat=Repeat("enough", at_most),
    )
    return drawn


def test_a_loop_runs_its_part_until_it_says_enough(make_engine: MakeEngine, tmp_path: Path) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        async with make_engine() as engine:
            drawn = looping(to=4, tally=str(tally))
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            assert engine.text(runner, "loop") == "axxx"
            tasks = detail_of(engine.store, runner.run).tasks
            assert [task for task in tasks if "#" in task] == [
                "loop#1/grow",
                "loop#2/grow",
                "loop#3/grow",
            ]
            assert engine.store.verify_run(runner.run) == []

    asyncio.run(story())
    assert lines(tally) == ["a", "ax", "axx"]


def test_a_loop_whose_player_is_killed_fails_in_its_round_and_a_retry_goes_on_there(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        async with make_engine() as engine:
            drawn = looping(to=4, tally=str(tally), die_at=2)
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
        async with make_engine() as engine:
            again = engine.conductor.retry(runner.run)
            assert await again.finished == RunState.COMPLETED
            assert engine.text(again, "loop") == "axxx"

    asyncio.run(story())
    assert lines(tally) == ["a", "ax", "ax", "axx"]


def test_a_part_without_repeat_runs_as_if_its_nodes_stood_there(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = looping()
            drawn.nodes["loop"] = replace(drawn.nodes["loop"], repeat=None)
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            assert engine.text(runner, "loop/grow") == "ax"

    asyncio.run(story())


def test_the_majority_of_replicas_is_the_result(make_engine: MakeEngine, tmp_path: Path) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        async with make_engine(cpu_slots=1) as engine:
            drawn = melody(
                say=("say", {"text": "a"}, {}),
                vote=("unreliable", {"tally": str(tally), "wrong": 1}, {"text": "say"}),
            )
            runner = engine.conductor.start(with_policy(drawn, "vote", quorum=1), base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            assert engine.text(runner, "vote") == "A"

    asyncio.run(story())
    assert len(lines(tally)) == 3


def test_what_was_booked_is_cancelled_when_the_run_fails(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                say=("say", {"text": "Rome"}, {}),
                train=("book", {"tally": str(tally)}, {"text": "say"}),
                hotel=("book", {"tally": str(tally)}, {"text": "train"}),
                pay=("always_fails", {}, {"text": "hotel"}),
            )
            for node in ("train", "hotel"):
                with_policy(drawn, node, compensate="players/cancel_booking")
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            assert not engine.conductor.can_retry(runner.run)
            with pytest.raises(ConductorError, match="cannot be tried again in place"):
                engine.conductor.retry(runner.run)
            again = engine.conductor.retry_changed(runner.run, drawn, base_folder="/")
            assert await again.finished == RunState.FAILED

    asyncio.run(story())
    once = [
        "booked Rome",
        "booked ticket for Rome",
        "cancelled ticket for ticket for Rome",
        "cancelled ticket for Rome",
    ]
    assert lines(tally) == once * 2


def test_a_soft_wire_lets_the_next_node_go_on_without(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                say=("say", {"text": "you"}, {}),
                title=("always_fails", {}, {"text": "say"}),
                greet=("greet", {}, {"text": "say", "title": "title"}),
            )
            drawn.connections[Connection("title", "text", "greet", "title")] = "soft"
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.FAILED
            assert engine.text(runner, "greet") == "plain you"

    asyncio.run(story())


def test_a_node_that_is_not_essential_does_not_fail_the_run(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                say=("say", {"text": "you"}, {}),
                extra=("always_fails", {}, {"text": "say"}),
            )
            with_policy(drawn, "extra", on_failure="skip")
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            extra = detail_of(engine.store, runner.run).tasks["extra"]
            assert extra.state == TaskState.SKIPPED
            assert extra.attempts[0].error is not None, "what went wrong can still be read"

    asyncio.run(story())


def test_another_player_has_its_turn_when_the_first_has_failed_for_good(
    make_engine: MakeEngine, tmp_path: Path
) -> None:
    tally = tmp_path / "tally"

    async def story() -> None:
        async with make_engine() as engine:
            drawn = melody(
                say=("say", {"text": "loud"}, {}),
                shout=("always_fails", {"tally": str(tally)}, {"text": "say"}),
            )
            with_policy(drawn, "shout", fallback="players/upper", retry_base=0.0)
            drawn.nodes["shout"] = replace(drawn.nodes["shout"], retries=1)
            runner = engine.conductor.start(drawn, base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            assert engine.text(runner, "shout") == "LOUD"

    asyncio.run(story())
    assert lines(tally) == ["tried", "tried", "upper loud"]


def test_the_critical_path_of_a_loop_leads_through_every_round(make_engine: MakeEngine) -> None:
    async def story() -> None:
        async with make_engine() as engine:
            runner = engine.conductor.start(looping(to=4), base_folder="/")
            assert await runner.finished == RunState.COMPLETED
            path = critical_path(detail_of(engine.store, runner.run))
            assert path is not None
            rounds = [step.task for step in path.steps if "#" in step.task]
            assert rounds == ["loop#1/grow", "loop#2/grow", "loop#3/grow"]

    asyncio.run(story())
