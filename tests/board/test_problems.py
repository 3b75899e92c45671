"""What goes wrong lands in one visible place."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from harmony.board.background import Background
from harmony.board.errors import DocumentError
from harmony.board.look import Look
from harmony.board.problems import ProblemBar, Problems


@pytest.fixture
def problems(qtbot: QtBot) -> Iterator[Problems]:
    made = Problems()
    yield made
    made.release()


def test_an_exception_in_a_slot_is_shown(
    problems: Problems, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    problems.catch_everything()
    QTimer.singleShot(0, lambda: 1 / 0)
    qtbot.waitUntil(lambda: len(problems.kept) == 1)
    assert problems.kept[0].message == "ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_an_exception_in_a_thread_is_shown(problems: Problems, qtbot: QtBot) -> None:
    problems.catch_everything()

    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(problems.kept) == 1)
    assert "in a thread" in problems.kept[0].details


async def test_an_exception_in_a_coroutine_is_shown(problems: Problems, loop: Any) -> None:
    background = Background(problems.report)

    async def fail() -> None:
        raise RuntimeError("in a coroutine")

    background.start(fail())
    await background.finish()
    await asyncio.sleep(0)
    assert "in a coroutine" in problems.kept[0].message


async def test_what_the_loop_complains_of_is_shown(problems: Problems, loop: Any) -> None:
    problems.catch_everything(loop)
    loop.call_exception_handler({"message": "odd"})
    loop.call_exception_handler({"message": "odd", "exception": ValueError("worse")})
    assert [p.message for p in problems.kept] == ["RuntimeError: odd", "ValueError: worse"]


def test_an_error_with_words_is_shown_by_its_words(problems: Problems, qtbot: QtBot) -> None:
    problems.report(DocumentError("board.not_trusted"))
    assert problems.kept[0].expected
    assert problems.kept[0].message.startswith("This melody came from elsewhere")


def test_the_bar_shows_counts_copies_and_goes_away(
    problems: Problems, qtbot: QtBot, look: Look
) -> None:
    bar = ProblemBar(problems, look)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    problems.report(RuntimeError("first"))
    problems.report(RuntimeError("second"))
    assert not bar.isHidden()
    assert bar.text.text() == "RuntimeError: second\nand 1 more before it"
    bar.details_button.click()
    assert "RuntimeError: second" in bar.details.toPlainText()
    bar.copy_button.click()
    assert QGuiApplication.clipboard().text().strip().endswith("RuntimeError: second")
    bar.close_button.click()
    assert bar.isHidden()
    assert len(problems.kept) == 2


def test_only_a_problem_the_user_could_mend_goes_away_when_it_is_mended(
    problems: Problems, look: Look, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    bar = ProblemBar(problems, look)
    qtbot.addWidget(bar)
    problems.report(DocumentError("board.unsaved_edits"))
    bar.settle()
    assert bar.isHidden()
    problems.report(RuntimeError("a mistake of the program"))
    bar.settle()
    assert not bar.isHidden()
    assert "a mistake of the program" in capsys.readouterr().err


def test_the_hooks_are_put_back(problems: Problems) -> None:
    before = threading.excepthook
    problems.catch_everything()
    assert threading.excepthook != before
    problems.release()
    assert threading.excepthook == before
