"""Garbage is collected in the main thread, and in no other.

Python collects in whichever thread makes the object that is one too many. A widget or another part
of Qt in a cycle would be taken down there: its timers cannot be stopped, and the program may die of
it. So collections do not come by themselves while the window is up; the window looks now and then
whether one is due (docs/decisions/2026-11-21-collected-in-the-main-thread.md).
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

LOOK_MS: Final = 100
"""Between two looks a busy program makes some ten thousand objects: a collection of 1 ms."""


class Collecting:
    """Collects from its making to `stop`, by Python's own thresholds, as often as objects are made.

    As with Python's own, all that lives is looked at only once a quarter more may have come.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._since_young = self._since_all = self._alive = 0
        self._timer = QTimer(parent, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect if it is due."""
        new, (least, young, old) = gc.get_count()[0], gc.get_threshold()
        if new <= least:
            return
        self._since_young += new
        self._since_all += new
        if self._since_all > max(least * young * old, self._alive // 4):
            gc.collect()
            self._alive = len(gc.get_objects())
            self._since_young = self._since_all = 0
        elif self._since_young > least * young:
            gc.collect(1)
            self._since_young = 0
        else:
            gc.collect(0)

    def stop(self) -> None:
        """Let Python collect again, if it did before. The timer may be gone with its parent."""
        self._timer.timeout.disconnect(self.look)
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
