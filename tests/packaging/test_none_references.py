"""A void call into Qt must not eat a reference to `None`.

PySide6 6.12.0 does on Python before 3.12: after some thousand calls the process aborts. The count
is taken in a process of its own, where nothing else moves it.
"""

from __future__ import annotations

import subprocess
import sys

CALLS = 5_000
# From Python 3.12 on None is immortal and its count never moves; there, not aborting is the test.
COUNT = f"""
import sys
from PySide6.QtCore import QObject, QTimer
timer = QTimer()
thing = QObject()
def call():
    for _ in range({CALLS}):
        timer.stop()
        timer.setInterval(5)
        thing.setObjectName("a")
call()
before = sys.getrefcount(None)
call()
print(sys.getrefcount(None) - before)
"""


def test_thousands_of_void_calls_leave_the_references_to_none_alone() -> None:
    done = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert abs(int(done.stdout)) < 50
