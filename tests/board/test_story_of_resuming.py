"""A run that is not resumed unasked: the dialog says what happened, and does what one chooses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton

from harmony.melody.model import Connection, Melody, Node
from harmony.symphony import Symphony

PLAYERS = """
from harmony.players import Text, operator


@operator("Say", category="Mine", deterministic=True)
def say(*, text: str = "hush") -> Text:
    return Text(text)


@operator("Shout", category="Mine", deterministic=True)
def shout(text: Text) -> Text:
    return Text(BODY)
"""


@pytest.fixture
def left(stage: Any, tmp_path: Path, harmony_home: Path) -> Callable[..., Any]:
    """Leaves a run behind that was paused when the program ended, its Players edited since or not;
    its id. The window is open again."""
    folder = tmp_path / "mine"
    folder.mkdir()

    def write(body: str) -> None:
        (folder / "loud.py").write_text(PLAYERS.replace("BODY", body), encoding="utf-8")

    async def leave(edited: str = "") -> str:
        await stage.close()
        write("text.upper()")
        settings = {"players_folders": [str(folder)]}
        await asyncio.to_thread(
            (harmony_home / "settings.json").write_text, json.dumps(settings), "utf-8"
        )
        nodes = (Node("say", "mine/say"), Node("shout", "mine/shout", x=288))
        wire = Connection("say", "text", "shout", "text")
        melody = Melody("w", "Whisper", "", {n.id: n for n in nodes}, {wire: "hard"})
        async with await Symphony.open() as symphony:
            assert not symphony.catalogue.problems
            run = await symphony.start(melody)
            run.pause()
        if edited:
            write(edited)
        await stage.open()
        await stage.window.desk.time.open_past(run.id)
        return run.id

    return leave


async def asked(stage: Any, keys: str = "F8") -> QMessageBox:
    """Press Resume; the dialog that asks."""
    stage.shortcut(keys)

    def found() -> QMessageBox | None:
        boxes = stage.window.findChildren(QMessageBox)
        return next((box for box in boxes if box.isVisible()), None)

    return await stage.until(found)


def names(box: QMessageBox) -> set[str]:
    return {button.objectName() for button in box.findChildren(QPushButton)} - {""}


async def test_a_run_whose_players_changed_goes_on_with_the_present_ones(
    stage: Any, left: Any
) -> None:
    run = await left("text.upper() * 2")
    box = await asked(stage)
    assert "“mine”" in box.text()
    assert names(box) >= {"answer.migrate", "answer.anyway", "answer.discard", "answer.cancel"}
    stage.press(Qt.Key.Key_Return)  # the first is the default
    await stage.until(lambda: stage.document.model.run != run)
    assert await stage.run_ended() == "Completed"
    assert stage.document.model.tasks["shout"].outputs["text"]["value"] == "HUSHHUSH"
    assert stage.symphony.show(stage.document.model.run).summary.parent == run


async def test_a_run_under_which_the_program_died_often_is_resumed_anyway(
    stage: Any, left: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await left()
    monkeypatch.setattr("harmony.symphony.running.MOST_CRASHES", 0)
    box = await asked(stage)
    assert "ended suddenly" in box.text()
    assert "answer.migrate" not in names(box)
    stage.press(Qt.Key.Key_Escape)
    await stage.until(lambda: not box.isVisible())
    assert stage.document.model.state == "Interrupted", "nothing was done"
    await stage.to_canvas()
    box = await asked(stage)
    stage.click(box.findChild(QPushButton, "answer.anyway"))
    await stage.until(lambda: stage.document.model.state == "Completed")
    assert stage.document.model.run == run


async def test_a_refused_run_is_discarded_from_the_history(
    stage: Any, left: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await left()
    monkeypatch.setattr("harmony.symphony.running.MOST_CRASHES", 0)
    stage.shortcut("Ctrl+H")
    history = stage.window.history
    await stage.until(lambda: history.model.runs)
    history.select_run(run)
    stage.click(history.resume_button)
    box = await asked(stage, "F6")
    stage.click(box.findChild(QPushButton, "answer.discard"))
    await stage.until(lambda: stage.symphony.show(run).state == "Cancelled")
    await stage.until(lambda: stage.document.model.state == "Cancelled")
    await stage.until(lambda: stage.window.history.model.row(0).state == "cancelled")
