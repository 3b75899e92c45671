"""Frames: a 4-byte big-endian length, then that many bytes (DESIGN.md section 5, Messages).

The decoder takes whatever a read returned, in pieces of any size, and gives back all frames that
are whole by now. It never holds more than one unfinished frame, and refuses a frame that is larger
than its limit as soon as the length is known, before any of the content is kept.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from harmony.wire.errors import FrameError

_LENGTH: Final = Struct(">I")
HEADER: Final = _LENGTH.size
FRAME_LIMIT: Final = 8 * 1024 * 1024
"""The most bytes of a frame from a child to the program."""
FRAME_LIMIT_TO_CHILD: Final = 64 * 1024 * 1024
"""The most bytes of a frame to a child, which trusts its parent; long lists go this way."""


def frame(payload: bytes, limit: int = FRAME_LIMIT) -> bytes:
    """The payload with its length in front. Raises FrameError when empty or over the limit."""
    size = len(payload)
    if not 0 < size <= limit:
        raise _refusal(size, limit)
    return _LENGTH.pack(size) + payload


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
        buffer = self._buffer
        if buffer:
            buffer += data
            if len(buffer) < HEADER or len(buffer) < HEADER + self._announced():
                return []
            data = bytes(buffer)
            buffer.clear()
        frames: list[bytes] = []
        length_at, limit = _LENGTH.unpack_from, self.limit
        position, end = 0, len(data)
        while end - position >= HEADER:
            size: int = length_at(data, position)[0]
            if not 0 < size <= limit:
                raise _refusal(size, limit)
            start = position + HEADER
            if start + size > end:
                break
            position = start + size
            frames.append(data[start:position])
        if position < end:
            buffer += data[position:]
        return frames

    def _announced(self) -> int:
        """The size of the frame that is being received. Raises FrameError."""
        size: int = _LENGTH.unpack_from(self._buffer)[0]
        if not 0 < size <= self.limit:
            raise _refusal(size, self.limit)
        return size


def _refusal(size: int, limit: int) -> FrameError:
    if size == 0:
        return FrameError("wire.frame_empty")
    return FrameError("wire.frame_too_large", size=size, limit=limit)
