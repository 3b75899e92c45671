"""SIGTERM and SIGINT as a Qt signal: log-out and Ctrl+C close the window in order.

Python runs a handler only between two of its own instructions, and Qt's loop may run none for long:
the wake-up socket makes it run some.
"""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal


class EndSignals(QObject):
    """`received` is sent in the main thread's loop."""

    received = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)
        self._before = {
            number: signal.signal(number, self._handle)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        self._old_wakeup = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)

    def release(self) -> None:
        """Put everything back as it was."""
        signal.set_wakeup_fd(self._old_wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.received.emit()

    def _woken(self) -> None:
        try:
            self._read.recv(64)
        except BlockingIOError:
            return  # another wake-up emptied it; there is nothing to do but to have run
