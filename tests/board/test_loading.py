"""Which thread loads what, while the start page is on the screen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

# It watches import statements (PySide puts its own function in their place, so this one comes after
# it), modules that are found, and every call of a thread into a compiled function.
PROGRAM = """
import builtins, json, sys, threading
from PySide6.QtWidgets import QApplication
app = QApplication([])
from harmony.board.loading import BY_TURNS, IN_A_THREAD, load_behind
from harmony.board.look import Look
from harmony.board.problems import Problems
from harmony.board.window import BoardWindow

QT = ("PySide6", "shiboken6", "harmony.board", "qasync")
here, seen, found = threading.get_ident(), {"imports": [], "calls": []}, {"here": [], "there": []}

def is_of_qt(name):
    return name.startswith(QT)

def watch(name, globals=None, locals=None, fromlist=(), level=0, real=builtins.__import__):
    if threading.get_ident() != here and level == 0 and is_of_qt(name):
        seen["imports"].append(name)
    return real(name, globals, locals, fromlist, level)

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        found["here" if threading.get_ident() == here else "there"].append(name)

def profile(frame, event, argument):
    if event == "c_call":
        owner = getattr(argument, "__self__", None)
        kind = owner if isinstance(owner, type) else type(owner)
        whose = (getattr(argument, "__module__", None), kind.__module__)
        if any(str(module).startswith(("PySide6", "shiboken6")) for module in whose):
            seen["calls"].append(repr(argument))

builtins.__import__ = watch
sys.meta_path.insert(0, Finder)
threading.setprofile(profile)
window = BoardWindow(Look(app, "dark"), Problems())
window.show()
loaded = load_behind(window)
seen["found there"] = sorted(filter(is_of_qt, found["there"]))
seen["missed"] = [n for n in (*IN_A_THREAD, *BY_TURNS) if n not in sys.modules]
seen["there"], seen["here"] = len(found["there"]), len(list(filter(is_of_qt, found["here"])))
seen["loaded"] = loaded
print(json.dumps(seen))
"""


def start(program: str) -> Any:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_thread_that_loads_names_and_calls_nothing_of_qt(harmony_home: Path) -> None:
    seen = start(PROGRAM)
    assert seen["loaded"]
    assert seen["missed"] == []
    assert seen["there"] > 50, "the engine is loaded there"
    assert seen["here"] > 20, "the rest of the window is loaded here"
    assert (seen["imports"], seen["found there"], seen["calls"]) == ([], [], [])


def test_a_window_closed_while_all_is_loading_ends_the_loading(harmony_home: Path) -> None:
    closing = PROGRAM.replace(
        "loaded = load_behind(window)",
        "from PySide6.QtCore import QTimer\n"
        "QTimer.singleShot(30, window.close)\n"
        "loaded = load_behind(window)\n"
        "assert threading.active_count() == 1",
    )
    seen = start(closing)
    assert not seen["loaded"]
    assert seen["calls"] == []
