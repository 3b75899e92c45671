"""From the start of a process to an answer: of the Board, and of commands in the terminal.

The Board is watched from inside, with the eyes and the hand of a person: `painted` is when the
start page has been painted; then a real Tab key goes to the window, and `answered` is when what it
did (the focus ring round a card) has been painted too: that is what *interactive* means here. Later
an example is clicked while the engine still comes up, and `opened` is when it is painted on its
canvas; `ready` is when the engine is up and Run would run. All are times since the process started;
`longest` is the longest time in which the window's loop did not come round until `ready`.

The floor is a program that does nothing but show a bare QMainWindow; for the terminal, an
interpreter that does nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import os
import subprocess
import tempfile
import time

from measuring import row, seconds

ROUNDS = 5

BARE_WINDOW = """
import os, sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
def painted():
    window.repaint()
    print('{"painted": %r}' % time.time(), flush=True)
    os._exit(0)
QTimer.singleShot(0, painted)
app.exec()
"""

BOARD = """
import json, os, sys, time
from PySide6.QtCore import QPoint, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication
from harmony.board.main import main
from harmony.board.window import BoardWindow

CLICKS = sys.argv[1] == "click"
seen = {}

def tell():
    print(json.dumps(seen), flush=True)
    os._exit(0)

class Eyes(QObject):
    '''Sees what is painted. Looks through the loop itself: nothing of the Board is changed.'''

    def __init__(self, window):
        super().__init__()
        self.window, self.stage = window, "painting"
        self.first, self.next = window.gallery.cards[:2]
        self.turned = time.perf_counter()
        self.longest = 0.0
        self.timer = QTimer(self, interval=2)
        self.timer.timeout.connect(self.turn)
        for card in window.gallery.cards:
            card.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            if self.stage == "painting":
                self.stage = "painted"
                QTimer.singleShot(0, self.painted)
            elif self.stage == "pressed" and watched is self.next and watched.hasFocus():
                self.stage = "answering"
                QTimer.singleShot(0, self.answered)
        return False

    def painted(self):
        seen["painted"] = time.time()
        self.stage = "pressed"
        self.turned = time.perf_counter()
        self.timer.start()
        self.press()

    def press(self):
        if not self.window.isActiveWindow():
            QTimer.singleShot(0, self.press)  # the keyboard belongs to it in a moment
            return
        from PySide6.QtTest import QTest  # the hand: what it takes to fetch it is not the Board's

        self.first.setFocus()
        self.pressed = time.time()
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_Tab)

    def answered(self):
        from PySide6.QtTest import QTest

        seen["answered"] = seen["painted"] + time.time() - self.pressed
        self.stage = "answered"
        if not CLICKS:
            return
        place = self.first.mapTo(self.window, QPoint(40, 40))
        QTest.mouseClick(self.window.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
        if not self.window.status.notice.text():
            raise SystemExit("the click did nothing")

    def turn(self):
        now = time.perf_counter()
        self.longest = max(self.longest, now - self.turned)
        self.turned = now
        if self.window.is_up and self.stage == "answered":
            if not CLICKS:
                seen["ready"], seen["longest"] = time.time(), self.longest
                tell()
            self.stage = "up"
        elif self.stage == "up" and self.window.page is not None:
            self.window.repaint()
            seen["opened"] = time.time()
            tell()

show = BoardWindow.show
def shown(window):
    show(window)
    window.eyes = Eyes(window)
BoardWindow.show = shown
main([])
os._exit(1)
"""


def run() -> Iterable[dict[str, Any]]:
    """The Board as a person waits for it; then a few commands."""
    yield from board()
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), ROUNDS)
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        environment = {**os.environ, "HARMONY_HOME": home}
        for command in (("--version",), ("states", "task"), ("runs",), ("players", "list")):
            taken = seconds(lambda command=command: start(command, environment), ROUNDS)
            yield row("boot", f"harmony {' '.join(command)}", taken * 1e3, "ms", bare * 1e3)


def board() -> Iterable[dict[str, Any]]:
    """The moments of a start, the best of some rounds each; all beside the bare window."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HARMONY_HOME": home}
        program(BOARD, environment, "wait")  # compiles what was not compiled, makes the folders
        rounds: list[dict[str, float]] = []
        for _ in range(ROUNDS):
            floor = program(BARE_WINDOW, environment)
            found = program(BOARD, environment, "wait")
            found |= {"opened": program(BOARD, environment, "click")["opened"]}
            rounds.append({"floor": floor["painted"], **found})
    best = {name: min(found[name] for found in rounds) * 1e3 for name in rounds[0]}
    for name, what in (
        ("answered", "start page painted, a key answered"),
        ("painted", "start page painted"),
        ("ready", "engine up"),
        ("opened", "an example clicked at once is open"),
        ("longest", "longest wait until then"),
    ):
        yield row("boot", what, best[name], "ms", best["floor"])


def program(text: str, environment: dict[str, str], *arguments: str) -> dict[str, float]:
    """Run a program to its end: its moments in seconds since it was started."""
    started = time.time()
    ended = subprocess.run(
        [sys.executable, "-c", text, *arguments],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
    )
    moments: dict[str, float] = json.loads(ended.stdout)
    return {
        name: moment if name == "longest" else moment - started for name, moment in moments.items()
    }


def start(command: tuple[str, ...], environment: dict[str, str]) -> None:
    """Run the command to its end."""
    subprocess.run(
        [sys.executable, "-m", "harmony", *command],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )
