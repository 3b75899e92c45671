"""The Board on a data folder that can only be read: a page says so, shows past runs, and waits.

For the superuser no permission bit holds, so the folder is mounted on itself for reading only, in
a namespace of the program's own; for everybody else its right to be written is taken away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from harmony.melody.file import save
from harmony.melody.model import Melody, Node

MOUNTED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'

PERSON = """
import json, os, subprocess, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

home = os.environ["HARMONY_HOME"]
seen = {}

def look():
    pages = {type(widget).__name__: widget for widget in QApplication.topLevelWidgets()}
    page, window = pages.get("ReadOnlyPage"), pages.get("BoardWindow")
    if window is not None and window.isVisible():
        if window.is_up:
            seen["up"] = True
            timer.stop()
            window.end_now()
    elif page is not None and page.isVisible() and "again" not in seen:
        if page.runs.topLevelItemCount():
            on_page(page)

def on_page(page):
    runs = page.runs
    first = runs.topLevelItem(0)
    runs.setCurrentItem(first)
    seen["run"] = [first.text(column) for column in (0, 1, 3)]
    tasks = page.tasks
    seen["tasks"] = [tasks.topLevelItem(n).text(0) for n in range(tasks.topLevelItemCount())]
    seen["why"] = page.reason.text()
    page.grab().save(sys.argv[1])
    page.try_again.click()
    seen["again"] = page.isVisible()
    if sys.argv[2] == "close":
        page.leave.click()
        return
    if os.geteuid() == 0:
        subprocess.run(["mount", "-o", "remount,rw,bind", home], check=True)
    else:
        os.chmod(home, 0o700)
    page.try_again.click()

app = QApplication(["harmony-board"])
timer = QTimer(interval=20)
timer.timeout.connect(look)
timer.start()
from harmony.board.main import main
seen["status"] = main([])
print(json.dumps(seen))
"""


def board(home: Path, picture: Path, how: str) -> tuple[dict[str, object], str]:
    """Start the Board as `PERSON` uses it, to its end: what was seen, and its standard error."""
    before = ["unshare", "-m", "sh", "-c", MOUNTED, str(home)] if os.geteuid() == 0 else []
    if not before:
        home.chmod(0o500)
    try:
        done = subprocess.run(
            [*before, sys.executable, "-c", PERSON, str(picture), how],
            capture_output=True,
            text=True,
            env={**os.environ, "HARMONY_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
            timeout=120,
            check=False,
        )
    finally:
        home.chmod(0o700)
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def run_once(home: Path, melody: Path) -> None:
    made = Melody(id="m", name="words")
    made.nodes["text"] = Node("text", "harmony/text_value", parameters={"value": "one two"})
    save(melody, made)
    command = [sys.executable, "-m", "harmony", "run", str(melody)]
    environment = {**os.environ, "HARMONY_HOME": str(home)}
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=120)


def test_it_shows_past_runs_and_opens_when_the_folder_can_be_written(
    harmony_home: Path, tmp_path: Path
) -> None:
    run_once(harmony_home, tmp_path / "words.melody")
    seen, told = board(harmony_home, tmp_path / "page.png", "go on")
    assert seen["run"] == ["words", "Completed", "1/1"]
    assert seen["tasks"] == ["text"]
    assert f"The data folder {harmony_home} cannot be written to" in str(seen["why"])
    assert seen["again"] is True, "it went on although the folder cannot be written"
    assert (seen.get("up"), seen["status"]) == (True, 0)
    assert "Traceback" not in told


def test_the_page_can_be_closed_and_the_program_ends_with_the_reason(
    harmony_home: Path, tmp_path: Path
) -> None:
    run_once(harmony_home, tmp_path / "words.melody")
    seen, told = board(harmony_home, tmp_path / "page.png", "close")
    assert seen["status"] == 1
    assert "cannot be written to" in told
    assert "Traceback" not in told
