"""What a task prints goes to the parent through two pipes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache


def flush_output() -> None:
    """Send on what was printed, so that the parent finds it before the task's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # A Player closed or replaced it: then there is nothing to send on.
            continue
    _c_flush()(None)


@cache
def _c_flush() -> Callable[[None], object]:
    """Flushes what libraries print through C, which has buffers of its own."""
    if os.name != "posix":
        return lambda _: None
    import ctypes

    flush: Callable[[None], object] = ctypes.CDLL(None).fflush
    return flush
