"""The memory that tasks declare counts against the budget of the settings."""

from __future__ import annotations

import json
from pathlib import Path

from symphony_stories import melody, tell

from harmony.states.melody_execution import RunState
from harmony.symphony import Symphony

PLAYERS = """
from harmony.players import Text, operator


@operator("Large", category="Mine", memory_mb=300)
def large() -> Text:
    return Text("large")
"""


def test_a_task_that_declares_more_memory_than_there_is_for_all_is_refused_with_the_cure(
    tmp_path: Path, harmony_home: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "large.py").write_text(PLAYERS, encoding="utf-8")
    harmony_home.mkdir(parents=True)
    settings = {"players_folders": [str(folder)], "memory_budget_mb": 256}
    (harmony_home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    async def story(symphony: Symphony) -> None:
        run = await symphony.start(melody(large=("mine/large", {}, {})))
        assert await run.finished() == RunState.FAILED
        error = symphony.show(run.id).tasks["large"].error
        assert error is not None
        assert error["code"] == "pit.memory_over_machine"
        assert "300 MB" in error["message"]
        assert "memory budget" in error["message"]

    tell(story)
