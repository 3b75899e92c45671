"""What every test is watched for is really noticed: a session of its own with bad tests in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BAD = """
import asyncio, gc, os, subprocess, threading
import pytest

def test_leaves_a_process():
    test_leaves_a_process.process = subprocess.Popen(["sleep", "300"])

def test_raises_in_a_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

def test_loses_a_coroutine():
    async def fail():
        raise ValueError("lost")
    async def start():
        task = asyncio.ensure_future(fail())
        while not task.done():
            await asyncio.sleep(0)
    asyncio.run(start())
    gc.collect()

def test_raises_in_a_loop_callback():
    async def start():
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: 1 / 0)
        after = loop.create_future()
        loop.call_soon(after.set_result, None)
        await after
    asyncio.run(start())

def test_raises_in_a_finalizer():
    class Bad:
        def __del__(self):
            raise ValueError("finalizer")
    Bad()

def test_leaves_a_widget(qapp):
    from PySide6.QtWidgets import QWidget
    test_leaves_a_widget.widget = QWidget()

def test_warns(qapp):
    from PySide6.QtCore import qWarning
    qWarning("careful")

@pytest.fixture
def late(qapp):
    yield
    from PySide6.QtCore import qWarning
    qWarning("late")

def test_warns_at_teardown(late):
    pass

def test_raises_in_a_slot(qapp):
    from PySide6.QtCore import QTimer
    QTimer.singleShot(0, lambda: 1 / 0)
    qapp.processEvents()

def test_raises_under_qasync(qapp):
    import qasync
    loop = qasync.QEventLoop(qapp)
    async def start():
        loop.call_soon(lambda: 1 / 0)
        await asyncio.sleep(0.01)
    with loop:
        loop.run_until_complete(start())

def test_orphans_a_process():
    line = "sleep 301 >/dev/null 2>&1 & echo $!"
    shell = subprocess.run(["sh", "-c", line], check=True, capture_output=True, text=True)
    # Until the fork has become `sleep`, its variables may for an instant not be readable.
    while not open(f"/proc/{shell.stdout.strip()}/cmdline").read().startswith("sleep"):
        pass
"""

GOOD = """
import os, subprocess
import pytest

@pytest.fixture(scope="module")
def server():
    process = subprocess.Popen(["sleep", "300"])
    yield process
    process.kill()
    process.wait()

def test_shares_a_process(server):
    assert server.poll() is None

def test_shares_it_again(server):
    assert server.poll() is None

def test_ends_its_process():
    process = subprocess.Popen(["sleep", "300"])
    process.terminate()
    process.wait()

def test_gives_its_window_back(qtbot):
    from PySide6.QtWidgets import QMainWindow, QMenu
    window = QMainWindow()
    qtbot.addWidget(window)
    QMenu(window)

def test_drops_its_window(qapp):
    from PySide6.QtWidgets import QWidget
    widget = QWidget()
    widget.itself = widget
    widget.deleteLater()

def test_has_a_home_of_its_own(tmp_path):
    assert os.environ["HARMONY_HOME"].startswith(str(tmp_path))
"""


def outcomes(folder: Path, source: str) -> tuple[set[str], str]:
    """Run one file of tests under the real conftest; the names that failed, and the output."""
    tests = folder / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tests)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (tests / "test_them.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
    )
    summary = [
        line
        for line in done.stdout.splitlines()
        if line.startswith(("ERROR tests/", "FAILED tests/"))
    ]
    return {line.split("::")[1].split(" ")[0] for line in summary}, done.stdout


def test_what_a_test_leaves_behind_fails_it(tmp_path: Path) -> None:
    failed, output = outcomes(tmp_path, BAD)
    written = {line[4:].split("(")[0] for line in BAD.splitlines() if line.startswith("def test_")}
    assert failed == written, output
    for said in ("sleep 300", "sleep 301", "careful", "late", "QWidget", "lost", "finalizer"):
        assert said in output


def test_a_test_that_cleans_up_passes(tmp_path: Path) -> None:
    failed, output = outcomes(tmp_path, GOOD)
    assert failed == set(), output
    assert "6 passed" in output
