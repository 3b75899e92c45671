"""Fetches the rest of the program while the start page is on the screen and answers.

Python takes half a second of processor time to load the engine and the canvas; in one piece that
would be half a second without an answer. What has nothing to do with Qt is loaded in a thread. What
has is loaded in the main thread, a few modules at each turn of the loop: PySide makes a class of Qt
when it is first named, and two threads must not make the same one. The thread calls nothing of Qt,
not even to say that it is over: the main thread looks (a test watches both).
"""

from __future__ import annotations

import importlib
from threading import Thread
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal

if TYPE_CHECKING:
    from harmony.board.window import BoardWindow

IN_A_THREAD: Final = (
    "asyncio",
    "harmony.symphony.facade",
    "harmony.conductor.critical_path",
    "harmony.ipc.supervision",
    "harmony.melody.clipboard",
    "harmony.melody.document",
    "harmony.melody.layout",
    "harmony.polyphony.run_history",
    "harmony.states.canvas",
    "hmac",
    "html",
    "secrets",
)
"""Without Qt. Each brings with it what it needs."""

BY_TURNS: Final = (
    "qasync",
    "harmony.ipc.qt",
    "harmony.board.canvas.geometry",
    "harmony.board.canvas.face",
    "harmony.board.canvas.hit",
    "harmony.board.canvas.paint.node_painter",
    "harmony.board.canvas.paint.note_painter",
    "harmony.board.canvas.selection",
    "harmony.board.canvas.gestures.gesture",
    "harmony.board.canvas.items",
    "harmony.board.canvas.scene",
    "harmony.board.canvas.tips",
    "harmony.board.palette.player_list",
    "harmony.board.add_node",
    "harmony.board.closing",
    "harmony.board.canvas.gestures.choosing",
    "harmony.board.canvas.camera",
    "harmony.board.canvas.keyboard",
    "harmony.board.canvas.overlays",
    "harmony.board.canvas.placement",
    "harmony.board.canvas.pointing",
    "harmony.board.canvas.writing",
    "harmony.board.canvas.view",
    "harmony.board.run_view.account",
    "harmony.board.run_view.run_words",
    "harmony.board.run_view.run_model",
    "harmony.board.documents.open_document",
    "harmony.board.documents.page",
    "harmony.board.form.form",
    "harmony.board.viewers.chart_view",
    "harmony.board.viewers.table_view",
    "harmony.board.viewers.value_view",
    "harmony.board.inspector.task_pages",
    "harmony.board.inspector.many_panel",
    "harmony.board.inspector.melody_panel",
    "harmony.board.inspector.failure_section",
    "harmony.board.inspector.repeat_section",
    "harmony.board.inspector.node_panel",
    "harmony.board.inspector.inspector",
    "harmony.board.run_view.lanes",
    "harmony.board.run_view.run_facts",
    "harmony.board.run_view.run_panel",
    "harmony.board.commands.command_palette",
    "harmony.board.documents.workspace",
    "harmony.board.history.history_panel",
    "harmony.board.palette.palette",
    "harmony.board.run_view.run_flow",
    "harmony.board.furnishing",
)
"""With Qt, those first that others need. The last brings whatever was not named."""

_LOOK_MS: Final = 4
"""So often the main thread looks whether the other one is over."""


class _Loading(QObject):
    """`over` is sent when everything is loaded, or something could not be."""

    over = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self.thread_of_its_own = Thread(target=self._load, name="loading")
        self._left = list(reversed(BY_TURNS))
        self._turns = QTimer(self, interval=_LOOK_MS)
        self._turns.timeout.connect(self._turn)

    def begin(self) -> None:
        """Load; not before the loop turns."""
        self.thread_of_its_own.start()
        self._turns.start()

    def stop(self) -> None:
        """Load nothing more; what is loading in the thread comes to its end."""
        self._turns.stop()
        self._left.clear()
        if self.thread_of_its_own.ident is not None:
            self.thread_of_its_own.join()

    def _load(self) -> None:
        try:
            for name in IN_A_THREAD:
                importlib.import_module(name)
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            self.error = error

    def _turn(self) -> None:
        if self.thread_of_its_own.is_alive():
            return
        self._turns.setInterval(0)
        if self.error is None and self._left:
            try:
                importlib.import_module(self._left.pop())
            except BaseException as error:  # noqa: BLE001 - raised again by who waits
                self.error = error
        if self.error is not None or not self._left:
            self._turns.stop()
            self.over.emit()


def load_behind(window: BoardWindow) -> bool:
    """Load everything else while Qt's own loop serves the window. False: it was closed meanwhile.

    Raises what loading raised.
    """
    loading, loop = _Loading(), QEventLoop()
    loading.over.connect(loop.quit)
    window.closed.connect(loop.quit)
    # The first turn of the loop paints the window; the thread begins when that is done.
    QTimer.singleShot(0, loading, loading.begin)
    if window.isVisible():
        loop.exec()
    window.closed.disconnect(loop.quit)
    loading.stop()
    if loading.error is not None:
        raise loading.error
    return window.isVisible()
