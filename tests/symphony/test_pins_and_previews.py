"""Outputs that are used without running their node, with the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from symphony_stories import melody, tell

from harmony.melody.changes import SetPins, apply
from harmony.melody.model import Melody
from harmony.states.melody_execution import RunState
from harmony.states.task import TaskState
from harmony.symphony import Symphony, SymphonyError

Write = Callable[[str], None]
SHOUTS = "return Text(text.upper() + mark)"
FAILS = 'raise PlayerError("it was run")'


def conversation() -> Melody:
    return melody(
        word=("mine/say", {"text": "hush"}, {}),
        shout=("mine/shout", {"mark": "!"}, {"text": "word.text"}),
        told=("harmony/join_texts", {}, {"texts": "shout.text"}),
    )


def letters() -> Melody:
    """A list, one task an item, and all of them again as one."""
    return melody(
        split=("harmony/split_text", {"at": "lines"}, {"text": "word.text"}),
        word=("mine/say", {"text": "one\ntwo"}, {}),
        shout=("mine/shout", {}, {"text": "split.texts"}),
        join=("harmony/join_texts", {}, {"texts": "shout.text"}),
    )


def states(symphony: Symphony, run: str) -> dict[str, str]:
    return {name: task.state for name, task in symphony.show(run).tasks.items()}


def output(symphony: Symphony, run: str, task: str, port: str = "text") -> str:
    return symphony.value(symphony.show(run).tasks[task].outputs[port]).decode()


async def completed(symphony: Symphony, drawn: Melody, **how: Any) -> str:
    run = await symphony.start(drawn, **how)
    assert await run.finished() == RunState.COMPLETED, states(symphony, run.id)
    return run.id


def test_a_pinned_node_is_not_run_and_its_value_is_used(own_players: Write) -> None:
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        drawn = conversation()
        apply(drawn, SetPins("shout", {"text": {"type": "text", "value": "pinned by hand"}}))
        run = await completed(symphony, drawn)
        assert states(symphony, run)["shout"] == TaskState.REUSED
        assert symphony.show(run).tasks["shout"].origin == "pinned"
        assert output(symphony, run, "told") == "pinned by hand"

    tell(story)


def test_what_a_node_gave_is_pinned_to_it_and_outlasts_another_version_of_its_player(
    own_players: Write,
) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        first = await completed(symphony, conversation())
        pins = symphony.pinned_outputs(first, "shout")
        own_players(FAILS)
        drawn = conversation()
        apply(drawn, SetPins("shout", pins))
        run = await completed(symphony, drawn)
        assert output(symphony, run, "shout") == "HUSH!"
        with pytest.raises(SymphonyError, match="nothing"):
            symphony.pinned_outputs(first, "nobody")

    tell(story)


def test_a_node_that_runs_once_an_item_is_pinned_as_a_whole(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        first = await completed(symphony, letters())
        pins = symphony.pinned_outputs(first, "shout")
        own_players(FAILS)
        drawn = letters()
        apply(drawn, SetPins("shout", pins))
        run = await completed(symphony, drawn)
        assert "shout[0]" not in states(symphony, run)
        assert output(symphony, run, "join") == output(symphony, first, "join")

    tell(story)


def test_a_value_that_is_not_kept_here_is_a_clear_failure_of_its_node(own_players: Write) -> None:
    own_players(SHOUTS)

    async def story(symphony: Symphony) -> None:
        drawn = conversation()
        elsewhere = {"type": "text", "hash": "a" * 64, "size": 5}
        apply(drawn, SetPins("shout", {"text": elsewhere}))
        run = await symphony.start(drawn)
        assert await run.finished() == RunState.FAILED
        error = symphony.show(run.id).tasks["shout"].error
        assert error is not None
        assert "no longer kept here" in error["message"]

    tell(story)


def test_a_preview_calls_nothing_with_effects(tmp_path: Path) -> None:
    mark, written = tmp_path / "mark", tmp_path / "out.txt"

    async def story(symphony: Symphony) -> None:
        drawn = melody(
            word=("harmony/text_value", {"value": "hush"}, {}),
            touch=("harmony/run_command", {"command": f"touch {mark}"}, {"text": "word.text"}),
            told=("harmony/join_texts", {}, {"texts": "touch.text"}),
            keep=("harmony/write_file", {"path": str(written)}, {"value": "word.text"}),
        )
        run = await completed(symphony, drawn, preview=True)
        assert states(symphony, run) == {
            "word": TaskState.COMPLETED,
            "touch": TaskState.REUSED,
            "told": TaskState.COMPLETED,
        }
        assert output(symphony, run, "told") == "", "the example is an empty text"
        before.append(mark.exists() or written.exists())
        await completed(symphony, drawn)

    before: list[bool] = []
    tell(story)
    assert before == [False]
    assert mark.exists()
    assert written.read_text() == "hush"


def test_a_pinned_value_stands_in_for_a_player_with_effects(tmp_path: Path) -> None:
    async def story(symphony: Symphony) -> None:
        drawn = melody(
            ask=("harmony/run_command", {"command": "false"}, {}),
            told=("harmony/join_texts", {}, {"texts": "ask.text"}),
        )
        answer = {"type": "text", "value": "two words"}
        apply(drawn, SetPins("ask", {"text": answer}))
        run = await completed(symphony, drawn, preview=True)
        assert output(symphony, run, "told") == "two words"

    tell(story)
