"""A part of a melody is run, and a past run is run again otherwise: with the real engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from symphony_stories import melody, tell

from harmony.pit.dag.scope import Scope, ScopeError
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState
from harmony.symphony import Symphony

Write = Callable[[str], None]

SHOUTS = "return Text(f'{text.upper()}{mark}')"


def conversation() -> Any:
    return melody(
        word=("mine/say", {"text": "hush"}, {}),
        shout=("mine/shout", {"mark": "!"}, {"text": "word.text"}),
        again=("mine/shout", {"mark": "?"}, {"text": "shout.text"}),
        aside=("mine/shout", {"mark": "."}, {"text": "word.text"}),
    )


def states(symphony: Symphony, run: str) -> dict[str, str]:
    return {name: task.state for name, task in symphony.show(run).tasks.items()}


def text_of(symphony: Symphony, run: str, task: str) -> str:
    return symphony.value(symphony.show(run).tasks[task].outputs["text"]).decode()


async def ended(symphony: Symphony, **how: Any) -> str:
    run = await symphony.start(conversation(), **how)
    assert await run.finished() == RunState.COMPLETED
    return run.id


def test_run_to_here_leaves_the_rest_alone(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        run = await ended(symphony, scope=Scope("to", ("shout",)))
        assert states(symphony, run) == {"word": TaskState.COMPLETED, "shout": TaskState.COMPLETED}

    tell(story)


def test_run_only_this_runs_it_though_its_result_is_known(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        first = await ended(symphony)
        run = await ended(symphony, scope=Scope("only", ("shout",)), after=first)
        assert states(symphony, run) == {"word": TaskState.REUSED, "shout": TaskState.COMPLETED}
        assert symphony.show(run).summary.parent == first

    tell(story)


def test_run_from_here_runs_all_that_follows(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        first = await ended(symphony)
        run = await ended(symphony, scope=Scope("from", ("shout",)), after=first)
        assert states(symphony, run) == {
            "word": TaskState.REUSED,
            "shout": TaskState.COMPLETED,
            "again": TaskState.COMPLETED,
        }

    tell(story)


def test_a_scope_that_names_no_node_starts_nothing(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        with pytest.raises(ScopeError, match="shuot"):
            await symphony.start(conversation(), scope=Scope("to", ("shuot",)))
        assert symphony.runs() == []

    tell(story)


def test_a_fork_with_another_parameter_makes_anew_only_what_that_touches(
    own_players: Write,
) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        first = await ended(symphony)
        run = await symphony.fork(first, overrides={"shout.mark": "!!"})
        assert await run.finished() == RunState.COMPLETED
        assert states(symphony, run.id) == {
            "word": TaskState.REUSED,
            "shout": TaskState.COMPLETED,
            "again": TaskState.COMPLETED,
            "aside": TaskState.REUSED,
        }
        assert text_of(symphony, run.id, "again") == "HUSH!!?"
        assert text_of(symphony, first, "again") == "HUSH!?", "the past is as it was"

    tell(story)


def test_a_fork_of_a_fork_keeps_what_the_first_was_given(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        first = await ended(symphony)
        second = await symphony.fork(first, overrides={"shout.mark": "!!"})
        await second.finished()
        third = await symphony.fork(second.id, overrides={"again.mark": "??"})
        await third.finished()
        assert text_of(symphony, third.id, "again") == "HUSH!!??"
        family = [(each.depth, each.run.id) for each in symphony.family_of(second.id)]
        assert family == [(0, first), (1, second.id), (2, third.id)]

    tell(story)


def test_a_retry_of_a_run_of_a_part_keeps_to_that_part(own_players: Write) -> None:
    own_players('raise PlayerError("lost its voice")')

    async def story(symphony: Symphony) -> None:
        failed = await symphony.start(conversation(), scope=Scope("to", ("shout",)))
        assert await failed.finished() == RunState.FAILED
        own_players(SHOUTS)
        mended = await symphony.retry(failed.id)
        assert await mended.finished() == RunState.COMPLETED
        assert set(states(symphony, mended.id)) == {"word", "shout"}

    tell(story)
