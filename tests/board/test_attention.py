"""What is to be noticed: refused Players in the palette, notices, Players that were read anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from harmony.board.palette.players_model import REFUSED_ROLE
from harmony.conductor.events import ProblemNoticed
from harmony.foundation import settings as settings_file
from harmony.pit.pool.breaker import CRASHES

PLAYER = '''
from harmony.players import Text, operator


@operator("Shout", category="Mine", deterministic=True)
def shout(text: Text) -> Text:
    """Say it louder."""
    return Text(text.upper() + "!")
'''


def row_of(stage: Any, player: str) -> Any:
    model = stage.window.palette_panel.model
    found = next(n for n, row in enumerate(model.rows) if getattr(row, "id", "") == player)
    return model.index(found, 0)


async def test_a_player_that_crashes_too_often_is_marked_in_the_palette(stage: Any) -> None:
    player = "harmony/python_snippet"
    assert not row_of(stage, player).data(REFUSED_ROLE)
    for _ in range(CRASHES):
        stage.symphony.house.pool.crashed(player)
    await stage.until(lambda: row_of(stage, player).data(REFUSED_ROLE))
    tip = row_of(stage, player).data(Qt.ItemDataRole.ToolTipRole)
    assert f"crashed {CRASHES} times" in tip
    assert "tried again in" in tip
    assert not row_of(stage, "harmony/read_table").data(REFUSED_ROLE)


async def test_a_notice_is_seen_in_the_window_and_waits_in_its_title(stage: Any) -> None:
    window = stage.window
    window.attention.eventFilter(window, QEvent(QEvent.Type.WindowDeactivate))
    behind = window.isActiveWindow
    window.isActiveWindow = lambda: False
    stage.symphony.events.publish(ProblemNoticed("Score failed: no text", 1.0, "r"))
    await stage.until(lambda: not window.problem_bar.isHidden())
    assert "Score failed: no text" in window.problem_bar.text.text()
    assert "Score failed" in window.status.notice.text()
    assert window.windowTitle() == "(1) Harmony Board"
    window.isActiveWindow = behind
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    assert window.windowTitle() == "Harmony Board"


async def test_players_of_a_folder_come_and_change_while_the_board_is_open(
    stage: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "loud.py").write_text(PLAYER)
    file = stage.symphony.house.data_folder.settings_file
    settings = settings_file.load(file)
    settings_file.save(file, type(settings)(players_folders=(str(folder),)))
    stage.window.desk.file.new()
    stage.window.command_actions.run("file.reload_players")

    def players() -> list[str]:
        return [getattr(row, "id", "") for row in stage.window.palette_panel.model.rows]

    await stage.until(lambda: "mine/shout" in players())
    assert "mine" in stage.window.status.notice.text()
    stage.window.desk.edit.add_at_center("mine/shout")
    assert "louder" in stage.document.document.spec("mine/shout").summary
    (folder / "loud.py").write_text(PLAYER.replace("Say it louder.", "Say it so that all hear."))
    stage.window.command_actions.run("file.reload_players")
    await stage.until(lambda: "hear" in stage.document.document.spec("mine/shout").summary)


async def test_a_file_of_players_that_cannot_be_read_is_said_where_it_is(
    stage: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "broken.py").write_text("def half(:\n")
    file = stage.symphony.house.data_folder.settings_file
    settings_file.save(file, settings_file.Settings(players_folders=(str(folder),)))
    stage.window.command_actions.run("file.reload_players")
    await stage.until(lambda: not stage.window.problem_bar.isHidden())
    assert "broken.py" in stage.window.problem_bar.text.text()
