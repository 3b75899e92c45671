"""What a task prints: through two pipes to the parent, so much and no more.

A task may print without end. What goes over the cap is dropped here, where it costs the program
nothing, and the task's log says how much it was. (What a library prints past Python, or a program
that a Player starts, is the parent's to cut.)

Tasks that are sent ahead follow one another faster than the parent looks into the pipes: it could
not tell whose words it finds there. What such a Player prints goes as messages of its task.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TextIO

CAP: Final = 8 * 1024 * 1024
"""Bytes that one task may print on each of both streams."""
_PIECE: Final = 16 * 1024

Say = Callable[[str, dict[str, Any]], None]


class Printing:
    """Standard output and standard error of this process."""

    def __init__(self) -> None:
        self._pipes = (_Pipe(1, "info"), _Pipe(2, "warning"))
        out, err = (_text_stream(pipe) for pipe in self._pipes)
        self._streams = (out, err)
        sys.stdout, sys.stderr = out, err

    def as_messages(self, say: Say) -> None:
        """What is printed until the end of the task goes as its messages."""
        for pipe in self._pipes:
            pipe.say = say

    def end(self) -> None:
        """The task is over: send on what was printed, so that the parent finds it before."""
        _flush(*self._streams)
        if sys.stdout is not self._streams[0] or sys.stderr is not self._streams[1]:
            _flush(sys.stdout, sys.stderr)
        _c_flush()(None)
        for pipe in self._pipes:
            pipe.end()


class _Pipe(io.RawIOBase):
    """One stream, below its buffer."""

    def __init__(self, descriptor: int, level: str) -> None:
        super().__init__()
        self.say: Say | None = None
        self._descriptor = descriptor
        self._level = level
        self._left = CAP
        self._cut = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        with memoryview(data) as whole:
            allowed = whole[: self._left]
            self._left -= len(allowed)
            self._cut += len(whole) - len(allowed)
            if self.say is not None:
                self._send(self._decoder.decode(bytes(allowed)))
            else:
                self._write(allowed)
            return len(whole)

    def end(self) -> None:
        """Say what was cut, and be as new for the next task."""
        if self._cut:
            words = f"\n… {self._cut:,} more bytes were printed, and are left out.\n"
            if self.say is not None:
                self._send(words)
            else:
                self._write(memoryview(words.encode()))
        self.say = None
        if self._left < CAP:
            self._left, self._cut = CAP, 0
            self._decoder.reset()

    def _send(self, text: str) -> None:
        assert self.say is not None
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            self.say("log", {"level": self._level, "text": piece.removesuffix("\n")})

    def _write(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]


def _text_stream(pipe: _Pipe) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(pipe), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def _flush(*streams: TextIO) -> None:
    for stream in streams:
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # A Player closed or replaced it: then there is nothing to send on.
            continue


@cache
def _c_flush() -> Callable[[None], object]:
    """Flushes what libraries print through C, which has buffers of its own."""
    if os.name != "posix":
        return lambda _: None
    import ctypes

    flush: Callable[[None], object] = ctypes.CDLL(None).fflush
    return flush
