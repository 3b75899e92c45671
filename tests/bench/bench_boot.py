"""Milliseconds from the command to its answer; the floor is an interpreter that does nothing.

And from the start of the program to a Board that has painted its start page and answers; the floor
is a program that does the same with a bare window. And a melody file read as the gallery reads its
examples; the floor is the parser alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import json
import os
import subprocess
import tempfile

from measuring import cpu_seconds, row, seconds

from harmony.melody import file
from harmony.melody.model import Connection, Melody, Node

ROUNDS = 4

# Each ends by itself once its window is painted and the event loop has come round.
BOARD = """
import os
from PySide6.QtCore import QTimer
from harmony.board.window import BoardWindow
show = BoardWindow.show
def shown(window):
    show(window)
    QTimer.singleShot(0, lambda: (window.repaint(), os._exit(0)))
BoardWindow.show = shown
from harmony.board.main import main
main([])
os._exit(1)
"""
BARE_WINDOW = """
import os
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
QTimer.singleShot(0, lambda: (window.repaint(), os._exit(0)))
app.exec()
"""


def run() -> Iterable[dict[str, Any]]:
    """A command that reads one chart, one that reads the store, one that brings the engine up."""
    offscreen = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        environment = {**offscreen, "HARMONY_HOME": home}
        floor = seconds(lambda: script(BARE_WINDOW, environment), ROUNDS)
        taken = seconds(lambda: script(BOARD, environment), ROUNDS)
        yield row("boot", "the Board with its start page", taken * 1e3, "ms", floor * 1e3)
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), ROUNDS)
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as home:
        environment = {**os.environ, "HARMONY_HOME": home}
        for command in (("--version",), ("states", "task"), ("runs",), ("players", "list")):
            taken = seconds(lambda command=command: start(command, environment), ROUNDS)
            yield row("boot", f"harmony {' '.join(command)}", taken * 1e3, "ms", bare * 1e3)
    data = file.dumps(a_large_melody())
    parsed = cpu_seconds(lambda: json.loads(data), 3 * ROUNDS)
    read = cpu_seconds(lambda: file.loads(data, "large.melody"), 3 * ROUNDS)
    yield row("boot", "a melody of 1,000 nodes read", read * 1e3, "ms", parsed * 1e3)


def a_large_melody() -> Melody:
    """Twenty layers of fifty nodes, each with two wires from the layer before."""
    melody = Melody("large", "Large")
    for at in range(1000):
        layer, place = divmod(at, 50)
        parameters = {"path": f"data-{at}.csv", "amount": at}
        melody.nodes[f"node-{at}"] = Node(
            f"node-{at}", "library/join", x=layer * 280, y=place * 120, parameters=parameters
        )
        for source in (at - 50, (at * 7 + 3) % 50 + (layer - 1) * 50) if layer else ():
            melody.connections[Connection(f"node-{source}", "text", f"node-{at}", "texts")] = "hard"
    return melody


def start(command: tuple[str, ...], environment: dict[str, str]) -> None:
    """Run the command to its end."""
    subprocess.run(
        [sys.executable, "-m", "harmony", *command],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment,
    )


def script(text: str, environment: dict[str, str]) -> None:
    """Run a program to its end."""
    subprocess.run([sys.executable, "-c", text], check=True, env=environment)
