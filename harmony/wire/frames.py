"""Frames: a 4-byte big-endian length, then that many bytes (DESIGN.md section 5, Messages).

The decoder takes whatever a read returned, in pieces of any size, and gives back all frames that
are whole by now. It never holds more than one unfinished frame, and refuses a frame that is larger
than its limit as soon as the length is known, before any of the content is kept.
"""

from __future__ import annotations

from typing import Final

from harmony.wire.errors import FrameError

HEADER: Final = 4
FRAME_LIMIT: Final = 8 * 1024 * 1024
"""The most bytes of a frame from a child to the program."""
FRAME_LIMIT_TO_CHILD: Final = 64 * 1024 * 1024
"""The most bytes of a frame to a child, which trusts its parent; long lists go this way."""


def frame(payload: bytes, limit: int = FRAME_LIMIT) -> bytes:
    """The payload with its length in front. Raises FrameError when empty or over the limit."""
    size = len(payload)
    _check(size, limit)
    return size.to_bytes(HEADER, "big") + payload


class FrameDecoder:
    """Bytes in, whole frames out. After an error it must not be fed again."""

    __slots__ = ("_buffer", "limit")

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self.limit = limit
        self._buffer = bytearray()

    @property
    def buffered(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are whole with this piece, in order. Raises FrameError."""
        # A read mostly holds whole frames only: then nothing is copied into the buffer.
        source: bytes | bytearray = data
        if self._buffer:
            self._buffer += data
            source = self._buffer
        frames: list[bytes] = []
        position, end = 0, len(source)
        while end - position >= HEADER:
            size = int.from_bytes(source[position : position + HEADER], "big")
            _check(size, self.limit)
            stop = position + HEADER + size
            if stop > end:
                break
            frames.append(bytes(source[position + HEADER : stop]))
            position = stop
        if source is self._buffer:
            del self._buffer[:position]
        elif position < end:
            self._buffer += data[position:]
        return frames


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise FrameError("wire.frame_too_large", size=size, limit=limit)
    if size == 0:
        raise FrameError("wire.frame_empty")
