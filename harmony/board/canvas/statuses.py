"""What a run says, gathered for a frame and then painted once, however often it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer

from harmony.board.canvas.motion import Motion
from harmony.board.canvas.scene import CanvasScene
from harmony.board.status import IDLE, NodeStatus

_FRAME: Final = 16
"""Milliseconds."""


class Statuses:
    """The statuses that wait for the next frame. `shown` is called when some have changed."""

    def __init__(self, parent: QObject, scene: CanvasScene, shown: Callable[[], None]) -> None:
        self._scene = scene
        self._shown = shown
        self._waiting: dict[str, NodeStatus] = {}
        self.motion = Motion(parent, scene.advance_motion)
        self._frame = QTimer(parent, interval=_FRAME, singleShot=True)
        self._frame.timeout.connect(self._paint)

    def tell(self, statuses: Mapping[str, NodeStatus]) -> None:
        """Take what a run says of these nodes."""
        self._waiting.update(statuses)
        if not self._frame.isActive():
            self._frame.start()

    def of(self, node_id: str) -> NodeStatus:
        """What was last said of a node."""
        return self._waiting.get(node_id) or self._scene.statuses.get(node_id, IDLE)

    def _paint(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if self._scene.set_statuses(waiting):
            self._shown()
        self.motion.run(self._scene.any_running())
