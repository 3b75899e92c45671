"""One window on a data folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from harmony.board.errors import BoardError
from harmony.board.single_window import WindowLock

SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from harmony.board.single_window import WindowLock
app = QCoreApplication([])
lock = WindowLock(Path(sys.argv[1]))
assert not lock.take()
sys.exit(0 if lock.raise_other(tuple(sys.argv[2:])) else 3)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="harmony-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def first(folder: Path, qtbot: QtBot) -> Iterator[WindowLock]:
    lock = WindowLock(folder)
    assert lock.take()
    yield lock
    lock.release()


def test_a_second_start_hands_its_files_to_the_first(
    first: WindowLock, folder: Path, qtbot: QtBot
) -> None:
    command = [sys.executable, "-c", SECOND_START, str(folder), "/a b.melody", "/ü.melody"]
    with qtbot.waitSignal(first.raised, timeout=30_000) as told:
        second = subprocess.Popen(command)
    assert told.args == [("/a b.melody", "/ü.melody")]
    assert second.wait(30) == 0


def test_the_lock_can_be_taken_again_after_its_release(folder: Path, qtbot: QtBot) -> None:
    first = WindowLock(folder)
    assert first.take()
    first.release()
    second = WindowLock(folder)
    assert second.take()
    second.release()


def test_a_socket_left_by_a_killed_program_is_no_window(folder: Path, qtbot: QtBot) -> None:
    (folder / "window").write_text("left over")
    lock = WindowLock(folder)
    assert lock.take()
    lock.release()


def test_other_users_cannot_reach_the_window(first: WindowLock, folder: Path) -> None:
    assert (folder / "window").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("sent", [b"", b"not json", b"[]", b'{"open": 3}', b"[" * 100_000])
def test_garbage_is_told_of_and_opens_nothing(
    first: WindowLock, folder: Path, qtbot: QtBot, sent: bytes
) -> None:
    with qtbot.captureExceptions() as caught, qtbot.assertNotEmitted(first.raised):
        socket = QLocalSocket()
        socket.connectToServer(str(folder / "window"))
        assert socket.waitForConnected(5000)
        socket.write(sent)
        socket.flush()
        socket.disconnectFromServer()
        qtbot.waitUntil(lambda: bool(caught))
    assert issubclass(caught[0][0], BoardError)
