"""The window before the engine is up: it answers, keeps what was asked for, and may be closed."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from shiboken6 import isValid

from harmony.board.asked import Asked
from harmony.board.furnishing import furnish
from harmony.board.layout import WindowLayout
from harmony.board.look import Look
from harmony.board.main import _go_on
from harmony.board.problems import Problems
from harmony.board.window import BoardWindow
from harmony.foundation.paths import DataFolder, data_folder
from harmony.foundation.words import render
from harmony.ipc.qt import QtProcessHost
from harmony.symphony import Symphony


@dataclass
class Early:
    """A window as it stands before there is an engine."""

    window: BoardWindow
    problems: Problems

    def click(self, number: int) -> None:
        card = self.window.gallery.cards[number]
        QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))

    async def come_up(self) -> Symphony:
        symphony = await Symphony.open(None, QtProcessHost)
        for _ in furnish(self.window, symphony, WindowLayout()):
            await asyncio.sleep(0)
        self.window.begin()
        self.window.asked.begin()
        return symphony

    async def end(self, symphony: Symphony) -> None:
        await self.window.background.finish()
        self.window.let_go()
        await symphony.close()


@pytest.fixture
def early(qapp: Any, look: Look, harmony_home: Path) -> Iterator[Early]:
    problems = Problems()
    window = BoardWindow(look, problems)
    window.apply_layout(WindowLayout())
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    yield Early(window, problems)
    if isValid(window):  # a program that came to its end has put it away itself
        window.hide()
        window.deleteLater()
    assert not problems.kept


def folder() -> DataFolder:
    return data_folder().ensure()


def test_the_start_page_needs_neither_engine_nor_document_model(harmony_home: Path) -> None:
    program = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from harmony.board.look import Look\n"
        "from harmony.board.problems import Problems\n"
        "from harmony.board.window import BoardWindow\n"
        "window = BoardWindow(Look(app, 'dark'), Problems())\n"
        "window.grab()\n"
        "heavy = {'asyncio', 'msgspec', 'apsw', 'networkx', 'harmony.melody.document',\n"
        "         'harmony.symphony', 'harmony.conductor', 'harmony.board.canvas'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]", ended.stderr


async def test_examples_clicked_at_once_open_in_their_order_when_the_engine_is_up(
    loop: Any, early: Early
) -> None:
    first, second = (early.window.gallery.cards[n].accessibleName() for n in (0, 1))
    early.click(0)
    early.click(1)
    assert early.window.status.notice.text() == render("board.waits_for_start", name=second)
    symphony = await early.come_up()
    assert early.window.status.notice.text() == "", "it waits no longer"
    assert [d.title for d in early.window.workspace.documents] == [first, second]
    assert early.window.workspace.current is early.window.workspace.documents[1]
    await early.end(symphony)


async def test_a_shortcut_pressed_early_is_done_later_and_said_to_wait(
    loop: Any, early: Early
) -> None:
    QTest.keySequence(early.window, "Ctrl+N")
    name = early.window.registry.get("file.new").name
    assert early.window.status.notice.text() == render("board.waits_for_start", name=name)
    symphony = await early.come_up()
    assert len(early.window.workspace.documents) == 1
    await early.end(symphony)


def test_until_it_is_up_the_status_says_so_and_nothing_can_run(early: Early) -> None:
    assert early.window.status.state.text() == render("board.starting")
    assert not early.window.command_actions.by_id["run.run"].isEnabled()


async def test_the_window_looks_the_same_before_and_after_but_for_its_status(
    loop: Any, early: Early
) -> None:
    def above_the_status() -> Any:
        whole = early.window.grab().toImage()
        return whole.copy(0, 0, whole.width(), whole.height() - early.window.status.height())

    await asyncio.sleep(0.05)
    before = above_the_status()
    symphony = await early.come_up()
    await asyncio.sleep(0.05)
    assert above_the_status() == before
    assert early.window.status.state.text() == render("board.ready")
    await early.end(symphony)


def test_a_window_closed_at_once_ends_the_program(qapp: Any, early: Early) -> None:
    early.window.close()
    assert _go_on(qapp, early.window, folder(), WindowLayout(), ()) == 0


def test_a_window_closed_while_the_engine_comes_up_leaves_nothing_behind(
    qapp: Any, early: Early, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = early.window.status.show_mode
    closed = []

    def close(mode: str) -> None:  # the last thing but one that furnishing does
        before(mode)
        closed.append(early.window.close())

    monkeypatch.setattr(early.window.status, "show_mode", close)
    assert _go_on(qapp, early.window, folder(), WindowLayout(), ()) == 0
    assert closed
    assert list(folder().home.glob("window-layout.json")) == [], "what was kept stays as it was"
    gc.collect()


def test_an_engine_that_cannot_come_up_is_told_of(
    qapp: Any, early: Early, capsys: pytest.CaptureFixture[str]
) -> None:
    folder().settings_file.write_text('{"hot_days": "many"}', encoding="utf-8")
    assert _go_on(qapp, early.window, folder(), WindowLayout(), ()) == 1
    assert "hot_days" in capsys.readouterr().err
    assert early.window.status.state.text() == render("board.no_start")


def test_what_waits_is_done_once_and_what_fails_does_not_stop_the_rest() -> None:
    done: list[str] = []
    failed: list[BaseException] = []
    told: list[str] = []
    asked = Asked(told.append, failed.append)

    def fail() -> None:
        raise ValueError("no")

    asked.do(fail, "first")
    asked.do(lambda: done.append("second"), "second")
    asked.begin()
    asked.do(lambda: done.append("third"), "third")
    assert told == ["first", "second"]
    assert done == ["second", "third"]
    assert [str(error) for error in failed] == ["no"]


def test_while_the_window_is_up_no_thread_collects_garbage_by_itself(
    qapp: Any, early: Early
) -> None:
    found: list[bool] = []

    def look() -> None:
        found.append(gc.isenabled())
        early.window.close()

    # Asked for early: it is done when the engine is up, and then the window stands as it will.
    early.window.asked.do(lambda: QTimer.singleShot(0, look), "look")
    assert _go_on(qapp, early.window, folder(), WindowLayout(), ()) == 0
    assert found == [False]
    assert gc.isenabled()
