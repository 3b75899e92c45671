"""Fetches the rest of the program in a thread, while the start page is on the screen and answers.

Python takes half a second of processor time to load the engine and the canvas. In the main thread
that would be half a second without an answer; in another one the two take turns.
"""

from __future__ import annotations

import importlib
from threading import Thread
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal

if TYPE_CHECKING:
    from harmony.board.window import BoardWindow

BEHIND: Final = ("qasync", "harmony.ipc.qt", "harmony.symphony", "harmony.board.furnishing")
"""What is loaded behind the start page, in this order; each brings with it what it needs."""


class _Loading(QObject):
    """Loads modules in a thread; `over` is sent in the main thread when that has ended."""

    over = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self.thread_ = Thread(target=self._load, name="loading")

    def _load(self) -> None:
        try:
            for name in BEHIND:
                importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            self.error = error
        self.over.emit()


def load_behind(window: BoardWindow) -> bool:
    """Load everything else while Qt's own loop serves the window. False: it was closed meanwhile.

    Raises what loading raised.
    """
    loading, loop = _Loading(), QEventLoop()
    loading.over.connect(loop.quit)
    window.closed.connect(loop.quit)
    # The first turn of the loop paints the window; the thread begins when that is done.
    QTimer.singleShot(0, loading.thread_.start)
    loop.exec()
    window.closed.disconnect(loop.quit)
    loading.thread_.join()
    if loading.error is not None:
        raise loading.error
    return window.isVisible()
