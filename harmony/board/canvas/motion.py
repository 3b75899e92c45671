"""What moves by itself: dashes of wires in use, arcs without an end, seconds of running nodes.

A clock that stands still while nothing runs. With motion off, only the seconds go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

_STEP: Final = 40
_SECONDS_STEP: Final = 500
_DASH_SPEED: Final = 26.0
"""Scene units a second."""
_TURN: Final = 1.4
"""Seconds for one turn of an arc."""


class Motion:
    """Calls `advance(now, phase, turn)` while there is something to move."""

    def __init__(self, parent: QObject, advance: Callable[[float, float, float], None]) -> None:
        self._advance = advance
        self._timer = QTimer(parent)
        self._timer.timeout.connect(self.step)
        self._moves = True

    def allow(self, moves: bool) -> None:
        """Say whether dashes and arcs may move."""
        self._moves = moves
        if self._timer.isActive():
            self._timer.start(_STEP if moves else _SECONDS_STEP)
            self.step()

    def run(self, running: bool) -> None:
        """Say whether anything is at work."""
        if not running:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(_STEP if self._moves else _SECONDS_STEP)
        if running:
            self.step()

    def step(self) -> None:
        """Advance to this moment."""
        now = time.monotonic()
        if self._moves:
            self._advance(now, (now * _DASH_SPEED) % 1000.0, now % _TURN / _TURN)
        else:
            self._advance(now, 0.0, 0.0)
