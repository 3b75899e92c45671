"""The melody in front is warmed before anybody clicks Run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harmony.melody.model import Melody, Node


def saying() -> Melody:
    melody = Melody(id="warm", name="Warm")
    melody.nodes["text"] = Node("text", "harmony/text_value")
    return melody


def running(stage: Any) -> int:
    return len(stage.symphony.house.pool.processes)


async def test_the_players_of_the_melody_in_front_are_started_before_it_is_run(stage: Any) -> None:
    assert running(stage) == 0, "nothing is started for the start page"
    stage.window.workspace.new(saying())
    await stage.until(lambda: running(stage) > 0)
    assert stage.document.model is None, "and nothing was run"


async def test_a_melody_that_is_only_looked_at_starts_nothing(stage: Any, tmp_path: Path) -> None:
    document = stage.window.workspace.new(saying())
    document.restricted = True
    told = []
    stage.window.warming._timer.timeout.connect(lambda: told.append(True))
    await stage.until(lambda: told)
    assert running(stage) == 0
