"""One window on a data folder: a second start hands its files to the first one and ends.

The first start listens on a socket in the private runtime folder; whoever can connect is this user.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from harmony.board.errors import BoardError

_SOCKET: Final = "window"
_LOCK: Final = "window.lock"
_PATIENCE_MS: Final = 3_000
_LONGEST_MESSAGE: Final = 1 << 20


class WindowLock(QObject):
    """`raised` is sent with the paths (a tuple) that another start was given."""

    raised = Signal(object)

    def __init__(self, runtime_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = str(runtime_folder / _SOCKET)
        # The lock decides who is first; a socket file may be a left-over of a killed program.
        self._lock = QLockFile(str(runtime_folder / _LOCK))
        self._lock.setStaleLockTime(0)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        self._received: dict[QLocalSocket, bytes] = {}

    def take(self) -> bool:
        """Become the window of this data folder. False when another one lives.

        Raises BoardError when the socket cannot be listened on.
        """
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._path)
        if not self._server.listen(self._path):
            self._lock.unlock()
            raise BoardError("board.window_socket", reason=self._server.errorString())
        return True

    def raise_other(self, paths: tuple[str, ...]) -> bool:
        """Ask the living window to come forward and open files. False when it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._path)
        if not socket.waitForConnected(_PATIENCE_MS):
            return False
        socket.write(json.dumps({"open": list(paths)}).encode())
        socket.waitForBytesWritten(_PATIENCE_MS)
        socket.disconnectFromServer()
        if socket.state() != QLocalSocket.LocalSocketState.UnconnectedState:
            socket.waitForDisconnected(_PATIENCE_MS)
        return True

    def release(self) -> None:
        """Let another start become the window."""
        self._server.close()
        self._lock.unlock()

    def _connected(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._received[socket] = b""
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(self._complete)
            if socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
                self._finish(socket)

    def _read(self) -> None:
        for socket in list(self._received):
            self._received[socket] += bytes(socket.readAll().data())
            if len(self._received[socket]) > _LONGEST_MESSAGE:
                socket.abort()

    def _complete(self) -> None:
        unconnected = QLocalSocket.LocalSocketState.UnconnectedState
        for socket in [s for s in self._received if s.state() == unconnected]:
            self._finish(socket)

    def _finish(self, socket: QLocalSocket) -> None:
        data = self._received.pop(socket, b"") + bytes(socket.readAll().data())
        socket.deleteLater()
        try:
            message = json.loads(data)
            paths = tuple(path for path in message["open"] if isinstance(path, str))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BoardError("board.window_message") from error
        self.raised.emit(paths)
